"""People ask why and why not: what stood behind an alert, and what stands between a story and this chat."""

import re
from datetime import timedelta

import pytest

from bot.judging import Judge
from bot.views.alert import Why
from core.alerts.language import parse
from core.models import Cycle, Phase
from core.models.attention import QuietHours, Silence
from core.models.rules import Scope
from core.pipeline import Outcome
from storage import alerts, attention, chats, narratives, rules, scores, watching
from tests.bot.stage import YOU
from tests.core.makers import NOW, chat, score, signal
from tests.core.rule_makers import rule
from tests.storage.facts import EVER

HOUR = timedelta(hours=1)
LOUD = {"surprise": 4.0, "ratio": 4.2, "authors_24h": 31, "posts_24h": 38}
CALM = {"surprise": 1.2, "ratio": 1.4, "phase": Phase.QUIET, "leaning": Phase.QUIET}


@pytest.fixture
async def asked(stage):
    """A subscribed chat; `a1` is loud, `b2` is calm and 14th of 14."""
    await stage.keep(chat(YOU))
    quiet = [score(f"q{i}", rank=i, **CALM) for i in range(2, 14)]
    await stage.fill(score("a1", **LOUD), *quiet, score("b2", rank=14, **CALM))
    return stage


async def judged(stage):
    """The live judge decides about the newest ranking."""
    now = stage.clock.now()
    async with stage.database.writing() as c:
        ranked = await scores.as_of(c, EVER)
        known = await narratives.by_ids(c, [s.narrative_id for s in ranked])
        made = await Judge(stage.settings).judge(c, _outcome(ranked, now), known, now)
        await alerts.append_decisions(c, made.decisions)
        await alerts.append_firings(c, made.firings)
    return made


def _outcome(ranked, now):
    return Outcome(
        cycle=Cycle(id=ranked[0].cycle_id, started_at=now, known_at=now, params_hash="h"),
        scores=tuple(ranked), common=None, polls=(), posts=(), sightings=(), counts=(), engagement=(),
        narratives=(), mentions=(), moves=(), events=(), contradicted=0, broken={},
    )  # fmt: skip


def shown(text):
    """The lines as people see them: at most nine, the first at most sixty characters."""
    seen = re.sub(r"<[^>]+>|\u2060", "", text).split("\n")
    assert len(seen) <= 9 and len(seen[0]) <= 60
    return seen


async def change(stage, **fields):
    async with stage.database.writing() as c:
        await attention.change(c, YOU, **fields)


async def test_a_calm_story_is_seen_and_not_loud_enough(asked):
    seen = shown(await asked.answer("/whynot story-b2"))
    assert seen[0] == "Story b2 · seen, 14 of 14"
    assert seen[2] == "Not loud enough: 1.4× usual, surprise 1.2 of 3.0"


async def test_a_story_nobody_ever_named_is_not_polled_and_can_be_followed(asked):
    seen = shown(await asked.answer("/whynot Zork"))
    assert seen[0] == "Not polled · Zork" and "/follow Zork" in seen[1]
    async with asked.database.writing() as c:
        await watching.follow(c, YOU, "zork", NOW)
    assert shown(await asked.answer("/whynot Zork"))[0] == "Not seen yet · Zork"


async def test_a_story_that_left_the_ranking_is_not_polled_now(asked):
    asked.clock.move(hours=1)
    await asked.fill(score("a1", as_of=asked.clock.now(), **LOUD))
    seen = shown(await asked.answer("/whynot story-b2"))
    assert seen[0] == "Story b2 · not polled now" and "/follow story-b2" in seen[2]


async def test_what_was_told_is_held_back_by_cooldown_until_a_time(asked):
    assert (await judged(asked)).firings
    asked.clock.move(hours=2)
    async with asked.database.writing() as c:
        await chats.change(c, YOU, zone="Europe/Berlin")
    text = await asked.answer("/whynot story-a1")
    assert "held back by cooldown until 21 Nov 13:00" in text


@pytest.mark.parametrize(
    ("silence", "said"),
    [
        (Silence(target="narrative", id="a1", since=NOW - HOUR), "muted since 11:00"),
        (Silence(target="chat", until=NOW + HOUR, since=NOW), "snoozed until 13:00"),
    ],
)
async def test_a_silence_is_said_with_its_time(asked, silence, said):
    async with asked.database.writing() as c:
        await attention.silence(c, YOU, silence)
    assert said in await asked.answer("/whynot story-a1")


async def test_quiet_hours_budget_and_the_ignore_list_are_named(asked):
    await change(asked, quiet=QuietHours(start="11:00", end="16:00"))
    assert "quiet hours until 16:00" in await asked.answer("/whynot story-a1")
    await change(asked, quiet=None, budget=0)
    assert "alerts are used up" in await asked.answer("/whynot story-a1")
    async with asked.database.writing() as c:
        await watching.add(c, YOU, "ignore", Scope(kind="topic", name="story"), NOW)
    assert "ignore list" in await asked.answer("/whynot story-a1")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"authors_24h": 3}, "too little stands behind it: 38 posts, 3 authors"),
        ({"history_hours": 20.0}, "I know 20 h of its past; comparing takes 48 h"),
        ({"momentum": signal(0.7, 0.4)}, "not sure enough: unsure"),
    ],
)
async def test_what_holds_the_story_itself_back_is_said_in_words(stage, fields, said):
    await stage.keep(chat(YOU))
    await stage.fill(score("a1", **(LOUD | fields)))
    assert said in await stage.answer("/whynot story-a1")


async def test_each_rule_of_the_chat_says_what_it_misses(asked):
    async with asked.database.writing() as c:
        await rules.add(c, rule(parse("momentum > 3x and authors >= 10"), "r1", chat_id=YOU))
        await rules.add(c, rule(parse("momentum > 1x on $SOL"), "r2", chat_id=YOU))
    seen = shown(await asked.answer("/whynot story-b2"))
    asked_for = "Your rule “momentum > 3x and authors >= 10”: not true now: momentum > 3x (momentum 1.4x)"
    assert asked_for in [each.replace("&gt;", ">") for each in seen]
    assert not any("SOL" in line for line in seen)


@pytest.mark.parametrize(
    ("line", "lacking"),
    [
        ("momentum > 3x and not authors > 500", "momentum > 3x (momentum 1.4x)"),
        ("posts >= 5 and not (authors >= 5 or posts > 900)", "authors >= 5 (15 authors)"),
        (
            "posts >= 5 and (momentum > 3x or authors > 500)",
            "momentum > 3x (momentum 1.4x); authors > 500 (15 authors)",
        ),
        ("not (posts >= 5 and not momentum > 3x)", "posts >= 5 (20 posts); momentum > 3x (momentum 1.4x)"),
        ("(momentum > 3x or authors >= 5) and posts > 500", "posts > 500 (20 posts)"),
    ],
)
async def test_only_what_keeps_a_rule_from_being_true_is_named(asked, line, lacking):
    async with asked.database.writing() as c:
        await rules.add(c, rule(parse(line), "r1", chat_id=YOU))
    seen = shown(await asked.answer("/whynot story-b2"))
    assert any(each.endswith(f"not true now: {lacking}") for each in seen), seen


async def test_without_alerts_and_rules_that_is_the_reason(asked):
    async with asked.database.writing() as c:
        await chats.change(c, YOU, subscribed=False)
    assert "Alerts are off here: /subscribe turns them on." in await asked.answer("/whynot story-a1")


async def test_what_held_it_back_earlier_today_is_remembered(asked):
    await change(asked, quiet=QuietHours(start="11:00", end="13:00"))
    assert not (await judged(asked)).firings
    asked.clock.move(hours=2)
    await asked.fill(score("a1", as_of=asked.clock.now(), **CALM))
    text = await asked.answer("/whynot story-a1")
    assert "Not loud enough" in text and "At 12:00: quiet hours" in text


async def test_why_tells_the_rule_its_values_what_was_needed_and_the_posts(asked):
    await judged(asked)
    seen = shown(await asked.answer("/why story-a1"))
    assert seen[0] == "Why · Story a1"
    assert seen[1] == "Told 12:00: far more talk than usual"
    assert "4.2× usual, surprise 4.0 of 3.0 needed" in seen
    assert any(line.startswith("Rested on 38 posts, 31 authors") for line in seen)
    assert seen[-1].startswith("Posts:")


async def test_why_of_a_rule_of_ones_own_names_it_and_its_causes(asked):
    async with asked.database.writing() as c:
        await rules.add(c, rule(parse("authors >= 10"), "r1", chat_id=YOU))
    made = await judged(asked)
    mine = next(f for f in made.firings if f.rule == "r1" and f.narrative_id == "a1")
    asked.acts.user_says(YOU, YOU, "/why story-a1")
    await asked.settled()
    seen = shown(asked.heard()[-1]["text"])
    assert "your rule" in seen[1] and "True then: 31 authors" in seen
    assert Why(firing=mine.id).pack()


async def test_why_of_what_was_never_told_points_to_whynot(asked):
    assert "/whynot" in await asked.answer("/why story-b2")
    assert "Not polled" in await asked.answer("/why Zork")
    assert "/why SOL" in await asked.answer("/why")


async def test_the_why_button_of_an_alert_tells_it_in_its_thread(asked):
    await judged(asked)
    await asked.deliver()
    await asked.presses("Why")
    assert shown(asked.heard()[-1]["text"])[0] == "Why · Story a1"
