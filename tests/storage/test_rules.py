"""Rules, what chats allow, watch and follow, and crossings: apart for each chat, within their limits."""

import asyncio
from datetime import date, timedelta

import pytest

from core.errors import BadInput
from core.models.attention import Attention, Kind, Mode, QuietHours, Sensitivity, Silence
from core.models.rules import (
    ENTRIES,
    RULES,
    TOPICS,
    All,
    Crossing,
    Keyword,
    Level,
    Measure,
    NewStory,
    NoneOf,
    Scope,
)
from storage import attention, chats, crossings, retention, rules, watching
from tests.storage.facts import DAY, HOUR, NOON, chat, rule

WHOLE = All(
    of=(
        Level(kind="below", measure=Measure.SENTIMENT, value=0.35, inclusive=True),
        NoneOf(of=(NewStory(), Keyword(text="黑客"))),
    )
)
SOL, STORY = Scope(kind="token", name="SOL"), Scope(kind="narrative", name="wallet-x", narrative_id="n1")


async def test_rule_comes_back_exactly_as_it_was(database):
    whole = rule(
        expression=WHOLE, scope=STORY, name="Mood", source="typed", once=True, urgent=True,
        cooldown_hours=6, until=date(2026, 12, 31), paused=True, done_at=NOON, created_at=NOON + HOUR,
    )  # fmt: skip
    async with database.writing() as c:
        await rules.add(c, rule("r0"))
        await rules.add(c, whole)
        assert await rules.of_chat(c, 1) == [rule("r0"), whole]
        assert await rules.get(c, 1, "r1") == whole
        assert await rules.get(c, 2, "r1") is None


async def test_a_chat_changes_and_deletes_only_its_own_rules(database):
    async with database.writing() as c:
        await rules.add(c, rule())
        await rules.replace(c, rule(expression=NewStory(), paused=True))
        assert (await rules.get(c, 1, "r1")).expression == NewStory()
        with pytest.raises(LookupError, match="no rule r1"):
            await rules.replace(c, rule(chat_id=2))
        assert not await rules.remove(c, 2, "r1")
        assert await rules.remove(c, 1, "r1") and not await rules.remove(c, 1, "r1")


async def test_the_twenty_first_rule_is_refused_and_says_so(database):
    async with database.writing() as c:
        for n in range(RULES):
            await rules.add(c, rule(f"r{n}"))
        with pytest.raises(BadInput, match="20 rules, which is the most"):
            await rules.add(c, rule("more"))
        await rules.add(c, rule("other", chat_id=2))
        assert len(await rules.of_chat(c, 1)) == RULES


async def test_two_rules_made_at_once_do_not_pass_the_limit_together(database):
    async def another(id):
        async with database.writing() as c:
            await rules.add(c, rule(id))

    async with database.writing() as c:
        await chats.save(c, chat(1))
        for n in range(RULES - 1):
            await rules.add(c, rule(f"r{n}"))
    ends = await asyncio.gather(another("a"), another("b"), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["BadInput", "NoneType"]


async def test_only_rules_that_may_fire_are_live(database):
    async with database.writing() as c:
        for chat_id in (1, 2):
            await chats.save(c, chat(chat_id))
        await chats.pause(c, 2, "blocked")
        await rules.add(c, rule("a"))
        await rules.add(c, rule("paused", paused=True))
        await rules.add(c, rule("today", until=NOON.date()))
        await rules.add(c, rule("elsewhere still yesterday", until=NOON.date() - timedelta(days=1)))
        await rules.add(c, rule("over", until=NOON.date() - timedelta(days=2)))
        await rules.add(c, rule("unreachable", chat_id=2))
        await rules.add(c, rule("done", once=True))
        await rules.finish(c, ["done"], NOON)
        found = await rules.live(c, NOON)
        assert {r.id for r in found} == {"a", "today", "elsewhere still yesterday"}
        assert len({id(r.expression) for r in found}) == 1
        assert (await rules.get(c, 1, "done")).done_at == NOON


async def test_a_chat_that_said_nothing_has_the_defaults(database):
    async with database.reading() as c:
        assert await attention.get(c, 1) == Attention(chat_id=1)
        assert await attention.of_chats(c, []) == {}


async def test_what_a_chat_allows_comes_back_exactly_as_it_was(database):
    wanted = {
        "quiet": QuietHours(start="22:00", end="08:00"), "budget": 2, "sensitivity": Sensitivity.QUIET,
        "kinds": {Kind.DIGEST: Mode.SILENT, Kind.MARKET: Mode.OFF},
    }  # fmt: skip
    snooze = Silence(target="narrative", id="n1", until=NOON + HOUR, since=NOON)
    mute = Silence(target="rule", id="r1", since=NOON + HOUR)
    async with database.writing() as c:
        await attention.change(c, 1, **wanted)
        await attention.change(c, 2, budget=9)
        await attention.silence(c, 1, mute)
        await attention.silence(c, 1, snooze)
        await watching.add(c, 1, "watch", SOL, NOON)
        await watching.add(c, 1, "ignore", STORY, NOON)
        await watching.follow(c, 1, "perp dex", NOON)
        whole = Attention(
            chat_id=1, **wanted, silences=(snooze, mute), watch=(SOL,), ignore=(STORY,), topics=("perp dex",)
        )
        assert await attention.of_chats(c, [1, 2]) == {1: whole, 2: Attention(chat_id=2, budget=9)}
        await attention.change(c, 1, quiet=None)
        assert await attention.get(c, 1) == whole.model_copy(update={"quiet": None})


@pytest.mark.parametrize(
    "fields",
    [{"budget": -1}, {"sensitivity": "loud"}, {"quiet": {"start": "22:00", "end": "22:00"}}, {"watch": ()}],
)
async def test_what_attention_cannot_be_is_refused(database, fields):
    async with database.writing() as c:
        with pytest.raises(ValueError):
            await attention.change(c, 1, **fields)
        assert await attention.get(c, 1) == Attention(chat_id=1)


async def test_a_silence_is_replaced_undone_and_in_the_end_forgotten(database):
    async with database.writing() as c:
        await attention.silence(c, 1, Silence(target="chat", until=NOON, since=NOON))
        await attention.silence(c, 1, Silence(target="chat", until=NOON + HOUR, since=NOON))
        await attention.silence(c, 1, Silence(target="rule", id="r1", since=NOON))
        assert [s.until for s in (await attention.get(c, 1)).silences] == [NOON + HOUR, None]
        await retention.forget(c, texts_before=NOON, rows_before=NOON + DAY)
        assert [s.target for s in (await attention.get(c, 1)).silences] == ["rule"]
        assert await attention.unsilence(c, 1, "rule", "r1")
        assert not await attention.unsilence(c, 1, "rule", "r1")
        assert (await attention.get(c, 1)).silences == ()


async def test_what_is_watched_is_not_ignored_and_the_other_way_round(database):
    async with database.writing() as c:
        assert await watching.add(c, 1, "watch", SOL, NOON)
        assert not await watching.add(c, 1, "watch", SOL, NOON)
        assert await watching.add(c, 1, "ignore", SOL, NOON)
        allowed = await attention.get(c, 1)
        assert (allowed.watch, allowed.ignore) == ((), (SOL,))
        assert await watching.drop(c, 1, "ignore", SOL) and not await watching.drop(c, 1, "ignore", SOL)


async def test_lists_and_topics_have_limits_and_say_so(database):
    async with database.writing() as c:
        for n in range(ENTRIES):
            await watching.add(c, 1, "watch", Scope(kind="token", name=f"T{n}"), NOON)
        with pytest.raises(BadInput, match="50 on its watch list"):
            await watching.add(c, 1, "watch", SOL, NOON)
        for n in range(TOPICS):
            assert await watching.follow(c, 1, f"topic {n}", NOON)
        assert not await watching.follow(c, 1, "topic 1", NOON)
        with pytest.raises(BadInput, match="5 on its followed topics"):
            await watching.follow(c, 1, "one more", NOON)


async def test_topics_are_shared_by_all_chats_that_follow_them(database):
    async with database.writing() as c:
        for id in (1, 2, 3):
            await chats.save(c, chat(id))
            await watching.follow(c, id, "perp dex", NOON)
        await watching.follow(c, 1, "zk proofs", NOON)
        await chats.pause(c, 3, "blocked")
        assert await watching.followed(c) == {"perp dex": 2, "zk proofs": 1}
        assert await watching.unfollow(c, 1, "zk proofs") and not await watching.unfollow(c, 1, "zk proofs")
        assert await watching.followed(c) == {"perp dex": 2}


async def test_crossings_are_what_the_last_turn_left(database):
    def state(narrative_id, condition="surprise crosses above 3", **fields):
        made = Crossing(condition=condition, narrative_id=narrative_id, **({"since": NOON} | fields))
        return {(condition, narrative_id): made}

    first = state("n1") | state("n2", since=None) | state("n3", released=1)
    second = state("n1", released=1) | state("n3", released=1) | state("n4", condition="momentum …")
    async with database.writing() as c:
        assert await crossings.read(c) == {}
        await crossings.replace(c, {}, first)
        assert await crossings.read(c) == first
        await crossings.replace(c, first, second)
        assert await crossings.read(c) == second
        await crossings.replace(c, second, second)
        await crossings.replace(c, second, {})
        assert await crossings.read(c) == {}
