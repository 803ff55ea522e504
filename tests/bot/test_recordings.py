"""Recordings: what is asked is passed on and kept, what is kept comes again, whatever happens to the file."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import timedelta

import pytest

from bot.clock import AppClock
from bot.sources.recordings import (
    LedgerRecorder,
    LookupRecorder,
    MeterRecorder,
    NotRecorded,
    Recorded,
    Recorder,
    Tape,
    load,
)
from core.budget import Room
from core.confirming import Embed
from core.errors import (
    CapReached,
    Misconfigured,
    OutOfCredit,
    Rejected,
    Retry,
    SourceError,
)
from core.models import Answer, Count, QuestionKind, Search, Usage
from tests.bot.grok_fixtures import MINUTE, NOW, SINCE, claim, question

CLOCK = AppClock(NOW, 0.0)
SECRET = "xai-a-key-nobody-may-see"
NAMES = ["x.jsonl", "x.jsonl.gz"]


class Script:
    """A source, a meter and a look-up that end as they are told to, in order."""

    def __init__(self, *ends):
        self.ends = list(ends)
        self.closed = False

    def _next(self):
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    async def ask(self, question, *, known=()):
        return self._next()

    async def count(self, narrative_id, query, *, since, until):
        return self._next()

    async def look_up(self, post_id):
        return self._next()

    async def close(self):
        self.closed = True


def answer(number=1, **given):
    fields = {
        "response_id": f"r{number}",
        "served_model": "grok-4.3",
        "status": "completed",
        "searches": (Search(tool="x_keyword_search", query="q", mode="Latest", limit=10),),
        "cited": frozenset(str(id) for id in range(100, 130)),
        "document": {"posts": [claim("100", excerpt="héllo 🚀 \ud800")]},
        "usage": Usage(searches=1, posts_fetched=3, cost_ticks=5),
    }
    return Answer(**fields | given)


@pytest.fixture(params=NAMES)
def path(request, tmp_path):
    return tmp_path / request.param


def begun(path, **given):
    return Tape.begin(path, CLOCK, head={"settings": {"profile": "standard"}}, **given)


async def kept(path, *ends, asked=None):
    """A recording of questions that ended so."""
    tape = begun(path)
    recorder = Recorder(Script(*ends), tape)
    for number in range(len(ends)):
        try:
            await recorder.ask(asked or question(limit=number + 1))
        except Exception:
            continue
    tape.close()
    return Recorded(load(path))


async def test_answers_pass_unchanged_and_come_again(path):
    tape, inner = begun(path), Script(answer())
    recorder = Recorder(inner, tape)
    assert await recorder.ask(question(), known=[("a", "A")]) == answer()
    await recorder.close()
    tape.close()
    assert inner.closed
    assert await Recorded(load(path)).ask(question()) == answer()


async def test_the_same_recording_is_the_same_bytes(tmp_path):
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        await kept(tmp_path / name, answer(cited=frozenset(map(str, range(500)))))
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


async def test_the_same_question_gets_its_answers_in_order(path):
    replay = await kept(path, answer(1), answer(2), asked=question())
    assert [(await replay.ask(question())).response_id for _ in range(2)] == ["r1", "r2"]
    with pytest.raises(NotRecorded):
        await replay.ask(question())
    assert (replay.missed, replay.left) == (1, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"query": "something else"},
        {"kind": QuestionKind.DISCOVER},
        {"since": SINCE + MINUTE},
        {"narrative_id": "n1"},
        {"mode": "Top"},
    ],
)
async def test_another_question_is_never_answered(path, other):
    replay = await kept(path, answer(), asked=question())
    with pytest.raises(Rejected, match="not recorded") as told:
        await replay.ask(question(**other))
    assert told.value.fault == "not recorded"
    assert (replay.missed, replay.left) == (1, 1)


class Nearer(Rejected):
    """As a source may have errors of its own below the tree's."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Retry("busy", retry_after=3.5), Retry),
        (OutOfCredit("no money"), OutOfCredit),
        (CapReached("cap", until=NOW), CapReached),
        (Misconfigured("key"), Misconfigured),
        (Rejected("odd", fault="unreadable"), Rejected),
        (Nearer("odd", fault="cut short"), Rejected),
        (SourceError("hm"), SourceError),
        (RuntimeError("a bug"), SourceError),
    ],
)
async def test_faults_come_again_as_what_they_were(path, error, kind):
    replay = await kept(path, error, asked=question())
    with pytest.raises(SourceError) as told:
        await replay.ask(question())
    assert type(told.value) is kind
    assert str(told.value) == str(error)
    assert told.value.fault == getattr(error, "fault", "failed")
    assert getattr(told.value, "retry_after", None) == getattr(error, "retry_after", None)
    assert getattr(told.value, "until", None) == getattr(error, "until", None)


async def test_an_error_passes_through_the_recorder_as_it_is(path):
    error = Nearer("odd", fault="x")
    tape = begun(path)
    with pytest.raises(Nearer) as told:
        await Recorder(Script(error), tape).ask(question())
    tape.close()
    assert told.value is error


async def test_counts_and_look_ups_come_again_too(path):
    hour = timedelta(hours=1)
    counts = [Count("n1", "q", SINCE, SINCE + hour, 7, NOW)]
    tape = begun(path)
    meter = MeterRecorder(Script(counts, CapReached("cap", until=NOW)), tape)
    lookup = LookupRecorder(Script(Embed(author="a", text="t", gone=False), None), tape)
    assert await meter.count("n1", "q", since=SINCE, until=NOW) == counts
    with pytest.raises(CapReached):
        await meter.count("n2", "q", since=SINCE, until=NOW)
    embeds = [await lookup.look_up("100"), await lookup.look_up("101")]
    tape.close()
    replay = Recorded(load(path))
    assert await replay.count("n1", "q", since=SINCE, until=NOW) == counts
    with pytest.raises(CapReached):
        await replay.count("n2", "q", since=SINCE, until=NOW)
    assert [await replay.look_up(id) for id in ("100", "101")] == embeds
    assert await replay.look_up("102") is None
    assert replay.missed == 1


async def test_a_look_up_nobody_waited_for_is_cut_off_again(path):
    class Slow:
        async def look_up(self, post_id):
            await asyncio.Event().wait()

    tape = begun(path)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(LookupRecorder(Slow(), tape).look_up("100"), 0.01)
    tape.close()
    replay = Recorded(load(path))
    with pytest.raises(asyncio.CancelledError):
        await replay.look_up("100")


async def test_the_room_for_money_comes_again(path):
    class Purse:
        async def room(self, *, users=False):
            return left

        def shock(self, until):
            self.until = until

    left = Room(ticks=5, day=7, fault="daily cap reached", until=NOW)
    tape, purse = begun(path), Purse()
    recorder = LedgerRecorder(purse, tape)
    assert await recorder.room() == left
    recorder.shock(NOW)
    assert purse.until == NOW
    tape.close()
    assert await Recorded(load(path)).room() == left


async def test_secrets_never_reach_the_file(path):
    tape = begun(path, secrets=[SECRET])
    inner = Script(answer(document={"key": [SECRET]}), Rejected(f"Wrong key {SECRET}", fault="x"))
    recorder = Recorder(inner, tape)
    await recorder.ask(question())
    with pytest.raises(Rejected):
        await recorder.ask(question(query=SECRET))
    tape.close()
    content = path.read_bytes()
    assert SECRET.encode() not in (gzip.decompress(content) if path.suffix == ".gz" else content)


async def test_a_file_cut_anywhere_is_read_to_its_last_whole_line_and_gone_on_with(path):
    await kept(path, answer(1), answer(2))
    content = path.read_bytes()
    whole = len(content) - len(content.split(b"\n")[-2]) - 1
    for size in range(len(content) - 200, len(content), 7):
        path.write_bytes(content[:size])
        cut = load(path)
        assert len(cut.lines) <= 1
        assert cut.torn == (path.suffix == ".gz" or size != whole)
        tape = Tape.resume(path, CLOCK)
        await Recorder(Script(answer(3)), tape).ask(question(limit=3))
        tape.close()
        after = load(path)
        assert not after.torn
        assert len(after.lines) == len(cut.lines) + 1


async def test_a_file_packed_anew_as_a_whole_is_read_all_the_same(tmp_path):
    await kept(tmp_path / "x.jsonl", answer(1), answer(2))
    packed = tmp_path / "y.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "x.jsonl").read_bytes()))
    assert len(load(packed).lines) == 2


async def test_what_a_turn_asked_counts_once_it_has_ended(path):
    tape = begun(path)
    recorder = Recorder(Script(answer(1), answer(2)), tape)
    tape.begin_turn("one")
    await recorder.ask(question(limit=1))
    tape.end_turn()
    tape.begin_turn("two")
    await recorder.ask(question(limit=2))
    tape.close()
    recording = load(path)
    assert [(turn.slot, turn.at) for turn in recording.turns] == [("one", NOW)]
    assert (len(recording.lines), recording.unfinished) == (1, 1)


async def test_a_line_says_what_was_asked_when_and_what_came(tmp_path):
    path = tmp_path / "x.jsonl"
    tape = begun(path)
    tape.begin_turn("slot")
    await Recorder(Script(answer()), tape).ask(question(), known=[("slug", "Title")])
    tape.close()
    head, line = map(json.loads, path.read_text().splitlines())
    assert head == {"v": 1, "settings": {"profile": "standard"}}
    assert (line["v"], line["turn"], line["at"]) == (1, "slot", NOW.isoformat())
    assert line["question"]["kind"] == "refresh"
    assert line["known"] == [["slug", "Title"]]
    assert line["answer"]["response_id"] == "r1"
