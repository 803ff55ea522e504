"""Grok's words come after the answer, into the answer, once for all who asked the same; or not at all."""

import asyncio

import pytest

from bot.board import Snapshot
from bot.sandbox.telegram.faults import Fault
from bot.views import digest
from bot.views import narrative as card
from bot.views.markup import unmarked
from bot.views.wording import told
from bot.words import WordingWorker
from core.digest import LINES
from core.errors import CapReached, Rejected
from core.models import Bullet, DeliveryState, Digest, DigestLine, WordingState, Words
from core.words import HEADLINE, LINE
from storage import deliveries, wordings
from storage.tables import posts as post_rows
from storage.tables import wordings as rows
from tests.bot.stage import GROUP, MEMBER, YOU
from tests.core.makers import NOW, narrative, score
from tests.storage import facts

FOUND = Words(
    headline="Fees fell, and <people> noticed",
    bullets=(
        Bullet(text="Users say fees drop fast", post_ids=("100", "101")),
        Bullet(text="Somebody points to @evil and evil.com", post_ids=("102",)),
    ),
)
MARK = "In Grok’s words, from these posts:"
OTHER = 77


class Smith:
    """A wordsmith that says what it is told, when it is told."""

    def __init__(self):
        self.asked = []
        self.ends = [FOUND]  # the last one for ever
        self.free = asyncio.Event()
        self.free.set()
        self.busy = self.busiest = 0

    async def word(self, wording):
        self.asked.append(wording)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            await asyncio.sleep(0)
            await self.free.wait()
        finally:
            self.busy -= 1
        end = self.ends[0] if len(self.ends) == 1 else self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


class Talk:
    """A stage with narratives on it, a wordsmith and the worker between them."""

    def __init__(self, stage):
        self.stage, self.smith = stage, Smith()
        self.worker = self.anew()

    def anew(self):
        """A worker as a new process would have it."""
        return WordingWorker(
            database=self.stage.database,
            clock=self.stage.clock,
            smith=self.smith,
            wake=self.stage.sender.wake,
        )

    async def words_come(self):
        planned = await self.worker.work(self.stage.clock.now())
        await self.stage.deliver()
        return planned

    async def ended(self):
        """State and reason of every wording."""
        async with self.stage.database.reading() as c:
            kept = await c.execute(rows.select().order_by(rows.c.asked_at, rows.c.key))
            return [(row.state, row.reason) for row in kept]


@pytest.fixture
async def talk(stage):
    await stage.fill(
        score("a1"), score("b2", rank=2), stories=[narrative("a1", title="Fee cut"), narrative("b2")]
    )
    return Talk(stage)


def links(message):
    return [e["url"] for e in message["entities"] if e["type"] == "text_link"]


async def test_the_card_comes_at_once_and_grok_s_words_are_put_into_it_later(talk):
    at_once = await talk.stage.answer("/narrative fee")
    assert at_once.startswith("Fee cut") and MARK not in at_once and talk.smith.asked == []
    before = talk.stage.heard()
    assert await talk.words_come() == 1
    (edited,) = (m for m in talk.stage.heard()[len(before) - 1 :])
    assert edited["message_id"] == before[-1]["message_id"]
    said = edited["text"]
    assert f"{MARK}\nFees fell, and <people> noticed\n• Users say fees drop fast ¹ ²\n" in said
    assert said.startswith(at_once.split("\n")[0]) and edited["reply_markup"] == before[-1]["reply_markup"]
    assert [f"https://x.com/i/status/{id}" for id in ("100", "101", "102")] == links(edited)[-3:]


async def test_nothing_in_grok_s_words_can_be_tapped_but_its_posts(talk):
    await talk.stage.answer("/narrative fee")
    await talk.words_come()
    edited = talk.stage.heard()[-1]
    assert "evil.com" not in edited["text"] and "@evil" not in edited["text"] and "evil" in edited["text"]
    assert {e["type"] for e in edited["entities"]} <= {"bold", "italic", "text_link", "blockquote"}
    assert all(url.startswith("https://x.com/i/status/") for url in links(edited))


async def test_a_digest_gets_words_too(talk):
    await talk.stage.answer("/digest")
    assert await talk.words_come() == 1
    assert MARK in talk.stage.heard()[-1]["text"] and "Fee cut" in talk.stage.heard()[-1]["text"]
    (asked,) = talk.smith.asked
    assert asked.kind == "digest" and [s["title"] for s in asked.facts["stories"]] == ["Fee cut", "Story b2"]


async def test_the_open_button_is_asking_too_and_so_is_a_group(talk):
    await talk.stage.answer("/trending", chat=GROUP, user=MEMBER)
    await talk.stage.presses("1", chat=GROUP, user=MEMBER)
    assert await talk.words_come() == 1
    assert MARK in talk.stage.heard(GROUP)[-1]["text"]


async def test_two_who_ask_the_same_cost_one_call_and_both_get_the_words(talk):
    talk.stage.acts.add_private(OTHER, "Other")
    await talk.stage.answer("/narrative fee")
    await talk.stage.answer("/narrative fee", chat=OTHER, user=OTHER)
    assert await talk.words_come() == 2 and len(talk.smith.asked) == 1
    assert MARK in talk.stage.heard()[-1]["text"] and MARK in talk.stage.heard(OTHER)[-1]["text"]


async def test_who_asks_afterwards_gets_the_words_at_once(talk):
    await talk.stage.answer("/narrative fee")
    await talk.words_come()
    assert MARK in await talk.stage.answer("/narrative fee")
    assert await talk.words_come() == 0 and len(talk.smith.asked) == 1


async def test_words_that_came_while_the_answer_was_on_its_way_are_put_into_it(talk, monkeypatch):
    await talk.stage.answer("/narrative fee")
    await talk.words_come()

    async def not_yet(*_):
        return None

    monkeypatch.setattr("bot.handlers.wording.at_hand", not_yet)
    assert MARK not in await talk.stage.answer("/narrative fee")
    await talk.stage.deliver()
    assert MARK in talk.stage.heard()[-1]["text"] and len(talk.smith.asked) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CapReached("Today's cap is reached.", until=NOW), "daily cap reached"),
        (Rejected("Nothing stands.", fault="unfounded"), "unfounded"),
        (RuntimeError("a bug"), "broke"),
    ],
)
async def test_without_words_the_answer_stays_and_nobody_hears_why(talk, error, reason):
    talk.smith.ends = [error]
    at_once = await talk.stage.answer("/narrative fee")
    for _ in range(3):
        assert await talk.words_come() == 0
    assert len(talk.smith.asked) == 1 and await talk.ended() == [("failed", reason)]
    assert [m["text"] for m in talk.stage.heard()] == [at_once]
    assert await talk.stage.pushes() == []


async def test_one_that_fails_holds_up_no_other(talk):
    talk.smith.ends = [Rejected("Nothing stands.", fault="unfounded"), FOUND]
    await talk.stage.answer("/narrative fee")
    talk.stage.clock.move(seconds=1)
    await talk.stage.answer("/narrative b2")
    assert await talk.words_come() == 1
    assert [state for state, _ in await talk.ended()] == ["failed", "ready"]


async def test_what_a_killed_process_was_asking_is_asked_by_the_next_one(talk):
    await talk.stage.answer("/narrative fee")
    talk.smith.free.clear()
    dying = asyncio.create_task(talk.worker.work(NOW))
    async with asyncio.timeout(5):
        while not talk.smith.busy:
            await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await talk.stage.pushes() == []
    talk.smith.free.set()
    talk.worker = talk.anew()
    assert await talk.words_come() == 1 and MARK in talk.stage.heard()[-1]["text"]


async def test_words_and_edits_are_written_down_together_or_not_at_all(talk, monkeypatch):
    """The process dies between the answer and the plan: the next one asks again."""
    real = deliveries.plan

    async def dies(*_):
        raise OSError("gone")

    await talk.stage.answer("/narrative fee")
    monkeypatch.setattr(deliveries, "plan", dies)
    with pytest.raises(OSError, match="gone"):
        await talk.worker.work(NOW)
    assert await talk.ended() == [("waiting", None)]
    monkeypatch.setattr(deliveries, "plan", real)
    assert await talk.words_come() == 1


async def test_after_ten_minutes_nobody_asks_any_more(talk):
    await talk.stage.answer("/narrative fee")
    talk.stage.clock.move(minutes=10, seconds=1)
    assert await talk.words_come() == 0
    assert talk.smith.asked == [] and await talk.ended() == [("failed", "too late")]


async def test_four_are_worded_at_a_time_the_longest_waiting_first(stage):
    stories = [narrative(f"n{n}", title=f"Tale {n} {'abcde'[n]}") for n in range(5)]
    await stage.fill(*(score(s.id, rank=i + 1) for i, s in enumerate(stories)), stories=stories)
    talk = Talk(stage)
    for story in reversed(stories):
        await stage.answer(f"/narrative {story.slug}")
        stage.clock.move(seconds=1)
    assert await talk.words_come() == 4 and talk.smith.busiest == 4
    assert [asked.narrative_id for asked in talk.smith.asked] == ["n4", "n3", "n2", "n1"]
    assert await talk.words_come() == 1


async def test_when_too_many_wait_the_answer_comes_without(talk, monkeypatch):
    monkeypatch.setattr(wordings, "MOST", 1)
    await talk.stage.answer("/narrative fee")
    assert (await talk.stage.answer("/narrative b2")).startswith("Story b2")
    assert len(await talk.ended()) == 1


async def test_words_can_be_turned_off(opened):
    async with opened(words={"enabled": False}) as stage:
        await stage.fill(score("a1"))
        talk = Talk(stage)
        await stage.answer("/narrative a1")
        await stage.answer("/digest")
        assert await talk.ended() == []


async def test_without_a_post_to_cite_there_is_nothing_to_ask(stage):
    await stage.fill(score("a1", evidence=()))
    talk = Talk(stage)
    await stage.answer("/narrative a1")
    await stage.answer("/digest")
    assert await talk.ended() == []


async def test_trouble_with_asking_for_words_is_nobody_s_but_ours(talk, monkeypatch):
    async def broken(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(wordings, "ask", broken)
    (said,) = await talk.stage.says("/narrative fee")
    assert said.startswith("Fee cut")


async def test_a_line_whose_post_was_deleted_meanwhile_is_not_shown(talk):
    await talk.stage.answer("/narrative fee")
    await talk.worker.work(NOW)
    async with talk.stage.database.writing() as c:
        await c.execute(post_rows.update().where(post_rows.c.id == "101").values(gone=True))
    await talk.stage.deliver()
    edited = talk.stage.heard()[-1]
    assert "Users say" not in edited["text"] and "Somebody points" in edited["text"]
    assert "https://x.com/i/status/101" not in links(edited)


async def test_figures_stay_those_of_the_answer_when_a_cycle_comes_between(talk):
    await talk.stage.answer("/narrative fee")
    talk.stage.clock.move(minutes=2)
    await talk.stage.fill(score("a1", ratio=9.0, as_of=talk.stage.clock.now(), cycle_id="later"), stories=[])
    await talk.words_come()
    assert "2.5× usual" in talk.stage.heard()[-1]["text"]


async def test_who_blocked_the_bot_meanwhile_ends_it_for_that_chat_only(talk):
    talk.stage.acts.add_private(OTHER, "Other")
    await talk.stage.answer("/narrative fee")
    await talk.stage.answer("/narrative fee", chat=OTHER, user=OTHER)
    talk.stage.faults.add(
        Fault(kind="forbidden", method="editMessageText", chat_id=YOU, text="bot was blocked by the user")
    )
    await talk.words_come()
    (push,) = await talk.stage.pushes(YOU)
    assert (push.state, push.reason) == (DeliveryState.DEAD, "blocked by the user")
    assert MARK not in talk.stage.heard()[-1]["text"] and MARK in talk.stage.heard(OTHER)[-1]["text"]


@pytest.mark.parametrize("worded", [False, True])
async def test_a_message_that_shows_something_else_by_then_keeps_showing_it(talk, worded):
    await talk.stage.answer("/narrative fee")
    if worded:
        await talk.worker.work(NOW)
    await talk.stage.presses("Trending")
    await talk.words_come()
    assert [m["text"].splitlines()[0] for m in talk.stage.heard()] == ["Trending · 24 h · 0 min old"]
    assert [p.state for p in await talk.stage.pushes()] == ([DeliveryState.DEAD] if worded else [])


async def test_the_loop_finds_work_by_itself_and_survives_trouble(talk, monkeypatch):
    monkeypatch.setattr("bot.words.IDLE", 0.01)
    real, stumbles = wordings.waiting, iter([OSError("away")])

    async def waiting(*args):
        if error := next(stumbles, None):
            raise error
        return await real(*args)

    monkeypatch.setattr(wordings, "waiting", waiting)
    stop = asyncio.Event()
    running = [asyncio.create_task(loop(stop)) for loop in (talk.worker.run, talk.stage.sender.run)]
    await talk.stage.answer("/narrative fee")
    await talk.stage.server.wait_for(lambda: MARK in talk.stage.heard()[-1]["text"])
    stop.set()
    await asyncio.wait_for(asyncio.gather(*running), 5)
    assert await talk.ended() == [(WordingState.READY, None)]


async def test_a_replay_s_clock_waits_for_words(talk):
    talk.stage.clock.run_at(3600.0)
    talk.smith.free.clear()
    await talk.stage.answer("/narrative fee")
    stop = asyncio.Event()
    running = asyncio.create_task(talk.worker.run(stop))
    async with asyncio.timeout(5):
        while not talk.smith.busy:
            await asyncio.sleep(0.001)
    before = talk.stage.clock.now()
    await asyncio.sleep(0.05)
    assert talk.stage.clock.now() == before
    talk.smith.free.set()
    stop.set()
    await running


# --- how it reads


def longest(char):
    """A card and a digest with as much of `char` as they can hold, and words to match."""
    ids = tuple(str(10**19 + n) for n in range(12))
    words = Words(
        headline=char * HEADLINE,
        bullets=tuple(Bullet(text=char * LINE, post_ids=ids[n : n + 3]) for n in (0, 3, 6, 9)),
    )
    quotes = [facts.post(id, text=char * 200, created_at=NOW) for id in ids[:3]]
    story = narrative(title=char * 80)
    yield card.render(story, score(), quotes, Snapshot(), zone="UTC", now=NOW, found=words)[0]
    line = DigestLine(
        narrative_id="a1",
        title=char * 80,
        slug="s",
        change="phase",
        phase="accelerating",
        was="emerging",
        rank=1,
        ratio=99.9,
        posts=10**6,
        authors=10**6,
        evidence=ids[:1],
    )
    news = Digest(since=NOW, until=NOW, lines=(line,) * LINES, data_until=NOW)
    yield digest.render(news, zone="UTC", now=NOW, found=words)[0]


@pytest.mark.parametrize("char", ["W", "故", "😀", "&", "<"])
def test_the_longest_answer_with_words_is_one_message(char):
    for text in longest(char):
        assert len(unmarked(text).encode("utf-16-le")) // 2 <= 4096


def test_a_post_that_two_lines_cite_has_one_mark_and_no_headline_leaves_no_gap():
    twice = tuple(Bullet(text=said, post_ids=ids) for said, ids in (("One", ("7", "8")), ("Two", ("8",))))
    assert unmarked(told(Words(headline="", bullets=twice))) == f"{MARK}\n• One ¹ ²\n• Two ²"
    assert told(None) is None
