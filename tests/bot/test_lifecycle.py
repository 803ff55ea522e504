"""Stories merge, part and come back: what chats muted, asked for, heard and can still tap stays theirs."""

from dataclasses import fields
from datetime import timedelta

import pytest

from bot.judging import Judge
from core.alerts.builtin import PLAIN
from core.alerts.language import Known, parse
from core.models import Cycle, Phase
from core.models.attention import Silence
from core.models.rules import Rule, Scope, Spec
from core.narratives.background import background
from core.narratives.merging import merged
from core.pipeline import Outcome
from storage import alerts, attention, narratives, observations, rules, scores, watching
from tests.bot.stage import YOU
from tests.core import makers
from tests.core.makers import chat, score

OTHER = 77
DAYS = timedelta(days=1)
SHARED = ("ZORP",)
TITLES = {"old": "Old tale of drained wallets", "young": "Young tale"}


class Life:
    """A stage whose turns are judged as in production: one transaction of stories, scores and decisions."""

    def __init__(self, stage):
        self.stage, self.judge, self.number = stage, Judge(stage.settings), 0

    @property
    def now(self):
        return self.stage.clock.now()

    async def turn(self, *told, stories=()):
        """These scores (narrative id, changes) are found now; who heard of what: (chat, rule, narrative)."""
        self.number += 1
        cycle = Cycle(id=f"t{self.number:03}", started_at=self.now, known_at=self.now, params_hash="h")
        ranked = tuple(
            score(id, as_of=self.now, cycle_id=cycle.id, rank=place, **changed)
            for place, (id, changed) in enumerate(told, 1)
        )
        async with self.stage.database.durable() as c:
            poll = makers.poll(until=self.now, id=f"p{self.number}", cycle_id=cycle.id)
            await observations.append(c, cycle, [poll], [])
            await narratives.save(c, stories)
            await scores.append(c, ranked)
            known = await narratives.by_ids(c, [each.narrative_id for each in ranked])
            made = await self.judge.judge(c, outcome(cycle, ranked), known, self.now)
            await alerts.append_decisions(c, made.decisions)
            await alerts.append_firings(c, made.firings)
        await self.stage.deliver()
        return {(f.chat_id, f.rule, f.narrative_id) for f in made.firings}

    async def merge(self):
        """Core finds that all stories alive with the same ticker are one; who leads to whom."""
        async with self.stage.database.writing() as c:
            alive = await narratives.live(c, since=self.now - 90 * DAYS)
            changed, events = merged(alive, {}, {}, background([]), self.now)
            await narratives.save(c, changed)
            await narratives.append_events(c, events)
        return {n.id: n.redirect_to for n in changed if n.redirect_to}

    async def held(self, narrative_id, chat_id=YOU):
        """Why this story was held back from the chat last: rule → reason."""
        async with self.stage.database.reading() as c:
            found = await alerts.decisions(c, narrative_id=narrative_id, chat_id=chat_id, limit=20)
        return {d.rule: d.reason for d in reversed(found) if not d.fired}

    async def mute(self, narrative_id, chat_id=YOU):
        async with self.stage.database.writing() as c:
            wanted = Silence(target="narrative", id=narrative_id, since=self.now)
            await attention.silence(c, chat_id, wanted)

    async def rule(self, line, chat_id=OTHER, **slugs):
        """A line a chat has saved, with the stories its names stood for then."""
        spec = parse(line, Known({slug.replace("_", "-"): id for slug, id in slugs.items()}))
        said = {name: getattr(spec, name) for name in Spec.model_fields}
        made = Rule(id="mine", chat_id=chat_id, created_at=self.now - DAYS, source=line, **said)
        async with self.stage.database.writing() as c:
            await rules.add(c, made)


def outcome(cycle, ranked):
    nothing = {each.name: () for each in fields(Outcome)}
    return Outcome(
        **nothing | {"cycle": cycle, "scores": ranked, "common": None, "contradicted": 0, "broken": {}}
    )


def story(id, days_old, **given):
    at = makers.NOW - days_old * DAYS
    base = {"first_seen_at": at, "earliest_post_at": at, "tickers": SHARED, "title": TITLES.get(id, "A part")}
    return makers.narrative(id, **(base | given))


@pytest.fixture
async def life(stage):
    """YOU subscribed, OTHER only has rules; an old story and a younger one that is really the same."""
    stage.acts.add_private(OTHER, "Other")
    await stage.keep(chat(YOU), chat(OTHER, subscribed=False))
    made = Life(stage)
    async with stage.database.writing() as c:
        await narratives.save(c, [story("old", 9), story("young", 5)])
    return made


async def test_a_mute_of_a_story_that_was_merged_away_holds_for_its_survivor(life):
    await life.mute("young")
    assert await life.merge() == {"young": "old"}
    assert await life.turn(("old", {})) == set()
    assert await life.held("old") == {PLAIN: "muted"}


async def test_a_mute_of_the_survivor_still_holds(life):
    await life.mute("old")
    await life.merge()
    assert await life.turn(("old", {})) == set()


async def test_a_mute_holds_however_long_ago_the_story_was_merged(life):
    """The merged one's last post lies further back than the observations that are looked at."""
    await life.mute("young")
    await life.merge()
    life.stage.clock.move(days=200)
    assert await life.turn(("old", {"phase_since": life.now})) == set()
    assert await life.held("old") == {PLAIN: "muted"}


async def test_a_rule_on_a_merged_story_fires_for_its_survivor_and_says_so(life):
    await life.rule("posts > 10 on #story-young", story_young="young")
    await life.merge()
    assert (OTHER, "mine", "old") in await life.turn(("old", {}))
    assert "Old tale of drained wallets" in life.stage.heard(OTHER)[-1]["text"]


async def test_a_merged_story_stays_watched_and_ignored(life):
    async with life.stage.database.writing() as c:
        entry = Scope(kind="narrative", name="story-young", narrative_id="young")
        await watching.add(c, OTHER, "watch", entry, life.now)
        await watching.add(c, YOU, "ignore", entry, life.now)
    await life.rule("posts > 10 on watchlist")
    await life.merge()
    assert await life.turn(("old", {})) == {(OTHER, "mine", "old")}
    assert await life.held("old") == {PLAIN: "ignored"}


async def test_what_a_story_fired_before_it_was_merged_cools_its_survivor_down(life):
    assert (YOU, PLAIN, "young") in await life.turn(("young", {}))
    await life.merge()
    life.stage.clock.move(hours=2)
    assert await life.turn(("old", {"phase": Phase.EMERGING})) == set()
    assert await life.held("old") == {PLAIN: "cooldown"}
    life.stage.clock.move(hours=2)
    assert await life.turn(("old", {"surprise": 5.0})) == {(YOU, PLAIN, "old")}, "it grew a lot: told again"


async def test_old_buttons_and_names_lead_to_the_survivor(life):
    await life.turn(("young", {}))
    assert "Young tale" in life.stage.heard()[-1]["text"]
    await life.merge()
    await life.turn(("old", {"surprise": 0.0}))
    await life.stage.presses("Details")
    assert life.stage.heard()[-1]["text"].startswith("Old tale of drained wallets")
    for name in ("story-young", "story-old", "$ZORP"):
        assert (await life.stage.answer(f"/narrative {name}")).startswith("Old tale of drained wallets"), name


async def test_an_alert_on_its_way_while_its_story_is_merged_is_sent_with_the_survivors_reasons(life):
    await life.merge()
    await life.turn(("old", {"surprise": 0.0}))
    await life.stage.fire(narrative_id="young", title="Young tale")
    await life.stage.deliver()
    await life.stage.presses("Details")
    assert life.stage.heard()[-1]["text"].startswith("Old tale of drained wallets")


async def test_after_a_split_mutes_rules_and_links_stay_with_the_older_story(life):
    await life.mute("old")
    await life.rule("posts > 10 on #story-old", story_old="old")
    part = story("part", 0, split_from="old", tickers=("PART",), first_seen_at=life.now)
    fired = await life.turn(("old", {}), ("part", {}), stories=[part])
    assert fired == {(OTHER, "mine", "old"), (YOU, PLAIN, "part")}
    assert await life.held("old") == {PLAIN: "muted"}
    await life.stage.presses("Details", chat=OTHER, user=OTHER)
    assert life.stage.heard(OTHER)[-1]["text"].startswith("Old tale of drained wallets")


async def test_what_a_story_fired_before_it_split_cools_its_part_down(life):
    assert (YOU, PLAIN, "old") in await life.turn(("old", {}))
    life.stage.clock.move(hours=2)
    part = story("part", 0, split_from="old", tickers=("PART",), first_seen_at=life.now)
    assert await life.turn(("old", {}), ("part", {}), stories=[part]) == set()
    assert await life.held("part") == {PLAIN: "cooldown"}


async def test_a_story_that_comes_back_after_months_is_still_muted_and_still_has_its_rules(life):
    await life.mute("old")
    await life.rule("posts > 10 on #story-old", story_old="old")
    assert await life.turn(("old", {})) == {(OTHER, "mine", "old")}
    life.stage.clock.move(days=120)
    assert await life.turn(("old", {})) == {(OTHER, "mine", "old")}
    assert await life.held("old") == {PLAIN: "muted"}
    await life.stage.presses("Details", chat=OTHER, user=OTHER)
    assert life.stage.heard(OTHER)[-1]["text"].startswith("Old tale of drained wallets")


async def test_what_split_off_a_muted_story_says_so(life):
    await life.mute("old")
    part = story("part", 0, split_from="old", tickers=("PART",), first_seen_at=life.now)
    await life.turn(("part", {}), stories=[part])
    said = life.stage.heard()[-1]["text"]
    assert "Split off “Old tale of drained wallets”, which is muted here" in said
    assert len(said.splitlines()) <= 9
