"""The rules of chats in whole turns: read, evaluated, decided and written in one transaction."""

from datetime import timedelta

from core.alerts.language import parse
from core.models.rules import Rule, Spec
from storage import alerts, attention, chats, crossings, rules
from tests.bot.test_turns import opened
from tests.storage.facts import NOON, chat

__all__ = ["opened"]
LONG_AGO = NOON - timedelta(days=400)


def own(line, id, chat_id=1):
    spec = parse(line)
    fields = {name: getattr(spec, name) for name in Spec.model_fields}
    return Rule(id=id, chat_id=chat_id, created_at=LONG_AGO, **fields)


async def test_a_chats_own_rules_fire_without_a_subscription_once_and_within_its_budget(opened, database):
    async with database.writing() as c:
        await chats.save(c, chat(1))
        await chats.save(c, chat(2, subscribed=True))
        await rules.add(c, own("authors >= 5", "many"))
        await rules.add(c, own("posts >= 3 and authors >= 5 once", "once"))
        await attention.change(c, 1, budget=2)
    async with opened() as turns:
        await turns.go(4)
    async with database.reading() as c:
        fired = [f for f in await alerts.unexpanded(c, 1000) if f.chat_id == 1]
        assert {f.rule for f in fired} == {"many", "once"}
        assert len({(f.cycle_id, f.narrative_id) for f in fired}) == 2
        assert len([f for f in fired if f.rule == "once"]) == 1
        assert (await rules.get(c, 1, "once")).done_at is not None
        kept = await alerts.kept_back(c, 1, {"budget"}, since=LONG_AGO)
        assert kept and {d.chat_id for d in kept} == {1}
        told = await alerts.remembered(c, [], since=LONG_AGO)
        assert {f.rule for f in told if f.chat_id == 2} <= {"plain", "market"}


async def test_a_crossing_is_remembered_from_turn_to_turn(opened, database):
    async with database.writing() as c:
        await chats.save(c, chat(1))
        await rules.add(c, own("authors crosses above 4 every 1h", "crossed"))
    async with opened() as turns:
        await turns.go(3)
    async with database.reading() as c:
        state = await crossings.read(c)
        assert any(condition == "authors crosses above 4" for condition, _ in state)
        fired = [f for f in await alerts.unexpanded(c, 1000) if f.rule == "crossed"]
        first = [f.narrative_id for f in fired if f.facts["reason"] != "escalated"]
        assert first and len(first) == len(set(first))
