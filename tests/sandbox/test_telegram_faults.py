"""Each fault on demand, and the exception aiogram makes of it."""

import asyncio

import pytest
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from pydantic import ValidationError

from bot.sandbox.telegram import Fault, FaultKind
from bot.sandbox.telegram.faults import Faults

from .telegram_stage import GROUP, YOU, stage


@pytest.mark.parametrize(
    ("fault", "error", "delivered"),
    [
        (Fault(kind="retry_after", retry_after=7), TelegramRetryAfter, 0),
        (Fault(kind="too_many"), TelegramAPIError, 0),
        (Fault(kind="forbidden", text="user is deactivated"), TelegramForbiddenError, 0),
        (Fault(kind="bad_request", text="message is too odd"), TelegramBadRequest, 0),
        (Fault(kind="chat_not_found"), TelegramBadRequest, 0),
        (Fault(kind="migrate", migrate_to_chat_id=-1005), TelegramMigrateToChat, 0),
        (Fault(kind="server_error"), TelegramServerError, 0),
        (Fault(kind="bad_gateway"), ClientDecodeError, 0),
        (Fault(kind="truncated"), ClientDecodeError, 1),
        (Fault(kind="reset_before"), TelegramNetworkError, 0),
        (Fault(kind="reset_after"), TelegramNetworkError, 1),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Fault) else None,
)
async def test_a_fault_becomes_its_exception_and_passes(fault, error, delivered):
    async with stage() as s:
        s.server.faults.add(fault)
        with pytest.raises(error) as caught:
            await s.bot.send_message(YOU, "hello")
        assert type(caught.value) is error
        assert len(s.server.messages(YOU)) == delivered
        assert s.server.calls[-1].fault is fault.kind
        await s.bot.send_message(YOU, "again")
        assert len(s.server.messages(YOU)) == delivered + 1
        assert s.server.violations == []


async def test_faults_carry_their_details():
    async with stage() as s:
        s.server.faults.add(Fault(kind="retry_after", retry_after=7))
        s.server.faults.add(Fault(kind="migrate", migrate_to_chat_id=-1005))
        with pytest.raises(TelegramRetryAfter) as wait:
            await s.bot.send_message(YOU, "hello")
        with pytest.raises(TelegramMigrateToChat) as moved:
            await s.bot.send_message(YOU, "hello")
        assert (wait.value.retry_after, moved.value.migrate_to_chat_id) == (7, -1005)


async def test_a_slow_answer_comes_after_the_client_gave_up_but_the_message_is_sent():
    async with stage(timeout=0.1) as s:
        s.server.faults.add(Fault(kind="slow", delay=0.3))
        with pytest.raises(TelegramNetworkError, match="timeout"):
            await s.bot.send_message(YOU, "late")
        await s.server.wait_for(lambda: s.server.messages(YOU))


async def test_a_fault_waits_for_its_method_and_its_chat():
    async with stage() as s:
        s.server.faults.add(Fault(kind="server_error", method="sendMessage", chat_id=GROUP, times=None))
        await s.bot.send_message(YOU, "fine")
        await s.bot.get_chat(GROUP)
        for _ in range(3):
            with pytest.raises(TelegramServerError):
                await s.bot.send_message(GROUP, "never")
        s.server.faults.clear()
        await s.bot.send_message(GROUP, "at last")


async def test_polling_is_disturbed_only_by_name():
    async with stage() as s:
        s.server.faults.add(Fault(kind="bad_gateway"))
        assert await s.bot.get_updates() == []
        s.server.faults.add(Fault(kind="bad_gateway", method="getUpdates"))
        with pytest.raises(ClientDecodeError):
            await s.bot.get_updates()


def test_chance_repeats_with_its_seed():
    def strikes(seed):
        faults = Faults(seed)
        faults.add(Fault(kind="server_error", times=None, probability=0.3))
        return [faults.strike("sendMessage", YOU) is not None for _ in range(200)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 30 < sum(strikes(1)) < 90


def test_a_migrate_fault_needs_a_goal():
    with pytest.raises(ValidationError, match="needs migrate_to_chat_id"):
        Fault(kind=FaultKind.MIGRATE)


async def test_faults_can_be_ordered_over_http():
    async with stage() as s:
        order = {"kind": "forbidden", "method": "sendMessage", "times": None}
        async with s.http.post(s.url("/sandbox/faults"), json=order) as response:
            assert response.status == 200
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await s.bot.send_message(YOU, "hello")
        async with s.http.delete(s.url("/sandbox/faults")) as response:
            assert response.status == 200
        await s.bot.send_message(YOU, "hello")
        async with s.http.post(s.url("/sandbox/faults"), json={"kind": "earthquake"}) as response:
            assert (response.status, (await response.json())["ok"]) == (400, False)


async def test_calls_in_flight_do_not_hold_up_others():
    async with stage() as s:
        s.server.faults.add(Fault(kind="slow", chat_id=GROUP, delay=5.0))
        slow = asyncio.create_task(s.bot.send_message(GROUP, "slow"))
        await asyncio.wait_for(s.bot.send_message(YOU, "quick"), 2)
        assert not slow.done()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
