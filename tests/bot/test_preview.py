"""A month lived by the real judge on a real database, and its preview where the rule is not saved."""

import re
import shutil
from datetime import timedelta

import pytest

from bot.judging import Judge, alert_params
from bot.previewing import graded, preview
from bot.views import preview as view
from core.alerts.language import parse
from core.alerts.preview import Preview, Told
from core.alerts.wording import text_of
from core.models import Cycle, Mention, Post
from core.models.attention import QuietHours
from core.pipeline import Outcome
from storage import alerts, attention, chats, mentions, narratives, observations, posts, rules, scores, turns
from storage.database import Database
from tests.core.makers import HOUR, NOW, chat, score
from tests.core.rule_makers import rule
from tests.core.test_preview import SINCE, key, month
from tests.storage.facts import firing

MONTH = timedelta(days=30)
LINE = 'surprise crosses above 2.8 or (mentions "hack" and authors >= 8) or new story'


def outcome(turn, number):
    """What a cycle would have made of the turn, its words in new posts."""
    said = {
        f"{number * 100 + i}": (id, text) for i, (id, text) in enumerate(sorted(turn.said.items()))
        if id in turn.narratives
    }  # fmt: skip
    return Outcome(
        cycle=Cycle(id=turn.cycle_id, started_at=turn.at, known_at=turn.at, params_hash="h"),
        posts=tuple(Post(id=p, created_at=turn.at, known_at=turn.at, text=t) for p, (_, t) in said.items()),
        mentions=tuple(Mention(id, p, turn.at, turn.at, metered=True) for p, (id, _) in said.items()),
        narratives=tuple(turn.narratives.values()), scores=tuple(turn.scores), common=turn.common,
        moves=(), polls=(), sightings=(), counts=(), engagement=(), events=(), contradicted=0, broken={},
    )  # fmt: skip


async def live(database, judge, months):
    """Everything a cycle writes, turn after turn; all firings."""
    firings, known = [], {}
    for number, turn in enumerate(months):
        made = outcome(turn, number + 1)
        merged = [
            known[id].model_copy(update={"redirect_to": to}) for id, to in turn.redirects.items()
            if id in known and not known[id].redirect_to
        ]  # fmt: skip
        async with database.writing() as c:
            await posts.insert(c, made.posts)
            await observations.append(c, made.cycle, (), ())
            saved = await narratives.save(c, [*made.narratives, *merged])
            known |= {n.id: n for n in saved}
            await turns.note(c, made.cycle.id, turn.at, made.common, saved)
            await mentions.append(c, made.mentions)
            await scores.append(c, made.scores)
            ruling = await judge.judge(c, made, known, turn.at)
            await alerts.append_decisions(c, ruling.decisions)
            await alerts.append_firings(c, ruling.firings)
            firings += ruling.firings
    return firings


async def furnished(database, *kept):
    """A chat with limits and rules of its own."""
    async with database.writing() as c:
        await chats.save(c, chat(zone="America/New_York", created_at=SINCE))
        await attention.change(c, 1, budget=2, quiet=QuietHours(start="22:00", end="08:00"))
        for each in kept:
            await rules.add(c, each)


async def test_a_preview_is_what_really_fires_when_the_same_month_runs_live(stage, tmp_path):
    months = [turn for turn in month(7, step=6) if turn.scores]
    other = rule(parse("momentum > 3x and authors >= 10"), "other", created_at=SINCE)
    asked = rule(parse(LINE), "asked", created_at=SINCE)
    judge = Judge(stage.settings)
    twin = await Database.open(f"sqlite:///{shutil.copy(tmp_path / 'intern.db', tmp_path / 'twin.db')}")
    await furnished(twin, other, asked)
    lived = [f for f in await live(twin, judge, months) if f.rule == "asked"]
    await twin.close()
    await furnished(stage.database, other)
    await live(stage.database, judge, months)
    place, params = await stage.kept(), alert_params(stage.settings)
    found = await preview(stage.database, place, asked, NOW, params)
    assert len(lived) > 5
    grades = await graded(stage.database, found, NOW)
    assert grades.graded + grades.unseen == sum(f.at <= NOW - timedelta(hours=4) for f in lived)
    assert [key(told.firing) for told in found.told] == [key(firing) for firing in lived]


def nothing(**changed):
    base = {
        "rule": rule(parse("momentum > 3x"), "asked"), "since": NOW - MONTH, "until": NOW, "turns": 720,
        "told": [], "held": {}, "daily": None,
    }  # fmt: skip
    return Preview(**(base | changed))


def seen(found, **how):
    """The lines as people see them: at most five, to stand under the four of the rule."""
    lines = [re.sub(r"<[^>]+>", "", line) for line in view.told(found, zone="UTC", **how)]
    assert len(lines) <= 5 and not any("\n" in line for line in lines)
    return lines


def test_a_rule_that_never_spoke_says_so_and_how_it_would_speak_daily():
    easier = rule(parse("momentum > 1.7x"), "asked")
    assert seen(nothing(daily=easier, held={"quiet hours": 3, "evidence": 4})) == [
        "Last 30 days: no alert · costs nothing extra",
        "In the digest instead: 3 in quiet hours",
        "For about one a day: momentum &gt; 1.7x",
    ]


def test_when_and_how_many_and_what_became_of_them():
    made = [Told(firing(f"f{i}", at=NOW - timedelta(days=d)), score()) for i, d in enumerate((20, 3, 3))]
    lines = seen(nothing(told=made), ticks_a_day=10**9, graded=view.Graded(1, 2, 1))
    assert lines[0] == "Last 30 days: 3 alerts, 1 a week · its topic costs about $0.10 a day"
    assert lines[1].endswith("most: 2 on 17 Nov") and lines[1].count("█") == 1
    assert lines[2] == "1 of 2 really moved on: 2× usual or more in the next 3 h"


@pytest.mark.parametrize("short", [{"turns": 0}, {"turns": 1, "since": NOW}, {"since": NOW - HOUR / 2}])
def test_without_a_past_it_says_that_there_is_nothing_to_replay(short):
    assert seen(nothing(**short)) == [
        "Nothing to replay yet: I have just begun to watch · costs nothing extra"
    ]


async def test_a_proposed_rule_shows_what_it_would_have_done_before_it_is_saved(stage):
    await stage.keep(chat())
    for _ in range(2):
        at = stage.clock.now()
        await stage.fill(score("a1", ratio=4.2, as_of=at, cycle_id=f"{at:%Y-%m-%dT%H:%M:%SZ}"))
        stage.clock.move(hours=2)
    await stage.answer("/alert momentum > 3x")
    text = stage.heard()[-1]["text"]
    assert "Last 2 h: 1 alert · costs nothing extra" in text
    assert text.startswith("Shall I keep this rule?") and text.count("\n") <= 8
    assert await stage.presses("Save") is not None
    async with stage.database.reading() as c:
        assert [text_of(each) for each in await rules.of_chat(c, 1)] == ["momentum > 3x"]
