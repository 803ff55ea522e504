"""Parts run side by side as far as the cores carry them, and what fails is heard of."""

import asyncio

import pytest

from tests.chaos.side_by_side import CORES, Failed, all_of, apart


class Parts:
    """Parts that last until they are let go; `at_once` is what was running when each began."""

    def __init__(self, **cores):
        self.cores, self.running, self.at_once, self.begun = cores, [], {}, []

    async def begin(self, name, seed):
        self.begun.append(name)
        self.running.append(name)
        self.at_once[name] = sorted(self.running)
        await asyncio.sleep(0.01)
        self.running.remove(name)
        if name.startswith("broken"):
            raise Failed(f"{name} said why")
        return {f"{name}_seed": seed, f"part_{name}_s": 1.0}


async def test_never_more_runs_than_the_cores_carry_and_everything_runs():
    parts = Parts(long=1.0, timed=1.0, waits=0.7, other=0.7, small=0.3)
    figures = await all_of(parts.cores, 7, parts.begin)
    assert sorted(parts.begun) == sorted(parts.cores) and figures["parts_failed"] == 0
    assert all(figures[f"{name}_seed"] == 7 for name in parts.cores)
    assert all(sum(map(parts.cores.get, names)) <= CORES for names in parts.at_once.values())
    assert parts.begun[:2] == ["long", "timed"] and any(len(names) > 1 for names in parts.at_once.values())


async def test_a_part_that_needs_more_than_there_is_runs_alone():
    parts = Parts(huge=9.0, small=0.3)
    await all_of(parts.cores, 1, parts.begin)
    assert parts.at_once == {"huge": ["huge"], "small": ["small"]}


async def test_a_part_that_fails_is_named_with_what_it_said_and_the_others_go_on(capsys):
    parts = Parts(broken=1.0, whole=1.0, later=1.0)
    figures = await all_of(parts.cores, 1, parts.begin)
    said = capsys.readouterr().out
    assert figures["parts_failed"] == 1 and {"whole_seed", "later_seed"} <= set(figures)
    assert "broken FAILED\nbroken said why" in said and said.rstrip().endswith("FAILED: broken")


async def test_a_part_is_a_process_whose_last_words_are_kept():
    with pytest.raises(Failed, match=r"(?s)invalid choice: 'no such part'.*ended with 2"):
        await apart("no such part", 1)
