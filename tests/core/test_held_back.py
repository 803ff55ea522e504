"""What of the holds is written down, and what a digest tells of them."""

from datetime import timedelta

import pytest

from core.alerts import held_back
from tests.core.makers import HOUR, NOW, narrative
from tests.storage.facts import decision

MINUTE = timedelta(minutes=1)


def held(reason="budget", at=NOW, narrative_id="a1", **changed):
    return decision(narrative_id, 1, reason=reason, at=at, **changed)


@pytest.mark.parametrize(
    ("before", "now", "written"),
    [
        (None, held(), True),
        (held(), held(at=NOW + HOUR), False),
        (held(), held(at=NOW + 6 * HOUR), True),
        (held(), held("quiet hours", NOW + MINUTE), True),
        (held(detail="until 12:00"), held(at=NOW + MINUTE, detail="until 13:00"), True),
        (held("evidence", detail="4"), held("evidence", NOW + MINUTE, detail="5"), False),
        (held("surprise", fired=True), held("cooldown", NOW + MINUTE), True),
        (held("surprise", fired=True), held("surprise", NOW + MINUTE, fired=True), True),
    ],
)
def test_a_hold_is_written_when_its_reason_changes(before, now, written):
    last = {held_back.key(before): before} if before else {}
    assert held_back.news([now], last) == ([now] if written else [])


def test_a_story_is_told_once_with_its_newest_reason_and_the_most_surprising_first():
    told = held_back.worth_telling(
        [
            held("quiet hours", NOW + HOUR, surprise=4.0),
            held("budget", rule="r2"),
            held(narrative_id="b2", surprise=9.0),
            held(narrative_id="forgotten"),
        ],
        {"a1": narrative("a1"), "b2": narrative("b2")},
    )
    assert [(each.narrative_id, each.reason) for each in told] == [("b2", "budget"), ("a1", "quiet hours")]


def test_a_story_that_was_merged_is_told_as_the_one_it_goes_by_now():
    told = held_back.worth_telling(
        [held(narrative_id="old"), held()], {"old": narrative("a1"), "a1": narrative("a1")}
    )
    assert [each.narrative_id for each in told] == ["a1"]


def test_a_rest_after_an_alert_is_told_only_where_the_alert_was_not_heard():
    resting = [held("cooldown")]
    assert held_back.worth_telling(resting, {"a1": narrative("a1")}, heard={"a1"}) == ()
    assert len(held_back.worth_telling(resting, {"a1": narrative("a1")})) == 1
