from core.digest import LINES, changed
from core.models import Coordination, Phase
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


def new(**fields):
    """The digest's lines for one story first seen since the last digest."""
    return digest([score(**fields)], first_seen_at=NOW - HOUR).lines


def test_a_new_story_of_two_people_is_no_news():
    assert new(posts_24h=3, authors_24h=3)
    assert new(posts_24h=2, authors_24h=3) == ()
    assert new(posts_24h=9, authors_24h=2) == ()


def test_a_new_story_that_does_not_move_is_news_only_if_a_crowd_came():
    still = {"phase": Phase.QUIET, "leaning": Phase.QUIET, "is_new": True}
    assert new(**still, authors_24h=9) == ()
    assert new(**still, authors_24h=10)[0].change == "new"


def test_a_new_story_that_only_the_last_look_calls_lively_is_news():
    assert new(phase=Phase.QUIET, leaning=Phase.EMERGING, authors_24h=4)[0].change == "new"


def test_what_grows_comes_before_what_calms_down():
    growing = score("b2", rank=2, phase=Phase.QUIET, leaning=Phase.EMERGING)
    fading = score("a1", phase=Phase.FADING, leaning=Phase.FADING)
    made = digest([fading, growing], first_seen_at=NOW - HOUR)
    assert [line.narrative_id for line in made.lines] == ["b2", "a1"]


def test_climbing_three_places_is_a_line():
    made = digest([score(rank=1)], [score(rank=4, as_of=SINCE)])
    assert made.lines[0].change == "up" and made.lines[0].was_rank == 4


def test_a_digest_is_never_longer_than_its_budget():
    many = [score(f"n{i}", rank=i + 1, phase=Phase.ACCELERATING) for i in range(30)]
    assert len(digest(many, first_seen_at=NOW).lines) == LINES


def test_what_looks_coordinated_from_end_to_end_comes_last():
    critical = Coordination(value=0.9, confidence=0.5, category="critical", n=30)
    scores = [
        score("bad", coordination=critical, ratio=30.0, phase=Phase.ACCELERATING),
        score("good", ratio=2.0),
    ]
    told = {s.narrative_id: narrative(s.narrative_id, first_seen_at=NOW) for s in scores}
    made = changed(scores, [], told, since=NOW - HOUR, until=NOW, data_until=NOW)
    assert [(line.narrative_id, line.coordination) for line in made.lines] == [
        ("good", None),
        ("bad", "critical"),
    ]
