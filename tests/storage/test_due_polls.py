"""The questions of a turn: each in one worker's hands at a time, taken over when those fail, never lost."""

import asyncio
import math

import pytest
from sqlalchemy import select

from core.models import Answer, Question, QuestionKind
from core.observing import Reply
from storage import due_polls, retention
from storage.database import Database
from storage.tables import due_polls as rows
from tests.storage.facts import DAY, HOUR, NOON, SECOND

LEASE = 10 * SECOND
LATER = NOON + LEASE
KNOWN = [("bridge", "Bridge drained"), ("etf", "ETF flows")]


def question(number):
    return Question(kind=QuestionKind.REFRESH, query=f"$TK{number}", since=NOON - HOUR, until=NOON)


def answer(id="r1", **given):
    return Answer(**{"response_id": id, "served_model": "m", "status": "completed"} | given)


async def plan(c, count=3, turn="t1", until=NOON + DAY):
    await due_polls.plan(c, turn, [question(i) for i in range(count)], KNOWN, until=until)


async def claim(c, owner="a", real_now=NOON, limit=9, **given):
    return await due_polls.claim(c, owner=owner, real_now=real_now, lease=LEASE, limit=limit, **given)


async def one(c, owner="a", real_now=NOON):
    (due,) = await claim(c, owner, real_now)
    return due


async def want(c, real_now):
    await due_polls.want(c, "t1", real_now=real_now, lease=LEASE)


async def test_a_turns_questions_are_claimed_in_their_order_and_come_back_as_they_went_in(database):
    async with database.writing() as c:
        await plan(c)
        first, rest = await claim(c, limit=2), await claim(c, "b")
    assert [(due.position, due.owner) for due in (*first, *rest)] == [(0, "a"), (1, "a"), (2, "b")]
    assert [due.question for due in (*first, *rest)] == [question(i) for i in range(3)]
    assert first[0].known == KNOWN and {due.claims for due in first} == {1}


async def test_replies_come_back_in_the_questions_order_whoever_was_first(database):
    told = answer(cited=frozenset({"100"}), document={"posts": [{"post_id": "100", "excerpt": "words"}]})
    async with database.writing() as c:
        await plan(c, 2)
        first, second = await claim(c)
        assert await due_polls.end(c, second, Reply(second.question, fault="unreachable"))
        assert await due_polls.left(c, "t1") == 1
        assert await due_polls.end(c, first, Reply(first.question, told))
        assert await due_polls.left(c, "t1") == 0
    async with database.reading() as c:
        expected = [Reply(question(0), told), Reply(question(1), fault="unreachable")]
        assert await due_polls.replies(c, "t1") == expected


async def test_what_a_database_would_not_take_as_json_is_kept(database):
    deep = None
    for _ in range(400):
        deep = [deep]
    told = answer(document={"sentiment": math.inf, "excerpt": "a\x00b\ud800", "more": deep})
    async with database.writing() as c:
        await plan(c, 1)
        due = await one(c)
        assert await due_polls.end(c, due, Reply(due.question, told))
        assert await due_polls.replies(c, "t1") == [Reply(question(0), told)]


async def test_what_is_in_hand_is_taken_over_when_its_lease_ends_and_not_before(database):
    async with database.writing() as c:
        await plan(c, 1)
        await one(c, "killed")
        assert await claim(c, "b", LATER - SECOND) == []
        taken = await one(c, "b", LATER)
    assert (taken.owner, taken.claims) == ("b", 2)


async def test_a_lease_that_is_prolonged_is_kept_and_one_that_was_lost_is_not_prolonged(database):
    async with database.writing() as c:
        await plan(c, 1)
        slow = await one(c, "slow")
        assert await due_polls.renew(c, slow, until=LATER + LEASE)
        assert await claim(c, "b", LATER) == []
        await one(c, "b", LATER + LEASE)
        assert not await due_polls.renew(c, slow, until=LATER + DAY)


async def test_the_first_answer_counts_whoever_brings_it_and_an_old_claims_fault_does_not(database):
    async with database.writing() as c:
        await plan(c, 1)
        slow = await one(c, "a")
        again = await one(c, "a", LATER)
        assert not await due_polls.end(c, slow, Reply(slow.question, fault="unreachable"))
        assert await due_polls.end(c, slow, Reply(slow.question, answer("first")))
        assert not await due_polls.end(c, again, Reply(again.question, answer("second")))
        (reply,) = await due_polls.replies(c, "t1")
    assert reply.answer.response_id == "first"


async def test_what_was_claimed_twice_in_vain_ends_with_a_fault_so_that_the_turn_ends(database):
    async with database.writing() as c:
        await plan(c, 1)
        await one(c, "killed")
        await want(c, LATER)
        await one(c, "killed too", LATER)
        await want(c, LATER + LEASE - SECOND)
        assert await due_polls.left(c, "t1") == 1
        assert await claim(c, "b", LATER + LEASE) == [], "no third time"
        await want(c, LATER + LEASE)
        assert await due_polls.replies(c, "t1") == [Reply(question(0), fault=due_polls.INTERRUPTED)]


async def test_a_turn_nobody_waits_for_is_not_asked(database):
    async with database.writing() as c:
        await plan(c, 1, until=LATER)
        assert await claim(c, "b", LATER) == []
        await want(c, LATER)
        assert len(await claim(c, "b", LATER)) == 1


async def test_a_turn_begun_again_goes_on_with_the_questions_and_replies_it_has(database):
    async with database.writing() as c:
        await plan(c, 2)
        first, _ = await claim(c)
        await due_polls.end(c, first, Reply(first.question, answer()))
        await plan(c, 5)
        assert await due_polls.left(c, "t1") == 1


async def test_a_lease_from_before_the_clock_was_set_back_lasts_no_longer_than_any(database):
    async with database.writing() as c:
        await plan(c, 1)
        await one(c, "killed", NOON + HOUR)
        await want(c, NOON)
        assert await claim(c, "b", LATER - SECOND) == []
        assert len(await claim(c, "b", LATER - SECOND + SECOND, turn="t1")) == 0, "nobody wants it any more"
        await want(c, LATER)
        assert len(await claim(c, "b", LATER)) == 1


async def test_a_reply_to_a_turn_that_is_over_is_too_late(database):
    async with database.writing() as c:
        await plan(c, 1)
        await plan(c, 1, turn="t2")
        due, other = await claim(c)
        await due_polls.forget(c, "t1")
        assert not await due_polls.end(c, due, Reply(due.question, answer()))
        assert await due_polls.replies(c, "t1") == []
        assert await due_polls.end(c, other, Reply(other.question, answer()))


async def test_one_may_claim_of_one_turn_only(database):
    async with database.writing() as c:
        await plan(c, 1)
        await plan(c, 1, turn="t2")
        assert [due.turn for due in await claim(c, turn="t2")] == ["t2"]


async def test_abandoned_turns_go_with_retention_and_fresh_ones_stay(database):
    before = {"texts_before": NOON, "rows_before": NOON, "real_before": NOON - 2 * DAY}
    async with database.writing() as c:
        await plan(c, 2, turn="old", until=NOON - 3 * DAY)
        await plan(c, 1, turn="fresh", until=NOON)
        assert (await retention.forget(c, **before))["due polls"] == 2
        assert list((await c.execute(select(rows.c.turn))).scalars()) == ["fresh"]


async def test_a_claim_that_is_not_committed_yet_holds_nobody_up(postgres_server):
    opened = await Database.open(postgres_server.url(await postgres_server.clean()))
    try:
        async with opened.writing() as c:
            await plan(c, 4)
        async with asyncio.timeout(5), opened.writing() as first, opened.writing() as second:
            taken = await claim(first, "a", limit=2), await claim(second, "b", limit=4)
    finally:
        await opened.close()
    assert [[due.position for due in batch] for batch in taken] == [[0, 1], [2, 3]]


@pytest.mark.parametrize("count", [60])
async def test_no_question_is_ever_in_two_hands_however_many_claim_at_once(database_url, database, count):
    async with database.writing() as c:
        await plan(c, count)
    others = [await Database.open(database_url) for _ in range(3)] if database.dialect == "postgresql" else []
    claimed = []

    async def worker(opened, owner):
        while True:
            async with opened.writing() as c:
                batch = await claim(c, owner, limit=4)
                await asyncio.sleep(0.005)  # the claim is open while the others look
            if not batch:
                return
            claimed.extend(batch)

    try:
        await asyncio.gather(*(worker(o, str(n)) for n, o in enumerate([database, *others])))
    finally:
        for opened in others:
            await opened.close()
    assert sorted(due.position for due in claimed) == list(range(count))
    assert len({due.owner for due in claimed}) == 1 + len(others), "the rows of others are passed over"
