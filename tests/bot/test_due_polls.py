"""Two workers share what a turn asks: each question once, none lost when one dies, no cent above the cap."""

import asyncio
import zlib
from collections import Counter
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot import due_polls as module
from bot.clock import real_now
from bot.cycle import Wheel
from bot.due_polls import DuePolls
from bot.roles import Common, Elsewhere
from bot.roles.worker import make as make_loops
from bot.sandbox.xai import XaiServer
from bot.sources.grok.client import PARALLEL
from core.budget import TICKS
from core.errors import InternError
from storage import due_polls
from storage.database import Database
from tests.bench.stage import Instant, plant, settings
from tests.bot.grok_fixtures import NOW, question
from tests.bot.grok_opened import booked
from tests.bot.grok_opened import opened as opened_source
from tests.bot.grok_server import KEY
from tests.bot.stage import StillClock
from tests.bot.x_opened import WORLD

TURN, ASKED = "2026-11-20T12:00:00Z", 14
QUESTIONS = [question(query=f"(crypto OR $TK{number}) lang:en") for number in range(ASKED)]
SOON = timedelta(seconds=1.2)


class Worker:
    """A process as far as questions go; `asks` are the queries that went through its hands."""

    def __init__(self, database, source):
        self.database, self._source = database, source
        self.polls = DuePolls(database, self)
        self.asks, self.began = [], asyncio.Event()
        self.may_ask, self.may_tell = asyncio.Event(), asyncio.Event()
        self.may_ask.set()
        self.may_tell.set()
        self.stop, self.helping = asyncio.Event(), None

    async def ask(self, question, *, known=()):
        self.asks.append(question.query)
        self.began.set()
        await self.may_ask.wait()
        answer = await self._source.ask(question, known=known)
        await self.may_tell.wait()
        return answer

    def helps(self):
        self.helping = asyncio.create_task(self.polls.help(self.stop))

    async def dies(self):
        self.helping.cancel()
        with suppress(asyncio.CancelledError):
            await self.helping

    async def ends(self):
        self.stop.set()
        self.may_tell.set()
        if self.helping is not None and not self.helping.cancelled():
            await self.helping


@pytest_asyncio.fixture
async def xai():
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY)
    yield server
    await server.stop()


@pytest.fixture
def impatient(monkeypatch):
    """A killed worker's questions are free again after a moment."""
    monkeypatch.setattr(module, "LEASE", SOON)
    monkeypatch.setattr(module, "RENEW", SOON / 6)


@pytest_asyncio.fixture
async def workers(postgres_server, xai):
    """`await workers(2, daily_usd=…)`: so many on one PostgreSQL, each with connections of its own."""
    url = postgres_server.url(await postgres_server.clean())
    async with AsyncExitStack() as stack:
        made = []

        async def make(count, *, source=None, **given):
            for _ in range(count):
                database = await Database.open(url)
                stack.push_async_callback(database.close)
                asked = source or await stack.enter_async_context(opened_source(database, xai, **given))
                made.append(Worker(database, asked))
                stack.push_async_callback(made[-1].ends)
            return made[-count:]

        yield make


async def turned(worker, questions=QUESTIONS):
    async with asyncio.timeout(20):
        return await worker.polls.replies(TURN, questions, [])


def both(*workers):
    return Counter(query for worker in workers for query in worker.asks)


ONCE = Counter({each.query: 1 for each in QUESTIONS})


async def test_two_workers_ask_each_question_once_and_both_work(workers, xai):
    first, second = await workers(2)
    first.may_ask.clear()  # what it has in hand waits until the other one has worked
    second.helps()
    turning = asyncio.create_task(turned(first))
    await asyncio.wait_for(second.began.wait(), 5)
    await xai.wait_for(lambda calls: sum(call.delivered for call in calls) == ASKED - PARALLEL)
    first.may_ask.set()
    replies = await turning
    assert [reply.question for reply in replies] == QUESTIONS and all(reply.answer for reply in replies)
    assert both(first, second) == ONCE and len(first.asks) == PARALLEL
    assert await booked(first.database) == (xai.billed_ticks, 0)


async def test_a_worker_that_dies_in_the_middle_loses_nothing_and_only_what_it_had_in_hand_is_paid_twice(
    workers, xai, impatient
):
    first, second = await workers(2)
    first.may_ask.clear()
    turning = asyncio.create_task(turned(first))
    await asyncio.wait_for(first.began.wait(), 5)
    xai.faults.add("timeout", count=PARALLEL)
    second.helps()
    await xai.wait_for(lambda calls: len(calls) == PARALLEL)
    await second.dies()
    first.may_ask.set()
    replies = await turning
    assert all(reply.answer for reply in replies)
    assert both(first, second) == ONCE + Counter(second.asks) and len(second.asks) == PARALLEL
    settled = sum(call.billed_ticks for call in xai.calls if call.delivered)
    spent, open_ones = await booked(first.database)
    assert open_ones == PARALLEL, "what was cut off may have been billed and counts as spent"
    assert spent > settled and len(xai.calls) == ASKED + PARALLEL


async def test_a_call_that_outlasts_its_lease_stays_in_its_hands(workers, impatient):
    first, second = await workers(2)
    first.may_ask.clear()
    turning = asyncio.create_task(turned(first))
    await asyncio.wait_for(first.began.wait(), 5)
    over = real_now() + SOON
    second.helps()
    async with asyncio.timeout(20):
        while real_now() <= over or len(second.asks) < ASKED - PARALLEL:
            await asyncio.sleep(0.05)
    first.may_ask.set()
    assert all(reply.answer for reply in await turning) and both(first, second) == ONCE


async def test_a_turn_whose_process_dies_goes_on_elsewhere_with_what_was_answered(workers, impatient):
    first, second = await workers(2)
    first.may_tell.clear()
    turning = asyncio.create_task(turned(first))
    await asyncio.wait_for(first.began.wait(), 5)
    second.helps()
    async with asyncio.timeout(10):
        while len(second.asks) < ASKED - PARALLEL:
            await asyncio.sleep(0.01)
    await second.ends()
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)
    (third,) = await workers(1)
    replies = await turned(third, [question(query="something else by now")])
    assert [reply.question for reply in replies] == QUESTIONS and all(reply.answer for reply in replies)
    assert sorted(third.asks) == sorted(first.asks), "what the dead one had in hand, and nothing else"


async def test_a_question_two_workers_died_of_ends_as_a_fault(workers, impatient):
    first, second, holder = await workers(3)
    holder.may_ask.clear()
    turning = asyncio.create_task(turned(holder, QUESTIONS[: PARALLEL + 1]))
    await asyncio.wait_for(holder.began.wait(), 5)
    for worker in (first, second):
        worker.may_ask.clear()
        worker.helps()
        await asyncio.wait_for(worker.began.wait(), 5)
        await worker.dies()
    holder.may_ask.set()
    replies = await turning
    assert [reply.fault for reply in replies] == [None] * PARALLEL + [due_polls.INTERRUPTED]


async def test_a_reply_that_comes_when_the_turn_is_over_is_paid_and_not_used(workers, xai, impatient):
    first, frozen = await workers(2)

    async def nothing(_due): ...

    frozen.polls._renew = nothing  # it lives, and does not come to prolonging its leases
    frozen.may_tell.clear()
    first.may_ask.clear()
    turning = asyncio.create_task(turned(first))
    await asyncio.wait_for(first.began.wait(), 5)
    frozen.helps()
    await xai.wait_for(lambda calls: sum(call.delivered for call in calls) == PARALLEL)
    first.may_ask.set()
    before = {reply.question.query: reply.answer for reply in await turning}
    async with first.database.writing() as c:
        await due_polls.forget(c, TURN)
    await frozen.ends()
    assert set(before) == set(ONCE) and all(before.values())
    assert await booked(first.database) == (xai.billed_ticks, 0) and len(xai.calls) == ASKED + PARALLEL
    async with first.database.reading() as c:
        assert await due_polls.replies(c, TURN) == []


async def test_the_cap_holds_while_two_workers_race_for_the_rest_of_it(workers, xai):
    first, second = await workers(2, daily_usd=0.4)
    for worker in (first, second):
        worker.may_ask.clear()
    second.helps()
    turning = asyncio.create_task(turned(first))
    for worker in (first, second):
        await asyncio.wait_for(worker.began.wait(), 5)
    for worker in (first, second):
        worker.may_ask.set()
    replies = await turning
    spent, _ = await booked(first.database)
    faults = Counter(reply.fault for reply in replies)
    assert set(faults) == {None, "daily cap reached"} and faults[None] < ASKED
    assert spent == xai.billed_ticks <= 0.4 * TICKS
    assert both(first, second) == ONCE


async def test_a_database_that_is_away_for_a_moment_costs_no_answer(workers, monkeypatch):
    (first,) = await workers(1)
    away, real = Counter(claim=2, left=1, end=1), {}

    def failing(name):
        async def step(*given, **more):
            if away[name] > 0:
                away[name] -= 1
                raise OperationalError(name, None, OSError("gone"))
            return await real[name](*given, **more)

        real[name] = getattr(due_polls, name)
        monkeypatch.setattr(due_polls, name, step)

    for name in away:
        failing(name)
    replies = await turned(first)
    assert all(reply.answer for reply in replies) and both(first) == ONCE and not +away


async def test_a_turn_another_process_has_written_meanwhile_is_not_written_again(workers, impatient):
    (first,) = await workers(1)
    first.may_ask.clear()
    turning = asyncio.create_task(turned(first))
    await asyncio.wait_for(first.began.wait(), 5)
    async with first.database.writing() as c:
        await due_polls.forget(c, TURN)
    first.may_ask.set()
    with pytest.raises(InternError, match="another process"):
        await turning


class Still(Instant):
    """Answers by the question alone, so that it does not matter who is asked when."""

    async def ask(self, question, *, known=()):
        self._made = zlib.crc32(question.query.encode()) % 10**6
        return await super().ask(question, known=known)


async def turn_with(postgres_server, tmp_path, helpers):
    """One whole turn of the wheel with so many other workers; its outcome and what it left."""
    url = postgres_server.url(await postgres_server.clean())
    made, clock = settings(tmp_path, database_url=url, cycle={"refresh_per_cycle": 40}), StillClock()
    async with AsyncExitStack() as stack:
        databases = [await Database.open(url) for _ in range(1 + helpers)]
        for database in databases:
            stack.push_async_callback(database.close)
        workers = [Worker(database, Still()) for database in databases]
        for worker in workers:
            stack.push_async_callback(worker.ends)
        await plant(databases[0], 40)
        for worker in workers:
            worker.may_ask.clear()
        for worker in workers[1:]:
            worker.helps()
        wheel = Wheel(settings=made, database=databases[0], source=workers[0], clock=clock)
        turning = asyncio.create_task(wheel.turn(TURN))
        for worker in workers:
            await asyncio.wait_for(worker.began.wait(), 10)
        for worker in workers:
            worker.may_ask.set()
        outcome = await turning
        async with databases[0].reading() as c:
            assert await due_polls.replies(c, TURN) == [], "they are in the log now"
    return outcome, workers


async def test_what_becomes_of_a_turn_does_not_depend_on_how_many_workers_there_are(
    postgres_server, tmp_path
):
    alone, _ = await turn_with(postgres_server, tmp_path, 0)
    shared, workers = await turn_with(postgres_server, tmp_path, 2)
    assert all(worker.asks for worker in workers) and len(alone.polls) > 40 and len(alone.posts) > 300
    assert shared.polls == alone.polls and shared.posts == alone.posts and shared.scores == alone.scores


async def test_the_role_of_a_worker_takes_up_what_others_want_to_know(postgres_server, opened):
    url = postgres_server.url(await postgres_server.clean())
    async with opened(grok={"daily_usd": 0}) as stage, AsyncExitStack() as stack:
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        common = Common(stage.settings, database, stage.clock, stage.bot, Elsewhere())
        loops, stop = await make_loops(common, stack), asyncio.Event()
        async with database.writing() as c:
            await due_polls.plan(c, TURN + "/2", QUESTIONS, [], until=real_now() + timedelta(hours=1))
        running = [asyncio.ensure_future(loop(stop)) for loop in loops]
        async with asyncio.timeout(20):
            while await left(database):
                await asyncio.sleep(0.02)
        stop.set()
        await asyncio.gather(*running)
        async with database.reading() as c:
            ended = await due_polls.replies(c, TURN + "/2")
    assert {reply.fault for reply in ended} == {"daily cap reached"}


async def left(database):
    async with database.reading() as c:
        return await due_polls.left(c, TURN + "/2")
