"""What people hold of a narrative outlives its identity: buttons, cards, cooldowns after a merge, a split."""

from types import SimpleNamespace

import pytest

from bot.judging import Judge
from core.alerts.builtin import PLAIN
from core.models import Move
from storage import alerts, chats, mentions, narratives, posts
from tests.bot.stage import YOU
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.storage import facts

OLD = narrative("old", title="Alfa and Beta bridge", tickers=("ALFA", "BETA"))
PART = narrative("part", title="Beta treasury", tickers=("BETA",), split_from="old", first_seen_at=NOW)


async def keep(stage, *stories):
    async with stage.database.writing() as c:
        await narratives.save(c, stories)


@pytest.fixture
async def told(stage):
    """YOU were alerted of `old`, an hour ago."""
    await stage.keep(chat(YOU))
    await stage.fill(score("old"), stories=[OLD])
    await stage.fire(YOU, narrative_id="old", title="Alfa and Beta bridge")
    await stage.deliver()
    return stage


async def test_the_button_of_an_alert_opens_what_its_narrative_was_merged_into(told):
    await keep(told, narrative("elder", title="The elder"), OLD.model_copy(update={"redirect_to": "elder"}))
    await told.presses("Details")
    assert told.heard()[-1]["text"].startswith("The elder")


async def test_after_a_split_the_old_card_says_what_split_off_and_leads_there_and_back(told):
    await keep(told, OLD.model_copy(update={"title": "Alfa bridge"}), PART)
    await told.presses("Details")
    assert "Alfa bridge" in told.heard()[-1]["text"] and "Split off" in told.heard()[-1]["text"]
    await told.presses("Beta treasury")
    said = told.heard()[-1]["text"]
    assert said.startswith("Beta treasury") and "Was a part of: Alfa bridge" in said
    await told.presses("Alfa bridge")
    assert told.heard()[-1]["text"].startswith("Alfa bridge")


async def test_the_cards_of_the_two_show_each_post_once(stage):
    quotes = [facts.post(str(n), created_at=NOW - HOUR, text=f"words {n}", author=f"a{n}") for n in (1, 2)]
    plain = score("old", evidence=())
    await stage.fill(plain, stories=[OLD, PART], quotes=quotes)
    async with stage.database.writing() as c:
        rows = [facts.mention("old", str(n), NOW - HOUR, NOW - HOUR) for n in (1, 2)]
        await mentions.append(c, rows)
        await mentions.move(c, [Move("old", "part", "2")])
        for id, expected in (("old", ["1"]), ("part", ["2"])):
            found = await posts.of_narrative(c, [id], since=NOW - 2 * HOUR, limit=9)
            assert [p.id for p in found] == expected


async def test_a_narrative_that_was_renamed_is_found_by_its_link_and_its_new_name(told):
    await keep(told, OLD.model_copy(update={"title": "Gamma bridge"}))
    for name in (OLD.slug, "Gamma"):
        assert (await told.answer(f"/narrative {name}")).startswith("Gamma bridge")


async def judged(stage, story, *others, hours=1.0):
    """What is decided about `story` some hours after `old` fired."""
    at = NOW + hours * HOUR
    async with stage.database.writing() as c:
        await chats.save(c, chat(YOU))
        await narratives.save(c, [story, *others])
        fired = facts.firing("f1", YOU, narrative_id="old", rule=PLAIN, at=NOW - HOUR, surprise=3.5)
        await alerts.append_firings(c, [fired])
        told = score(story.id, as_of=at)
        outcome = SimpleNamespace(
            scores=[told], common=None, posts=(), mentions=(), cycle=SimpleNamespace(id=told.cycle_id)
        )
        made = await Judge(stage.settings).judge(c, outcome, {story.id: story}, at)
    return [(decision.fired, decision.reason) for decision in made.decisions]


async def test_what_a_merged_narrative_fired_cools_its_survivor(stage):
    merged = OLD.model_copy(update={"redirect_to": "elder"})
    assert await judged(stage, narrative("elder"), merged) == [(False, "cooldown")]


async def test_what_the_whole_fired_before_the_split_cools_the_part(stage):
    assert await judged(stage, PART, OLD) == [(False, "cooldown")]


async def test_what_the_whole_fires_after_the_split_is_no_matter_of_the_part(stage):
    early = PART.model_copy(update={"first_seen_at": NOW - 2 * HOUR})
    assert await judged(stage, early, OLD) == [(True, "surprise")]


async def test_coming_back_is_a_new_alert_once_the_cooldown_is_over(stage):
    assert await judged(stage, OLD, hours=2) == [(False, "cooldown")]
    assert await judged(stage, OLD, hours=24) == [(True, "surprise")]
