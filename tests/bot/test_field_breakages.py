"""What broke in comparable products when they sent: each breakage is made to happen, and does no harm."""

import asyncio

import pytest
from aiogram.exceptions import TelegramServerError
from aiogram.methods import SendMessage

from bot.delivery import Sender
from bot.failures import diagnose
from bot.intake import NEWCOMER, Intake
from bot.messages import Messages
from bot.pacing import Pacer
from bot.sandbox.telegram.faults import Fault
from bot.settings import load
from core.errors import ConfigError
from core.models import Delivery, DeliveryState
from storage import chats, deliveries
from storage.database import Database
from tests.bot.stage import GROUP, TOKEN, YOU
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import judged

UNKNOWN, SENT = DeliveryState.UNKNOWN, DeliveryState.SENT


@pytest.fixture
async def ready(stage, hasty):
    """YOU want alerts, and one waits."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1"))
    await stage.fire(YOU, id="f1")
    return stage


def another_sender(stage):
    """A process that has just started, with nothing in memory."""
    return Sender(
        settings=stage.settings, database=stage.database, bot=stage.bot, clock=stage.clock,
        render=Messages(stage.database, stage.clock).render,
    )  # fmt: skip


async def test_lifeos_57_a_hundred_restarts_send_nothing_again(ready):
    await ready.deliver()
    for _ in range(100):
        ready.sender = another_sender(ready)
        await ready.sender._outbox.recover()
        await ready.sender._work(asyncio.Event())
    assert len(ready.heard()) == 1


async def test_market_sentinel_8_a_restart_does_not_tell_the_signals_of_before(ready):
    """The same stories, just as loud, after a restart: the database knows that they were told."""
    told = judged([score("a1")], [narrative("a1")], [chat(YOU)])
    for firings in (told.firings, told.firings):
        await ready.fire_all(*firings)
        ready.sender = another_sender(ready)
        await ready.deliver()
    assert len(ready.heard()) == 2  # the one that waited, and the story once


async def test_nerve_171_what_people_write_during_a_restart_is_answered_after_it(stage):
    await stage.closes()
    stage.acts.user_says(YOU, YOU, "/help")
    stage.opens()
    await stage.settled()
    assert ["What you can" in each["text"] for each in stage.heard()] == [True]
    assert not any(call.params.get("drop_pending_updates") for call in stage.server.calls)


async def test_alertmanager_bot_202_the_list_of_chats_outlives_the_process(ready):
    await ready.answer("/subscribe")
    again = await Database.open(ready.settings.database_url.get_secret_value())
    try:
        async with again.reading() as c:
            assert [each.id for each in await chats.subscribed(c)] == [YOU]
    finally:
        await again.close()


@pytest.mark.parametrize(("fault", "arrived"), [("reset_after", 1), ("reset_before", 0), ("truncated", 1)])
async def test_hermes_agent_64238_a_message_that_may_have_arrived_is_never_sent_blindly_again(
    ready, fault, arrived
):
    ready.faults.add(Fault(kind=fault, method="sendMessage", chat_id=YOU))
    await ready.deliver()
    await ready.deliver()
    (push,) = await ready.pushes()
    assert push.state is UNKNOWN and "may have arrived" in push.reason and len(ready.heard()) == arrived


@pytest.mark.parametrize("fault", ["retry_after", "server_error", "bad_gateway"])
async def test_hermes_agent_64238_what_surely_did_not_arrive_is_sent_again(ready, fault):
    ready.faults.add(Fault(kind=fault, method="sendMessage", chat_id=YOU, retry_after=1))
    await ready.deliver()
    assert len(ready.heard()) == 1 and [p.state for p in await ready.pushes()] == [SENT]


async def test_chevalet_anon_bot_30_two_senders_never_take_the_same_message(ready):
    await ready.sender._outbox.expand()
    claims = []
    for owner in ("one", "two"):
        async with ready.database.durable() as c:
            claims += await deliveries.claim(c, owner=owner, now=NOW, real_now=NOW, lease=HOUR, limit=10)
    assert len(claims) == 1


async def test_chevalet_anon_bot_30_after_eight_tries_it_ends_with_a_reason(ready):
    ready.faults.add(Fault(kind="server_error", method="sendMessage", chat_id=YOU, times=None))
    await ready.deliver()
    (push,) = await ready.pushes()
    assert push.state is DeliveryState.DEAD and "8 attempts" in push.reason


@pytest.mark.parametrize("attempts", [0, 3, 7, 9, 12, 30])
def test_chevalet_anon_bot_30_no_pause_between_tries_is_longer_than_a_quarter_of_an_hour(attempts):
    trouble = TelegramServerError(method=SendMessage(chat_id=YOU, text="x"), message="Bad Gateway")
    push = Delivery(
        id=1, cause="firing:f", chat_id=YOU, kind="new", payload={}, attempts=attempts, due_at=NOW
    )
    waits = [diagnose(trouble, push, max_attempts=40).wait for _ in range(50)]
    assert min(0.75 * 2**attempts, 675) <= min(waits) and max(waits) <= 15 * 60


def test_tradingview_webhook_bot_34_a_group_never_gets_more_than_telegram_allows():
    limits = load(bot_token=TOKEN, xai_api_key="k").telegram
    pace = Pacer(**limits.model_dump(include={"per_second", "per_chat_seconds", "per_group_minute"}))
    times = [pace._reserve(GROUP, 0.0) for _ in range(100)]
    assert all(later - first >= 60 for first, later in zip(times, times[20:], strict=False))


async def test_rsstt_faq_a_group_whose_general_topic_is_closed_is_left_alone_with_the_reason(ready):
    await ready.keep(chat(GROUP, kind="group"))
    await ready.fire(GROUP, id="g1")
    closed = "Bad Request: TOPIC_CLOSED"
    ready.faults.add(Fault(kind="bad_request", method="sendMessage", chat_id=GROUP, text=closed, times=None))
    await ready.deliver()
    (push,) = await ready.pushes(GROUP)
    assert (push.state, push.reason) == (DeliveryState.DEAD, "its General topic is closed")
    assert (await ready.kept(GROUP)).paused == "its General topic is closed"
    assert len(ready.heard()) == 1  # the others have theirs


async def test_cryptosignal_382_a_pause_telegram_asks_for_is_kept_and_nothing_is_lost(ready):
    ready.faults.add(Fault(kind="retry_after", method="sendMessage", times=1, retry_after=1))
    for n in range(5):
        await ready.fire(YOU, id=f"g{n}")
    await ready.deliver()
    assert len(ready.heard()) == 6 and {p.state for p in await ready.pushes()} == {SENT}


async def test_rsstt_faq_a_group_that_became_a_supergroup_loses_no_post(ready):
    await ready.keep(chat(GROUP, kind="group"))
    new = ready.acts.upgrade_group(GROUP)
    await ready.fire(GROUP, id="g")
    await ready.settled()
    await ready.deliver()
    assert len(ready.heard(new)) == 1


async def test_home_assistant_34004_of_two_pollers_the_newcomer_refuses_and_answers_come_once(stage, caplog):
    stage.intake._begun -= NEWCOMER  # it has been there for a while
    rival = Intake(
        bot=stage.bot, dispatcher=stage.intake._dispatcher, database=stage.database, clock=stage.clock
    )
    with pytest.raises(ConfigError, match="another INTERN takes the updates of this BOT_TOKEN"):
        await rival.run(asyncio.Event())
    assert caplog.text.count("another INTERN polls with this BOT_TOKEN") == 1
    assert await stage.says("/help") and len(stage.heard()) == 1


async def test_a_webhook_somebody_left_is_taken_away(stage):
    stage.server.desk.updates.webhook = "https://example.org/hook"
    assert await stage.says("/help")


async def test_telegram_bot_api_126_a_reset_while_sending_and_then_a_restart_are_still_no_second_copy(ready):
    ready.faults.add(Fault(kind="reset_after", method="sendMessage", chat_id=YOU))
    await ready.deliver()
    ready.sender = another_sender(ready)
    await ready.sender._outbox.recover()
    await ready.deliver()
    assert len(ready.heard()) == 1
