"""What a chat wants without a sound comes without one, and what it wants off does not come."""

import pytest

from bot import digests
from core.models.attention import Kind, Mode
from storage import alerts, attention, chats
from tests.bot.stage import YOU, alert_facts
from tests.core.makers import HOUR, NOW, chat, score
from tests.storage import facts


def rang(stage):
    return [
        not call.params.get("disable_notification")
        for call in stage.server.calls
        if call.method == "sendMessage"
    ]


@pytest.mark.parametrize("silent", [True, False])
async def test_a_silent_firing_reaches_the_chat_without_a_sound(stage, silent):
    await stage.keep(chat(YOU))
    async with stage.database.writing() as c:
        await alerts.append_firings(
            c, [facts.firing("f1", YOU, at=NOW, facts=alert_facts(NOW), silent=silent)]
        )
    await stage.deliver()
    assert rang(stage) == [not silent]


@pytest.mark.parametrize(("mode", "comes"), [(Mode.ON, [True]), (Mode.SILENT, [False]), (Mode.OFF, [])])
async def test_a_digest_comes_as_its_kind_says(stage, mode, comes):
    await stage.keep(chat(YOU, digest_at="11:00"))
    await stage.fill(score("a1"))
    async with stage.database.durable() as c:
        await attention.change(c, YOU, kinds={Kind.DIGEST: mode})
        await digests.plan_due(c, await chats.get(c, YOU), NOW, 12 * HOUR)
    await stage.deliver()
    assert rang(stage) == comes
