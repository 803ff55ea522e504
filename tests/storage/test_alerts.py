"""Decisions with their reasons, and the firings that become messages."""

from core.models import Phase
from storage import alerts, deliveries
from tests.storage.facts import DAY, HOUR, NOON, SECOND, decision, firing, planned


async def test_chat_sees_its_own_decisions_and_those_for_every_chat(database):
    mine = decision(chat_id=1, reason="cooldown", detail="3 h left", at=NOON + HOUR)
    everyones = decision(chat_id=None)
    others = [decision(chat_id=2), decision("n2", chat_id=1)]
    async with database.writing() as c:
        for _ in range(2):
            await alerts.append_decisions(c, [mine, everyones, *others])
        await alerts.append_decisions(c, [])
        assert await alerts.decisions(c, narrative_id="n1", chat_id=1, limit=9) == [mine, everyones]
        assert await alerts.decisions(c, narrative_id="n1", chat_id=1, limit=1) == [mine]
        assert await alerts.decisions(c, narrative_id="n1", chat_id=3, limit=9) == [everyones]


async def test_firing_comes_back_exactly_as_it_was_and_once(database):
    async with database.writing() as c:
        await alerts.append_firings(c, [firing(told_by="f0", bundle="b", silent=True)])
        await alerts.append_firings(c, [firing(surprise=9.9), firing("f2", at=NOON - SECOND)])
        await alerts.append_firings(c, [])
        assert await alerts.unexpanded(c, 9) == [
            firing("f2", at=NOON - SECOND),
            firing(told_by="f0", bundle="b", silent=True),
        ]


async def test_expanded_firings_are_not_handed_out_again(database):
    async with database.writing() as c:
        await alerts.append_firings(c, [firing(f"f{n}", at=NOON + n * SECOND) for n in range(5)])
        batch = await alerts.unexpanded(c, 2)
        assert [f.id for f in batch] == ["f0", "f1"]
        await alerts.mark_expanded(c, [f.id for f in batch])
        await alerts.append_firings(c, batch)
        assert [f.id for f in await alerts.unexpanded(c, 9)] == ["f2", "f3", "f4"]


async def test_a_moments_chats_are_a_circle_that_begins_anywhere_and_no_chat_is_torn_apart(database):
    async with database.writing() as c:
        await alerts.append_firings(
            c,
            [firing(f"a{n}", n) for n in (1, 3, 5)]
            + [firing(f"b{n}", 3) for n in range(3)]
            + [firing("early", 9, at=NOON - SECOND)],
        )
        assert await alerts.any_unexpanded(c)
        batch = await alerts.unexpanded(c, 2, first=3)
        assert [f.id for f in batch] == ["early", "a3", "b0", "b1", "b2"]
        assert [f.id for f in await alerts.unexpanded(c, 9, first=4)] == [
            "early", "a5", "a1", "a3", "b0", "b1", "b2"
        ]  # fmt: skip
        await alerts.mark_expanded(c, [f.id for f in await alerts.unexpanded(c, 9)])
        assert not await alerts.any_unexpanded(c) and await alerts.unexpanded(c, 9) == []


async def test_newest_firing_of_each_chat_rule_and_narrative_is_remembered(database):
    async with database.writing() as c:
        await alerts.append_firings(
            c,
            [
                firing("old", at=NOON, surprise=1), firing("new", at=NOON + HOUR, surprise=2),
                firing("chat2", 2, surprise=3), firing("n2", narrative_id="n2", surprise=4),
                firing("n3", narrative_id="n3", surprise=5), firing("rule", rule="other", surprise=6),
                firing("late", narrative_id="n3", at=NOON + DAY, surprise=7),
            ],
        )  # fmt: skip
        found = await alerts.remembered(c, ["n1", "n2"], since=NOON + DAY)
        assert {(f.chat_id, f.rule, f.narrative_id): f.surprise for f in found} == {
            (1, "moving", "n1"): 2, (2, "moving", "n1"): 3, (1, "moving", "n2"): 4, (1, "other", "n1"): 6,
            (1, "moving", "n3"): 7,
        }  # fmt: skip
        assert found[0].phase is Phase.ACCELERATING and found[0].cycle_id == "c1"
        assert await alerts.remembered(c, [], since=NOON + 2 * DAY) == []


async def test_what_was_kept_back_and_not_told_since_is_found_once(database):
    def kept(cycle, narrative_id, reason, *, fired=False, chat_id=1):
        at = NOON + cycle * HOUR
        return decision(
            narrative_id, chat_id, cycle_id=f"c{cycle}", reason=reason, fired=fired, at=at, detail=f"{cycle}"
        )

    async with database.writing() as c:
        await alerts.append_decisions(
            c,
            [
                kept(1, "n1", "budget"), kept(3, "n1", "budget"), kept(2, "n2", "quiet hours"),
                kept(4, "n2", "surprise", fired=True), kept(1, "n3", "evidence"), kept(0, "n4", "budget"),
                kept(2, "n5", "cooldown", chat_id=2), kept(1, "n6", "surprise", fired=True),
                kept(2, "n6", "cooldown"),
            ],
        )  # fmt: skip
        found = await alerts.kept_back(c, 1, {"budget", "quiet hours", "cooldown"}, since=NOON + HOUR)
        assert [(d.narrative_id, d.detail) for d in found] == [("n6", "2"), ("n1", "3")]


async def test_firings_are_counted_per_chat(database):
    async with database.writing() as c:
        await alerts.append_firings(c, [firing("a"), firing("b", at=NOON + HOUR), firing("c", 2)])
        assert await alerts.fired_since(c, 1, NOON) == 2
        assert await alerts.fired_since(c, 1, NOON + SECOND) == 1
        assert await alerts.fired_since(c, 3, NOON) == 0


async def test_what_was_held_for_a_reason_lately(database):
    async with database.writing() as c:
        await alerts.append_decisions(
            c,
            [
                decision("a", reason="confirmation", at=NOON),
                decision("b", reason="confirmation", at=NOON - DAY),
                decision("c", reason="evidence", at=NOON),
            ],
        )
        assert await alerts.held(c, "confirmation", ["a", "b", "c", "d"], since=NOON - HOUR) == {"a"}
        assert await alerts.held(c, "confirmation", [], since=NOON - HOUR) == set()


async def test_a_chat_was_told_when_a_message_about_one_of_these_stories_was_sent(database):
    told = [
        firing("f1", at=NOON), firing("f2", at=NOON + HOUR, narrative_id="n2"),
        firing("other story", at=NOON, narrative_id="n9"), firing("other chat", 2, at=NOON),
        firing("early", at=NOON - DAY), firing("waiting", at=NOON + 2 * HOUR),
    ]  # fmt: skip
    async with database.durable() as c:
        await alerts.append_firings(c, told)
        await deliveries.plan(c, [planned(f"c{f.id}", f.chat_id, firing_ids=(f.id,)) for f in told])
        for each in [*await deliveries.for_chat(c, 1), *await deliveries.for_chat(c, 2)]:
            if each.cause != "cwaiting":
                await deliveries.sent(c, [deliveries.Arrived(each.id, each.id, NOON + DAY)])
        assert await alerts.told_at(c, 1, ["n1", "n2"], since=NOON - HOUR) == [NOON, NOON + HOUR]
        assert await alerts.told_at(c, 1, [], since=NOON - HOUR) == []
