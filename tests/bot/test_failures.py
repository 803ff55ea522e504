import asyncio
from contextlib import asynccontextmanager

import pytest
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import SendMessage
from aiohttp import ClientConnectorError, ConnectionTimeoutError
from aiohttp.client_reqrep import ConnectionKey

from bot.failures import diagnose
from bot.settings import load
from bot.telegram import make_bot
from core.models import Delivery, DeliveryKind
from tests.core.makers import NOW

METHOD = SendMessage(chat_id=5, text="x")


def delivery(**fields):
    base = {
        "id": 1,
        "cause": "firing:f",
        "chat_id": 5,
        "kind": DeliveryKind.NEW,
        "payload": {},
        "due_at": NOW,
    }
    return Delivery(**(base | fields))


def failure(error, **fields):
    return diagnose(error, delivery(**fields), max_attempts=8)


def network(cause):
    error = TelegramNetworkError(METHOD, "broken")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "text",
    [
        "Forbidden: bot was blocked by the user",
        "Forbidden: user is deactivated",
        "Forbidden: bot was kicked from the supergroup chat",
        "Forbidden: bot is not a member of the channel chat",
        "Forbidden: the group chat was deleted",
    ],
)
def test_a_chat_that_is_gone_ends_its_pushes_with_a_reason(text):
    made = failure(TelegramForbiddenError(METHOD, text))
    assert made.then == "dead" and made.pause_chat and made.reason


def test_a_chat_not_found_is_gone_too():
    assert failure(TelegramBadRequest(METHOD, "Bad Request: chat not found")).pause_chat


def test_lost_rights_pause_the_chat():
    assert failure(
        TelegramBadRequest(METHOD, "Bad Request: not enough rights to send text messages")
    ).pause_chat


def test_any_other_refusal_is_about_this_message_only():
    made = failure(TelegramBadRequest(METHOD, "Bad Request: reply markup is too long"))
    assert made.then == "dead" and not made.pause_chat


def test_a_pause_is_obeyed_to_the_second():
    made = failure(TelegramRetryAfter(METHOD, "Too Many Requests", retry_after=17))
    assert (made.then, made.wait, made.pause_pacer) == ("again", 17, True)


def test_a_moved_group_is_followed_even_on_the_last_attempt():
    made = failure(TelegramMigrateToChat(METHOD, "upgraded", migrate_to_chat_id=-100), attempts=7)
    assert (made.then, made.moved_to) == ("again", -100)


def test_trouble_over_there_is_waited_out_longer_and_longer():
    waits = [failure(TelegramServerError(METHOD, "Internal"), attempts=n).wait for n in range(6)]
    assert waits[0] < 2 and waits[5] > 20


def test_trouble_ends_after_the_last_attempt():
    made = failure(TelegramServerError(METHOD, "Internal"), attempts=7)
    assert made.then == "dead" and "8 attempts" in made.reason


def test_a_gateways_page_means_it_never_arrived():
    assert failure(ClientDecodeError("x", ValueError(), "<html>502</html>")).then == "again"


def test_a_torn_answer_may_have_arrived_and_is_not_repeated():
    assert failure(ClientDecodeError("x", ValueError(), '{"ok":tr')).then == "unknown"


def test_a_broken_connection_may_have_arrived_and_is_not_repeated():
    assert failure(network(ConnectionResetError())).then == "unknown"


def test_a_refused_connection_never_arrived():
    key = ConnectionKey("h", 1, False, True, None, None, None)
    assert failure(network(ClientConnectorError(key, OSError("refused")))).then == "again"


def test_a_connection_that_never_came_about_carried_nothing():
    assert failure(network(ConnectionTimeoutError())).then == "again"


def test_a_silence_after_connecting_may_mean_that_it_arrived():
    assert failure(network(TimeoutError())).then == "unknown"


async def test_a_connection_that_hangs_is_told_apart_from_an_answer_that_never_comes(monkeypatch):
    monkeypatch.setattr("bot.telegram.CONNECT_SECONDS", 0.2)
    thens = []
    async with silence() as port:
        for scheme in ("https", "http"):  # TLS is part of connecting, and nobody shakes hands here
            settings = load(
                bot_token="42:sandbox-token",
                xai_api_key="xai-key-of-tests",
                telegram_api_base=f"{scheme}://127.0.0.1:{port}",
            )
            bot = make_bot(settings, timeout=0.6)
            with pytest.raises(TelegramNetworkError) as caught:
                await bot.send_message(5, "x")
            await bot.session.close()
            thens.append(failure(caught.value).then)
    assert thens == ["again", "unknown"]


@asynccontextmanager
async def silence():
    """A server that accepts connections and never says anything."""
    over = asyncio.Event()

    async def hold(_reader, writer):
        await over.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()


def test_a_topic_that_is_gone_is_left():
    text = "Bad Request: message thread not found"
    assert failure(TelegramBadRequest(METHOD, text), thread_id=9).drop_thread
    assert failure(TelegramBadRequest(METHOD, text)).then == "dead"


def test_facts_nobody_can_write_out_end_it():
    assert failure(KeyError("title")).then == "dead"


TORN = UnicodeDecodeError("utf-8", b'{"ok": true \xc2', 12, 13, "unexpected end of data")


def test_an_answer_torn_within_a_letter_may_have_arrived():
    made = failure(TORN)
    assert made.then == "unknown" and "may have arrived" in made.reason


@pytest.mark.parametrize(
    "error", [TORN, network(OSError("reset")), ClientDecodeError("bad", ValueError(), "{")]
)
def test_an_edit_that_may_have_arrived_is_made_again(error):
    assert failure(error, kind=DeliveryKind.EDIT).then == "again"
    assert failure(error, kind=DeliveryKind.NEW).then == "unknown"
