"""What was told before: of merged stories both count, of a split one what the whole told before."""

from core.alerts.candidate import inherited, remembered
from core.models import Phase
from tests.core.makers import HOUR, NOW
from tests.core.rule_makers import fired

KEY = (1, "plain", "kept")


def told(narrative_id, hours_ago, **how):
    return fired(1, rule="plain", narrative_id=narrative_id, at=NOW - hours_ago * HOUR, **how)


def test_of_two_stories_told_in_one_turn_and_merged_the_louder_of_each_counts():
    both = [
        told("gone", 3, surprise=6.0, phase=Phase.EMERGING),
        told("kept", 3, surprise=3.2, phase=Phase.ACCELERATING),
    ]
    for order in (both, both[::-1]):
        last, _ = remembered(order, {"gone": "kept"}, NOW)
        assert (last[KEY].surprise, last[KEY].phase) == (6.0, Phase.ACCELERATING)


def test_of_merged_stories_the_one_told_last_counts():
    earlier, later = told("gone", 5, surprise=6.0), told("kept", 3, surprise=3.2)
    last, _ = remembered([later, earlier], {"gone": "kept"}, NOW)
    assert last[KEY] == later


def test_a_part_keeps_what_the_whole_told_before_though_the_whole_was_told_again():
    before, after = told("whole", 5), told("whole", 1)
    last, recent = remembered([before, after], {}, NOW)
    found = inherited(last, recent, {"part": ("whole", NOW - 3 * HOUR)}, {})
    assert found[1, "plain", "part"] == before
    assert found[1, "plain", "whole"] == after


def test_what_the_whole_told_after_it_split_is_not_the_parts():
    last, recent = remembered([told("whole", 1)], {}, NOW)
    assert (1, "plain", "part") not in inherited(last, recent, {"part": ("whole", NOW - 3 * HOUR)}, {})
