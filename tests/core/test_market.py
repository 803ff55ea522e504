"""One alert in place of many when everything moves at once."""

import pytest

from core.alerts import market
from core.models import Phase
from core.signals.common import Common
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import fired, judged

IDS = tuple(f"a{i}" for i in range(8))


def moved(**fields):
    base = {"kind": "whole market", "factor": 3.0, "narratives": 8, "of": 9, "surprise": 3.4, "moved": IDS}
    return Common(**(base | fields))


def fired_before(hours, chat_id=1):
    at = NOW - hours * HOUR
    return [
        fired(chat_id, "market", market.NARRATIVE, at=at, surprise=3.5, phase=Phase.ACCELERATING),
    ]


def outcome(common=None, *, chats=None, last=(), ids=IDS):
    common = common or moved()
    ruling = judged(
        [score(id, ratio=2.0 + i, surprise=0.0) for i, id in enumerate(ids)], [narrative(id) for id in ids],
        chats or [chat(1), chat(2)], last, common=common,
    )  # fmt: skip
    change = market.meter_change(common, cycle_id="c1", at=NOW)
    return [*ruling.decisions, *([change] if change else [])], ruling.firings


def single(the_score, the_narrative, common):
    """What becomes of one narrative while all move."""
    ruling = judged([the_score], [the_narrative], [chat()], common=common)
    return next((d for d in ruling.decisions if d.narrative_id == "a1"), None)


def test_every_subscribed_chat_hears_of_the_market_once():
    decisions, firings = outcome()
    assert [(d.chat_id, d.reason, d.fired) for d in decisions] == [
        (1, "whole market", True),
        (2, "whole market", True),
    ]
    assert [f.chat_id for f in firings] == [1, 2]
    assert {(f.rule, f.narrative_id, f.surprise) for f in firings} == {("market", "market", 3.4)}


def test_the_message_names_the_five_loudest():
    facts = outcome()[1][0].facts
    assert (facts["view"], facts["factor"], facts["narratives"], facts["of"]) == ("market", 3.0, 8, 9)
    assert [row["slug"] for row in facts["loudest"]] == [f"story-a{i}" for i in (7, 6, 5, 4, 3)]
    assert facts["loudest"][0] == {"slug": "story-a7", "title": "Story a7", "ratio": 9.0}


def test_a_narrative_nobody_knows_any_more_is_not_named():
    assert len(outcome(ids=IDS[:2])[1][0].facts["loudest"]) == 2


def test_the_cooldown_holds_for_the_chat_that_was_told_and_is_recorded():
    decisions, firings = outcome(last=fired_before(20))
    assert [(d.chat_id, d.reason, d.fired) for d in decisions] == [
        (1, "cooldown", False),
        (2, "whole market", True),
    ]
    assert decisions[0].detail == "until 2026-11-20 16:00 UTC"
    assert [f.chat_id for f in firings] == [2]
    assert len(outcome(last=fired_before(24))[1]) == 2


def test_a_change_of_meter_alerts_nobody_and_says_why():
    decisions, firings = outcome(moved(kind="meter change", factor=0.4))
    assert firings == []
    assert [(d.chat_id, d.reason, d.fired) for d in decisions] == [(None, "meter change", False)]
    assert decisions[0].detail == "8 of 9 narratives moved at once, to 0.4× their usual"


def test_a_repeated_cycle_makes_the_same_firings():
    assert [f.id for f in outcome()[1]] == [f.id for f in outcome()[1]]
    assert len({f.id for f in outcome()[1]}) == 2


@pytest.mark.parametrize("kind", ["meter change", "whole market"])
def test_what_moved_with_all_is_held_and_what_outran_them_is_told(kind):
    common = moved(kind=kind)
    with_all = single(score(ratio=5.9), narrative(), common)
    assert (with_all.fired, with_all.reason) == (False, kind)
    assert with_all.detail == "8 of 9 narratives moved at once, to 3.0× their usual; this one to 5.9×"
    assert single(score(ratio=6.0), narrative(), common).fired
    assert single(score(ratio=6.0, surprise=2.9), narrative(), common) is None


def test_new_stories_are_not_held_and_a_fall_holds_nobody():
    young = narrative(earliest_post_at=NOW - HOUR)
    assert single(score(ratio=3.0), young, moved()).reason == "new story"
    assert single(score(ratio=1.1), narrative(), moved(kind="meter change", factor=0.4)).fired


def test_too_little_evidence_is_said_first():
    assert single(score(ratio=3.0, posts_24h=1), narrative(), moved()).reason == "evidence"
