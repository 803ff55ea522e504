"""What was recorded can be turned through again, and gives the same: scores, alerts and what is printed."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clock import AppClock
from bot.record import record
from bot.replay import EPOCH, replay
from bot.sandbox.world import simulated_world
from bot.sandbox.x import XServer
from bot.sandbox.xai import XaiServer
from bot.settings import load
from bot.sources import recordings
from core.errors import BadInput
from storage import observations, spend
from storage.database import Database
from tests.bot.stage import TOKEN
from tests.storage.facts import EVER

START = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
KEY, BEARER = "xai-key-nobody-may-read", "AAAA-a-token-nobody-may-read"
FAST = 3600.0 * 10  # a turn comes 100 ms after the one before
TURNS = 5
CODE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world():
    return simulated_world(seed=5, start=START - timedelta(hours=12), days=2.5, volume=0.5)


@asynccontextmanager
async def outside(world, folder, start=START, token=None):
    """A clock, xAI and X on it, and the settings of a recording there."""
    clock = AppClock(start, FAST)
    xai = await XaiServer.start(world=world, now=clock.now, api_key=KEY)
    x = await XServer.start(world=world, now=clock.now, bearer=BEARER)
    settings = load(
        bot_token=TOKEN,
        xai_api_key=KEY,
        x_bearer_token=token,
        database_url=f"sqlite:///{folder / 'money.db'}",
        xai_base_url=xai.base,
        x_base_url=x.base,
        oembed_base_url=x.base,
        confirm={"timeout_seconds": 0.5},
    )
    try:
        yield clock, xai, x, settings
    finally:
        await x.stop()
        await xai.stop()


async def recorded(
    world, path, *, turns=TURNS, append=False, faulty=False, start=START, stop=None, token=None
):
    """Record; the lines that were printed."""
    out = io.StringIO()
    async with outside(world, path.parent, start, token) as (clock, xai, x, settings):
        if faulty:
            xai.faults.add("failed", count=None, probability=0.2)
            xai.faults.add("invented_ids", count=None, probability=0.2)
            x.faults.add("timeout", count=1, door="oembed")
            x.faults.add("garbage", count=2, door="counts")
        stop = stop or asyncio.Event()
        await record(settings, clock, path, out, stop=stop, turns=turns, append=append)
    return out.getvalue().splitlines()


async def replayed(path, **how):
    """Replay; the lines that were printed."""
    out = io.StringIO()
    await replay(path, out, **how)
    return out.getvalue().splitlines()


@pytest.fixture(scope="module")
def made(world, tmp_path_factory):
    """A recording with good and bad answers in it, and what `record` printed."""
    path = tmp_path_factory.mktemp("recorded") / "x.jsonl.gz"
    return path, asyncio.run(recorded(world, path, faulty=True, token=BEARER))


def turns_of(lines):
    return [line for line in lines if "searches" in line]


async def test_a_replay_gives_what_the_recording_gave(made):
    path, said = made
    again = await replayed(path)
    assert again == said[:-1]  # every turn, the top, and the digest of all scores and decisions
    assert len(turns_of(again)) == TURNS
    assert any("narratives 0" not in line for line in turns_of(again))
    assert again[-1].startswith("digest ")
    assert said[-1].startswith(f"{TURNS} turns recorded for $")


async def test_another_process_prints_the_same_bytes_without_any_key(made):
    path, said = made
    env = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "17", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "bot", "replay", str(path)]
    run = await asyncio.to_thread(
        subprocess.run, command, cwd=CODE, env=env, capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == said[:-1]


async def test_everything_that_passed_is_in_the_recording(made):
    recording = recordings.load(made[0])
    assert recording.metered
    assert {line.key.split()[0] for line in recording.lines} == {"question", "count", "look_up", "room"}
    assert {type(line.fault).__name__ for line in recording.lines} == {"Rejected", "NoneType"}


async def test_the_money_is_booked_and_the_key_is_not_kept(made):
    path, said = made
    database = await Database.open(f"sqlite:///{path.parent / 'money.db'}")
    async with database.reading() as c:
        spent = await spend.spent(c, since=EPOCH) / 10**10
    await database.close()
    assert spent > 0
    assert f"for ${spent:.2f}: " in said[-1]
    text = gzip.decompress(path.read_bytes()).decode()
    assert not [secret for secret in (KEY, BEARER, "money.db", TOKEN) if secret in text]


async def test_a_recording_is_gone_on_with(world, tmp_path):
    path = tmp_path / "x.jsonl"
    await recorded(world, path, turns=1)
    said = await recorded(world, path, turns=1, append=True, start=START + timedelta(days=1))
    assert len(turns_of(said)) == 1
    again = await replayed(path)
    assert len(turns_of(again)) == 2
    assert again[1:] == said[:-1]


async def test_a_recording_with_counts_needs_them_to_go_on(world, made, tmp_path):
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(made[0].read_bytes())
    with pytest.raises(BadInput, match="set X_BEARER_TOKEN to go on"):
        await recorded(world, path, append=True)


async def test_a_recording_is_never_overwritten(world, made):
    path, _ = made
    before = path.read_bytes()
    with pytest.raises(BadInput, match="exists and is not overwritten: choose another name, or --append"):
        await recorded(world, path)
    assert path.read_bytes() == before


async def test_the_turn_a_kill_cut_off_is_left_out_and_said(made, tmp_path):
    path, said = made
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(lines[:-1])[:-20])  # within the last answer of the last turn
    again = await replayed(cut)
    assert turns_of(again) == turns_of(said)[:-1]
    assert any("belong to a turn that did not end" in line for line in again)
    assert again[-1] == "The file ends within a line, which is left out."


async def test_stopping_finishes_the_turn_in_hand(world, tmp_path):
    stop, path = asyncio.Event(), tmp_path / "x.jsonl"
    running = asyncio.create_task(recorded(world, path, turns=None, stop=stop))
    async with asyncio.timeout(10):
        while not path.exists() or b'"question"' not in path.read_bytes():
            await asyncio.sleep(0.01)
    stop.set()
    said = await running
    assert said[-1].startswith(f"{len(turns_of(said))} turn")
    assert recordings.load(path).unfinished == 0


async def test_the_result_is_kept_in_an_empty_database_and_only_there(made, blank_url):
    path, said = made
    assert await replayed(path, url=blank_url) == said[:-1]
    database = await Database.open(blank_url)
    async with database.reading() as c:
        last = await observations.last_cycle(c, by=EVER)
    await database.close()
    assert last is not None
    assert last.id == recordings.load(path).turns[-1].slot
    with pytest.raises(BadInput, match="is not empty: name an empty database"):
        await replayed(path, url=blank_url)


async def test_other_settings_ask_what_was_not_recorded(made, monkeypatch):
    monkeypatch.setenv("CYCLE__LANGUAGES", '["ja"]')
    again = await replayed(made[0], current=True)
    assert any("questions were asked that are not in the recording" in line for line in again)
    assert any("recorded answers were not asked for" in line for line in again)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "There is no recording"),
        ("", "is empty: make a recording"),
        ("hello\n", "line 1: that is not JSON"),
        ('{"a": 1}\n', "line 1: that is no line of a recording"),
        ('{"v": 9}\n', "line 1: it is of version 9"),
        ('{"v": 1, "turn": "a"}\n', "line 1: the settings are missing"),
        ('{"v": 1, "settings": {}}\n', "replay it with --with-current-settings"),
        ('{"v": 1, "settings": {}}\n{"v": 1, "question": 3}\n', "line 2: its question or the answer"),
        ('{"v": 1, "settings": {}}\n{"v": 1, "ended": true}\n', "line 2: a turn without its time"),
    ],
)
def test_what_is_no_recording_is_one_sentence(tmp_path, capsys, content, why):
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_text(content)
    assert main(["replay", str(path)]) == 2
    told = capsys.readouterr().err
    assert why in told
    assert told.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XAI_API_KEY", KEY)
    (tmp_path / "file").write_text("")
    assert main(["record", "--to", str(tmp_path / "file" / "x.jsonl"), "--turns", "1"]) == 2
    assert "cannot be written" in capsys.readouterr().err
