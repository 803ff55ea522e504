"""Wordings: asked for once, waited for by many, never forgotten half-way."""

import pytest

from core.models import Bullet, DeliveryKind, Wording, WordingState, WordingTarget, Words
from storage import chats, deliveries, wordings
from tests.storage.facts import HOUR, NOON, SECOND, planned

WORDS = Words(headline="故事", bullets=(Bullet(text="Drained", post_ids=("100", "101")),))
READY, FAILED, WAITING = WordingState.READY, WordingState.FAILED, WordingState.WAITING


def wording(key="k1", **given):
    base = {"key": key, "kind": "explanation", "language": "en", "narrative_id": "n1", "asked_at": NOON}
    return Wording(**base | {"facts": {"posts": [{"post_id": "100", "excerpt": "漏"}]}} | given)


def target(chat_id=1, message_id=7, key="k1"):
    return WordingTarget(key=key, chat_id=chat_id, message_id=message_id, payload={"view": "narrative"})


@pytest.fixture
async def c(database):
    async with database.writing() as opened:
        yield opened


async def test_two_who_ask_the_same_wait_for_one_wording(c):
    assert await wordings.ask(c, wording(), target(1, 7)) == wording()
    joined = await wordings.ask(c, wording(asked_at=NOON + SECOND), target(-2, 8))
    assert joined == wording() and await wordings.waiting(c, 9) == [wording()]
    assert await wordings.finish(c, "k1", WORDS, None, NOON + SECOND) == [target(-2, 8), target(1, 7)]
    ended = await wordings.get(c, "k1")
    assert (ended.state, ended.words, ended.ended_at) == (READY, WORDS, NOON + SECOND)
    assert await wordings.waiting(c, 9) == []


async def test_the_same_message_waits_once(c):
    for _ in range(2):
        await wordings.ask(c, wording(), target())
    assert await wordings.finish(c, "k1", WORDS, None, NOON) == [target()]


async def test_who_asks_when_words_are_there_gets_them_and_does_not_wait(c):
    await wordings.ask(c, wording(), target())
    await wordings.finish(c, "k1", WORDS, None, NOON)
    late = await wordings.ask(c, wording(asked_at=NOON + HOUR), target(5, 5))
    assert late.state is READY and late.words == WORDS
    assert await wordings.finish(c, "k1", WORDS, None, NOON) == []


async def test_a_failed_one_rests_ten_minutes_and_is_then_asked_for_afresh(c):
    await wordings.ask(c, wording(), target())
    assert await wordings.finish(c, "k1", None, "daily cap reached", NOON) == [target()]
    soon = await wordings.ask(c, wording(asked_at=NOON + 599 * SECOND), target(5, 5))
    assert (soon.state, soon.reason) == (FAILED, "daily cap reached") and await wordings.waiting(c, 9) == []
    again = wording(asked_at=NOON + 600 * SECOND)
    assert await wordings.ask(c, again, target(6, 6)) == again
    assert await wordings.finish(c, "k1", WORDS, None, NOON) == [target(6, 6)]


async def test_the_longest_waiting_come_first(c):
    for key, age in (("b", 2), ("a", 2), ("z", 3), ("y", 1)):
        await wordings.ask(c, wording(key, asked_at=NOON - age * SECOND), target(key=key))
    assert [each.key for each in await wordings.waiting(c, 3)] == ["z", "a", "b"]


async def test_when_sixty_wait_one_more_is_turned_away_and_joining_is_not(c):
    for n in range(60):
        assert await wordings.ask(c, wording(f"k{n}"), target(key=f"k{n}"))
    assert await wordings.ask(c, wording("late"), target(key="late")) is None
    assert await wordings.get(c, "late") is None
    assert await wordings.ask(c, wording("k5"), target(9, 9, key="k5"))
    await wordings.finish(c, "k1", None, "too late", NOON)
    assert (await wordings.ask(c, wording("late"), target(key="late"))).state is WAITING


async def test_one_that_has_ended_ends_no_second_time(c):
    await wordings.ask(c, wording(), target())
    await wordings.finish(c, "k1", WORDS, None, NOON)
    await wordings.finish(c, "k1", None, "broke", NOON + SECOND)
    assert (await wordings.get(c, "k1")).state is READY


async def test_old_ones_go_with_who_waits_for_them(c):
    await wordings.ask(c, wording("old"), target(key="old"))
    await wordings.ask(c, wording("new", asked_at=NOON + HOUR), target(key="new"))
    assert await wordings.prune(c, NOON + HOUR) == 1
    assert await wordings.get(c, "old") is None and await wordings.finish(c, "old", None, "x", NOON) == []
    assert await wordings.finish(c, "new", None, "x", NOON) == [target(key="new")]


async def test_a_group_that_moves_takes_its_waiting_messages_along(c):
    await wordings.ask(c, wording(), target(-2, 8))
    await chats.migrate(c, -2, -100)
    assert await wordings.finish(c, "k1", WORDS, None, NOON) == [target(-100, 8)]


async def test_a_message_that_shows_something_else_is_left_alone_and_others_are_not(c):
    await wordings.ask(c, wording(), target(1, 7))
    await wordings.ask(c, wording(), target(1, 17))
    for chat_id, message_id in ((1, 7), (1, 17), (2, 7)):
        cause = f"words:k0:{message_id}"
        await deliveries.plan(c, [planned(cause, chat_id, kind=DeliveryKind.EDIT)])
    assert await wordings.awaited(c, 1, 7) and not await wordings.awaited(c, 2, 8)
    await wordings.leave(c, 1, 7)
    assert not await wordings.awaited(c, 1, 7) and await wordings.awaited(c, 1, 17)
    assert await wordings.finish(c, "k1", WORDS, None, NOON) == [target(1, 17)]
    states = [p.state.value for chat_id in (1, 2) for p in await deliveries.for_chat(c, chat_id)]
    assert states == ["dead", "pending", "pending"]
