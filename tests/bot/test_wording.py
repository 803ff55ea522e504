"""What a reader with no background needs to see in a line."""

import pytest

from bot.board import Snapshot
from bot.views import alert, digest, trending, words
from core.models import Digest, DigestLine, Phase
from tests.bot.stage import alert_facts
from tests.core.makers import HOUR, NOW, change, narrative, score
from tests.storage import facts


def alerted(posts=(), **told):
    known = {post.id: post for post in posts}
    text, _ = alert.render(alert_facts(NOW, **told), known, zone="UTC", now=NOW)
    return text.splitlines()


def test_a_new_story_says_how_many_came_how_fast():
    first, *rest = alerted(reason="new story", title="Fee cut", confidence=0.2)
    assert first == "<b>Fee cut</b> — new: 15 authors in 3 h"
    assert rest[0] == "20 posts, 15 authors · too new to be sure · bullish"


def test_a_story_that_is_back_is_not_called_new():
    back = (NOW - 2 * HOUR).isoformat()
    said = alerted(reason="new story", title="Fee cut", earliest=f"{NOW - 300 * HOUR}", back_since=back)
    assert said[0] == "<b>Fee cut</b> — back: 15 authors in 2 h"
    assert "Why now: a story that was quiet for a week, and many talk about it again" in said[-1]
    assert any(line.startswith("Earliest found 8 Nov") for line in said)


def test_copied_talk_is_called_so_before_anybody_acts_on_it():
    assert "May be coordinated: 12 of 20 are near-copies" in alerted(near_copies=12)
    assert not any("near-copies" in line for line in alerted(near_copies=4))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"author": "ada"}, "“Fees drop” — as reported"),
        ({"author": "ada", "confirmed": "answers"}, "“Fees drop” — ada"),
        ({"author": "a_" * 7 + "z", "confirmed": "look-up"}, "“Fees drop” — a_a_a_a_a_a_a_z"),
        ({"author": None}, "“Fees drop” — as reported"),
    ],
)
def test_nobody_is_named_for_words_that_are_only_reported(known, said):
    post = facts.post("100", text="Fees drop", **known)
    assert alerted([post])[1] == said


def test_posts_that_are_gone_leave_an_alert_without_quote_and_links():
    posts = [facts.post(id, text="", gone=True) for id in ("100", "101")]
    assert alerted(posts) == alerted()


def listed(window, **fields):
    made = score(**fields)
    snapshot = Snapshot(scores=[made], narratives={"a1": narrative("a1")}, as_of=NOW, data_until=NOW)
    text, _ = trending.render(snapshot, window=window, minimum=0.0, zone="UTC", now=NOW)
    return text


@pytest.mark.parametrize(
    ("phase", "leaning", "said"),
    [
        (Phase.QUIET, Phase.QUIET, "now quiet · 8.0× usual"),
        (Phase.QUIET, Phase.EMERGING, "now perhaps emerging · 8.0× usual"),
        (Phase.FADING, Phase.QUIET, "now fading · 8.0× usual"),
    ],
)
def test_the_windows_figure_and_the_hours_phase_do_not_contradict(phase, leaning, said):
    assert said in listed("24h", phase=phase, leaning=leaning, changes={"24h": change(8.0)})


def test_a_new_story_that_moves_says_when_it_was_found_and_one_that_is_over_does_not():
    def shown(phase):
        made = score(phase=phase, leaning=phase, changes={"24h": change(9.0)})
        young = narrative("a1", title="Fee cut", earliest_post_at=NOW - 3 * HOUR, first_seen_at=NOW - HOUR)
        snapshot = Snapshot(scores=[made], narratives={"a1": young}, as_of=NOW, data_until=NOW)
        text, _ = trending.render(snapshot, window="24h", minimum=0.0, zone="UTC", now=NOW)
        return text.splitlines()[1:4]

    moving = shown(Phase.EMERGING)
    assert moving[0] == "1 NEW <b>Fee cut</b> · emerging · 9.0× usual"
    assert moving[2] == "   earliest post found 09:00, seen 11:00"
    assert "earliest" not in "".join(shown(Phase.QUIET))


@pytest.mark.parametrize(("before", "mark"), [(("a1", "b2"), "= "), (("b2", "a1"), "▲1 "), ((), "")])
def test_a_row_says_how_its_place_moved(before, mark):
    made = [score(id, rank=i, changes={"24h": change(4.0 / i)}) for i, id in enumerate(("a1", "b2"), 1)]
    then = [score(id, rank=i, changes={"24h": change(4.0 / i)}) for i, id in enumerate(before, 1)]
    stories = {id: narrative(id) for id in ("a1", "b2")}
    snapshot = Snapshot(scores=made, narratives=stories, earlier=then, as_of=NOW, data_until=NOW)
    text, _ = trending.render(snapshot, window="24h", minimum=0.0, zone="UTC", now=NOW)
    assert text.splitlines()[1].startswith(f"1 {mark}<b>Story a1</b> · ")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phase": Phase.EMERGING, "stability": "fresh"}, "still early"),
        ({"phase": Phase.EMERGING, "stability": "persistent"}, None),
        ({"phase": Phase.PEAKING, "stability": "fresh", "late": True}, "late"),
        ({"phase": Phase.QUIET, "stability": "flash"}, None),
    ],
)
def test_early_and_late_are_said_only_where_they_are_known(fields, said):
    assert words.outlook(score(**fields)) == said


def test_near_copies_carry_their_own_window():
    copied = {"near_copies_24h": 12, "changes": {w: change(3.0) for w in ("4h", "24h")}}
    assert "12 near-copies in 24 h" in listed("4h", **copied)
    assert "12 near-copies\n" in listed("24h", **copied)


@pytest.mark.parametrize(
    ("phase", "ratio", "said"),
    [
        (Phase.ACCELERATING, 2.0, "accelerating · 2.0× usual · 9 authors"),
        (Phase.QUIET, 21.0, "21× usual · 9 authors"),
        (Phase.QUIET, 1.0, "already quiet · 9 authors"),
        (Phase.FADING, 1.8, "already fading · 9 authors"),
    ],
)
def test_a_new_story_in_the_digest_says_whether_it_still_moves(phase, ratio, said):
    line = DigestLine(
        narrative_id="a1", title="Fee cut", slug="s", change="new", phase=phase, rank=1, ratio=ratio,
        posts=9, authors=9,
    )  # fmt: skip
    made = Digest(since=NOW - 24 * HOUR, until=NOW, lines=(line,), watched=1, data_until=NOW)
    text, _ = digest.render(made, zone="UTC", now=NOW)
    assert text.splitlines()[2].strip() == said


@pytest.mark.parametrize(
    ("zone", "city"),
    [
        ("UTC", "UTC"),
        ("Europe/Istanbul", "Istanbul"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("America/Indiana/Indianapolis", "Indianapolis"),
        ("Etc/GMT+3", "GMT+3"),
    ],
)
def test_beside_its_times_an_alert_names_the_city_alone(zone, city):
    text, _ = alert.render(alert_facts(NOW), {}, zone=zone, now=NOW)
    (line,) = [each for each in text.splitlines() if each.startswith("Earliest found")]
    assert line.endswith(f"({city})") and len(line) <= 70  # two rows at 320 px
