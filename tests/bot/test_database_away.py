"""A database that fails while messages leave: nothing is sent twice, nothing waits longer than it has to."""

import asyncio
import itertools
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from bot import outbox
from core.models import DeliveryState
from storage import deliveries
from tests.bot.stage import OTHER, YOU

SENT, SENDING, PENDING = DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.PENDING
AWAY = OperationalError("UPDATE", {}, OSError("away"))


@pytest.fixture
def ready(ready, monkeypatch):
    """As always; what is tried again is tried soon."""
    monkeypatch.setattr(outbox, "AGAIN", outbox.AGAIN / 10)
    monkeypatch.setattr(outbox, "RECORD_PAUSE", 0.1)
    return ready


def break_(monkeypatch, name, errors, *, late=False):
    """The next calls of a function of storage.deliveries fail; `late`: only when it has done its work."""
    real, left = getattr(deliveries, name), iter(errors)

    async def breaking(*given, **named):
        error = next(left, None)
        if error and not late:
            raise error
        result = await real(*given, **named)
        if error:
            raise error
        return result

    monkeypatch.setattr(deliveries, name, breaking)


def cut(monkeypatch, database, when):
    """The answer to the next commit of a transaction that did `when` is lost: committed, yet it raises."""
    real, done = database.durable, []
    work = getattr(deliveries, when)

    async def marked(*given, **named):
        done.append(True)
        return await work(*given, **named)

    @asynccontextmanager
    async def durable():
        async with real() as c:
            yield c
        if done and done.pop():
            monkeypatch.undo()
            raise AWAY

    monkeypatch.setattr(deliveries, when, marked)
    monkeypatch.setattr(database, "durable", durable)


async def all_arrived_once(ready):
    await ready.deliver(patience=5)
    assert [push.state for who in (YOU, OTHER) for push in await ready.pushes(who)] == [SENT, SENT]
    assert len(ready.heard(YOU)) == len(ready.heard(OTHER)) == 1


@pytest.mark.parametrize("error", [AWAY, OSError("refused"), TimeoutError()])
async def test_an_end_is_written_down_when_the_database_is_back(ready, monkeypatch, error):
    break_(monkeypatch, "sent", [error] * 8)
    await all_arrived_once(ready)


async def test_what_became_of_a_message_is_kept_in_hand_as_long_as_nothing_can_be_written(ready, monkeypatch):
    away = [AWAY]
    break_(monkeypatch, "sent", itertools.chain.from_iterable(iter(away.copy, [])))
    running = asyncio.create_task(ready.sender.run(stop := asyncio.Event()))
    await ready.server.wait_for(lambda: ready.heard(YOU) and ready.heard(OTHER))
    await asyncio.sleep(0.5)
    assert [push.state for who in (YOU, OTHER) for push in await ready.pushes(who)] == [SENDING] * 2
    stop.set()
    away.clear()
    async with asyncio.timeout(5):
        await running
    await all_arrived_once(ready)


async def test_a_process_that_has_to_end_waits_for_no_database(ready, monkeypatch):
    with monkeypatch.context() as away:
        break_(away, "sent", itertools.repeat(AWAY))
        running = asyncio.create_task(ready.sender.run(asyncio.Event()))
        await ready.server.wait_for(lambda: ready.heard(YOU) and ready.heard(OTHER))
        running.cancel()
        async with asyncio.timeout(2):
            await asyncio.wait({running})
    assert [push.state for who in (YOU, OTHER) for push in await ready.pushes(who)] == [SENDING] * 2


@pytest.mark.parametrize("name", ["begin", "claim", "put_off"])
@pytest.mark.parametrize("late", [False, True])
async def test_a_claim_that_came_to_nothing_is_given_back_at_once(ready, monkeypatch, name, late):
    if name == "put_off":
        ready.sender._pacer.pause(2.5, YOU)
    break_(monkeypatch, name, [AWAY] * 2, late=late)
    await all_arrived_once(ready)


@pytest.mark.parametrize("name", ["begin", "claim", "sent"])
async def test_a_commit_whose_answer_is_lost_costs_and_doubles_nothing(ready, monkeypatch, name):
    with monkeypatch.context() as patch:
        cut(patch, ready.database, name)
        await all_arrived_once(ready)
    assert [push.attempts for who in (YOU, OTHER) for push in await ready.pushes(who)] == [0, 0]


@pytest.mark.parametrize("error", [AWAY, OSError("refused")])
async def test_a_database_that_is_away_while_a_message_is_written_out_ends_nothing(ready, monkeypatch, error):
    render, left = ready.sender._render, iter([error] * 3)

    async def rendered(delivery):
        if wrong := next(left, None):
            raise wrong
        return await render(delivery)

    monkeypatch.setattr(ready.sender, "_render", rendered)
    await all_arrived_once(ready)


async def test_what_a_broken_run_left_behind_is_settled_by_the_next_one(ready, monkeypatch):
    stop, held = asyncio.Event(), ready.sender._outbox
    not_sent = held.not_sent

    def left_behind(delivery):
        not_sent(delivery)
        stop.set()

    with monkeypatch.context() as away:
        break_(away, "begin", [AWAY] * 2, late=True)
        break_(away, "release", [AWAY])
        away.setattr(held, "not_sent", left_behind)
        async with asyncio.timeout(5):
            await ready.sender.run(stop)
    assert held._unsent
    await all_arrived_once(ready)


async def test_an_end_that_cannot_be_written_as_it_is_parks_the_message(ready, monkeypatch, caplog):
    break_(monkeypatch, "sent", [IntegrityError("UPDATE", {}, Exception("no such thing"))] * 2)
    await ready.deliver(patience=5)
    pushes = [push for who in (YOU, OTHER) for push in await ready.pushes(who)]
    assert {push.state for push in pushes} <= {DeliveryState.UNKNOWN, SENT}
    parked = [push for push in pushes if push.state is DeliveryState.UNKNOWN]
    assert parked and all("could not be written down" in push.reason for push in parked)
    assert "it is parked" in caplog.text
    assert len(ready.heard(YOU)) == len(ready.heard(OTHER)) == 1
