from core.digest import LINES, changed
from core.models import Phase
from tests.core.makers import HOUR, NOW, narrative, score

SINCE = NOW - 24 * HOUR


def digest(now_scores, then_scores=(), **fields):
    told = {s.narrative_id: narrative(s.narrative_id, **fields) for s in now_scores}
    return changed(now_scores, then_scores, told, since=SINCE, until=NOW, data_until=NOW)


def test_nothing_changed_is_said_with_what_was_watched():
    made = digest([score()], [score(as_of=SINCE)])
    assert made.lines == () and made.unchanged == 1 and made.watched == 1


def test_a_phase_change_is_a_line_with_before_and_after():
    line = digest([score(phase=Phase.PEAKING)], [score(phase=Phase.EMERGING, as_of=SINCE)]).lines[0]
    assert (line.change, line.was, line.phase) == ("phase", Phase.EMERGING, Phase.PEAKING)


def test_a_story_first_seen_since_is_new():
    assert digest([score()], first_seen_at=NOW - HOUR).lines[0].change == "new"


def test_a_quiet_story_never_seen_before_is_no_news():
    assert digest([score(phase=Phase.QUIET)]).lines == ()


def test_climbing_three_places_is_a_line():
    made = digest([score(rank=1)], [score(rank=4, as_of=SINCE)])
    assert made.lines[0].change == "up" and made.lines[0].was_rank == 4


def test_a_digest_is_never_longer_than_its_budget():
    many = [score(f"n{i}", rank=i + 1, phase=Phase.ACCELERATING) for i in range(30)]
    assert len(digest(many, first_seen_at=NOW).lines) == LINES
