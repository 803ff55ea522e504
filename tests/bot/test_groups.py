"""In groups only admins change settings, whoever seems to speak; and only invited chats are served."""

import pytest
from structlog.testing import capture_logs

from bot.sandbox.telegram.faults import Fault
from bot.views.alert import Alerts
from bot.views.start import hello
from core.models import ChatKind
from storage import chats
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.core.makers import chat, score

CHANGES = ["/subscribe", "/unsubscribe", "/digest daily 08:00", "/digest off"]
REFUSED = "Only admins of this group can change its settings."


@pytest.mark.parametrize("text", CHANGES)
async def test_a_member_cannot_change_a_groups_settings(stage, text):
    assert await stage.answer(text, chat=GROUP, user=MEMBER) == REFUSED
    kept = await stage.kept(GROUP)
    assert (kept.subscribed, kept.digest_at) == (False, None)


async def test_an_admin_turns_alerts_on_and_off(stage):
    assert "Alerts are on." in await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
    assert (await stage.kept(GROUP)).subscribed
    assert "Alerts are off." in await stage.answer("/unsubscribe", chat=GROUP, user=ADMIN)
    assert not (await stage.kept(GROUP)).subscribed


async def test_an_anonymous_admin_is_an_admin(stage):
    assert "Alerts are on." in await stage.answer("/subscribe", chat=GROUP, user=ADMIN, anonymous=True)


async def test_a_demoted_admin_is_none_any_more(stage):
    stage.acts.promote(GROUP, MEMBER)
    assert "Alerts are on." in await stage.answer("/subscribe", chat=GROUP, user=MEMBER)
    stage.acts.demote(GROUP, MEMBER)
    assert await stage.answer("/unsubscribe", chat=GROUP, user=MEMBER) == REFUSED
    assert (await stage.kept(GROUP)).subscribed


@pytest.mark.parametrize("kind", ["server_error", "bad_gateway", "reset_before", "truncated", "too_many"])
async def test_when_telegram_cannot_tell_who_is_admin_nobody_is(stage, kind):
    stage.faults.add(Fault(kind=kind, method="getChatMember", times=None))
    assert "could not check whether you are an admin" in await stage.answer(
        "/subscribe", chat=GROUP, user=ADMIN
    )
    assert not (await stage.kept(GROUP)).subscribed


async def test_a_button_in_a_group_obeys_admins_only(stage):
    await stage.answer("/start", chat=GROUP, user=MEMBER)
    pressed = await stage.presses("Alerts on", chat=GROUP, user=MEMBER)
    assert pressed.answer["text"] == REFUSED and pressed.answer["show_alert"]
    assert not (await stage.kept(GROUP)).subscribed
    await stage.presses("Alerts on", chat=GROUP, user=ADMIN)
    assert (await stage.kept(GROUP)).subscribed


async def test_the_alerts_own_button_turns_alerts_off(stage):
    await stage.answer("/subscribe")
    await stage.fill(score("a1"))
    await stage.fire()
    await stage.deliver()
    await stage.presses("Details")
    assert "Story a1" in stage.heard()[-1]["text"]
    await stage.presses("Alerts off")
    assert "Alerts are off." in stage.heard()[-1]["text"] and not (await stage.kept()).subscribed


async def test_alerts_follow_the_topic_they_were_asked_for_in(stage):
    forum = -1_000_000_000_077
    stage.acts.add_group(forum, "Forum", {ADMIN: "Admin"}, [ADMIN], kind="supergroup", forum=True)
    topic = stage.acts.add_topic(forum, "Signals")
    await stage.answer("/subscribe", chat=forum, user=ADMIN, thread_id=topic)
    await stage.fire(forum)
    await stage.deliver()
    assert stage.heard(forum)[-1]["message_thread_id"] == topic


@pytest.mark.parametrize(
    ("twice", "hint"),
    [("/subscribe", "already on here"), ("/unsubscribe", "already off"), ("/digest off", "no daily digest")],
)
async def test_asking_twice_is_told_and_changes_nothing(stage, twice, hint):
    await stage.answer(twice)
    assert hint in await stage.answer(twice)


async def test_a_closed_circle_declines_others_in_private_and_ignores_them_in_groups(opened):
    async with opened(allowed_chats=(GROUP,)) as stage:
        assert "serves a closed circle" in await stage.answer("/trending")
        assert "Alerts are on." in await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
        stage.acts.add_group(-11, "Strangers", {YOU: "You"}, [YOU])
        assert await stage.says("/subscribe", chat=-11, user=YOU) == []
        assert await stage.kept(-11) is None and await stage.kept(YOU) is None


async def test_turning_alerts_off_elsewhere_leaves_the_digest_in_its_topic(stage):
    await stage.keep(chat(GROUP, kind=ChatKind.GROUP, thread_id=7, digest_at="08:00", subscribed=True))
    await stage.answer("/unsubscribe", chat=GROUP, user=ADMIN)
    kept = await stage.kept(GROUP)
    assert (kept.subscribed, kept.thread_id) == (False, 7)


OFF = {"subscribed": True, "digest_at": "08:00", "paused": chats.NOT_LISTED}


async def test_a_chat_off_the_list_may_still_turn_everything_off(opened):
    async with opened(allowed_chats=(GROUP,)) as stage:
        await stage.keep(chat(YOU, **OFF))
        assert "serves a closed circle" in await stage.answer("/subscribe")
        assert "Alerts are off." in await stage.answer("/unsubscribe")
        kept = await stage.kept()
        assert (kept.subscribed, kept.paused) == (False, chats.NOT_LISTED)  # the digest stays away as well
        assert "is off" in await stage.answer("/digest off")
        assert (await stage.kept()).digest_at is None


async def test_a_button_pressed_off_the_list_is_answered_and_only_off_works(opened):
    async with opened(allowed_chats=(YOU,)) as stage:
        await stage.keep(chat(GROUP, kind=ChatKind.GROUP, **OFF))
        await stage.bot.send_message(GROUP, "an earlier answer", reply_markup=hello()[1])
        refused = await stage.presses("Alerts on", chat=GROUP, user=ADMIN)
        assert "serves a closed circle" in refused.answer["text"]
        off = Alerts(on=False).pack()
        assert (await stage.presses("Alerts on", chat=GROUP, user=ADMIN, data=off)).answer is not None
        assert not (await stage.kept(GROUP)).subscribed


async def test_a_listed_group_that_moves_names_the_id_the_operator_has_to_add(opened):
    async with opened(allowed_chats=(GROUP,)) as stage:
        await stage.answer("/subscribe", chat=GROUP, user=ADMIN)
        with capture_logs() as logs:
            new = stage.acts.upgrade_group(GROUP)
            await stage.settled()
        told = [line for line in logs if line["event"] == "add the new id to ALLOWED_CHATS"]
        assert [(line["old"], line["new"]) for line in told] == [(GROUP, new)]
        kept = await stage.kept(new)
        assert kept.subscribed and kept.paused == chats.NOT_LISTED
