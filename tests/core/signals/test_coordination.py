"""Coordination: bursts, posting together, few authors, clockwork, strangers; never by the order of posts."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Coordination
from core.signals.coordination import Regulars, category, coordinations, independence
from tests.core.signals.worlds import mention

MINUTE = 1 / 60
SECOND = 1 / 3600


def judged(posts, regulars=None):
    (found,) = coordinations([posts], regulars)
    return found


def signs(found):
    return {t.sign: t for t in found.traces}


def honest(n, *, authors=None, first=0, seed=3):
    """Different posts of different authors at random times of the day."""
    chance = random.Random(seed)
    numbers = range(first, first + n)
    return [
        mention(i, chance.uniform(0, 24), author=f"h{i % (authors or n)}", signature=spread(i))
        for i in numbers
    ]


def spread(number):
    """Signatures far from each other."""
    return random.Random(f"s{number}").getrandbits(63) or 1


def copies(n, *, authors=4, age=2.0, apart=10 * SECOND, first=500, signature=77):
    return [
        mention(first + i, age - i * apart, author=f"c{i % authors}", signature=signature) for i in range(n)
    ]


def test_many_voices_with_their_own_words_are_low():
    found = judged(honest(40))
    assert found.category == "low"
    assert found.value < 0.1
    assert found.n == 40
    # Without a week of history one sign of five cannot be known.
    assert found.confidence == pytest.approx(1.9 / 2.3 * 40 / 60)


def test_near_copies_by_three_authors_within_half_an_hour_are_a_burst():
    found = judged(honest(12) + copies(6, authors=3, apart=8 * MINUTE))
    assert (signs(found)["near-copies"].count, signs(found)["near-copies"].of) == (6, 18)
    assert "posting together" not in signs(found)


@pytest.mark.parametrize(("authors", "apart"), [(2, MINUTE), (6, 31 * MINUTE)])
def test_two_authors_or_copies_over_hours_are_no_burst(authors, apart):
    found = judged(honest(12) + copies(6, authors=authors, age=20.0, apart=apart))
    assert "near-copies" not in signs(found)


def test_texts_nobody_knows_are_no_copies_of_each_other():
    assert "near-copies" not in signs(judged(honest(12) + copies(8, signature=0)))


def test_posting_the_same_in_the_same_minute_once_is_no_habit():
    once = copies(4, authors=4)
    twice = once + copies(4, authors=4, age=9.0, first=600, signature=spread("again"))
    assert "posting together" not in signs(judged(honest(12) + once))
    together = signs(judged(honest(12) + twice))["posting together"]
    assert together.count == 4


def test_two_pairs_who_never_met_are_two_groups():
    pairs = [
        *copies(4, authors=2, first=500),
        *[m._replace(author=f"other {m.author}") for m in copies(4, authors=2, age=8.0, first=600)],
    ]
    assert signs(judged(honest(12) + pairs))["posting together"].count == 2


def test_five_authors_who_write_nearly_everything_are_a_sign():
    found = signs(judged(honest(30, authors=5)))["few authors"]
    assert (found.count, found.of, found.value) == (30, 30, 1.0)


def test_of_few_posts_any_five_authors_wrote_much():
    assert "few authors" not in signs(judged(honest(16, authors=5)))


def test_clockwork_is_a_sign_and_chance_is_not():
    clockwork = [mention(i, 12 - i / 2, author=f"k{i}", signature=spread(i)) for i in range(20)]
    assert signs(judged(clockwork))["regular gaps"].value == 1.0
    assert "regular gaps" not in signs(judged(clockwork[:10]))  # nine gaps
    chance = [signs(judged(honest(60, seed=seed))).get("regular gaps") for seed in range(20)]
    assert max(t.weight * t.value for t in chance if t) < 0.1


def test_strangers_count_beyond_what_is_usual():
    posts = honest(40)
    nobody_usual = Regulars(frozenset(), 0.2)
    everybody = Regulars(frozenset(m.author for m in posts), 0.2)
    assert signs(judged(posts, nobody_usual))["unknown accounts"].count == 40
    assert "unknown accounts" not in signs(judged(posts, everybody))
    assert "unknown accounts" not in signs(judged(posts, Regulars(frozenset(), 0.95)))
    assert judged(posts, nobody_usual).confidence == pytest.approx(40 / 60)


def test_few_posts_are_not_scored_and_say_so():
    found = judged(honest(7) + [mention(900 + i, 1.0, author=None) for i in range(9)])
    assert (found.value, found.category, found.confidence) == (None, None, 0.0)
    assert found.reason == "7 posts with a known author are too few to judge"
    assert judged([]).value is None


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "low"), (0.3, "medium"), (0.6, "high"), (0.79, "high"), (0.8, "critical")]
)
def test_the_four_categories(value, said):
    assert category(value) == said


def test_what_is_not_scored_takes_nothing_off():
    assert independence(None) == 1.0
    assert independence(judged([])) == 1.0
    assert independence(Coordination(value=0.8, confidence=0.5, category="critical", n=30)) == pytest.approx(
        0.6
    )


def test_no_result_names_an_account():
    posts = honest(12) + copies(12)
    said = judged(posts, Regulars(frozenset(), 0.1)).model_dump_json()
    assert not any(f'"{m.author}"' in said for m in posts)


def test_narratives_do_not_mix():
    calm, ring = honest(20), copies(20)
    alone = coordinations([calm])[0], coordinations([ring])[0]
    assert coordinations([calm, [], ring])[::2] == alone


posts_of = st.lists(
    st.tuples(
        st.integers(0, 24 * 60),
        st.sampled_from([None, "a", "b", "c", "d", "e", "f", "g"]),
        st.sampled_from([0, 77, 78, *map(spread, range(6))]),
    ),
    min_size=8,
    max_size=40,
).map(
    lambda rows: [
        mention(i, age / 60, author=author, signature=signature)
        for i, (age, author, signature) in enumerate(rows)
    ]
)
crowds = st.none() | st.builds(Regulars, st.frozensets(st.sampled_from("abcdefg")), st.floats(0, 1))


@settings(max_examples=60, deadline=None)
@given(posts_of, crowds, st.randoms(use_true_random=False))
def test_the_order_of_posts_changes_nothing(posts, regulars, chance):
    shuffled = list(posts)
    chance.shuffle(shuffled)
    assert judged(shuffled, regulars) == judged(posts, regulars)


@settings(max_examples=60, deadline=None)
@given(posts_of, crowds)
def test_value_and_confidence_are_in_0_to_1_and_traces_explain_the_value(posts, regulars):
    found = judged(posts, regulars)
    assert 0.0 <= found.confidence <= 1.0
    if found.value is None:
        return
    left = 1.0
    for trace in found.traces:
        left *= 1.0 - trace.weight * trace.value
        assert trace.count <= trace.of
    assert found.value == pytest.approx(1.0 - left)


@settings(max_examples=80, deadline=None)
@given(posts_of, crowds, st.integers(0, 39), st.integers(1, 6), st.sampled_from(["a", "g", "new"]))
def test_more_copies_never_lower_it(posts, regulars, which, many, author):
    original = posts[which % len(posts)]
    if original.author is None or not original.signature:
        return
    later = original.created_at + timedelta(seconds=20)
    more = [
        original._replace(post_id=str(2 * 10**18 + i), author=f"{author}{i}", created_at=later)
        for i in range(many)
    ]
    before, after = judged(posts, regulars), judged(posts + more, regulars)
    if before.value is not None:
        assert after.value >= before.value - 1e-12
        assert after.confidence >= before.confidence - 1e-12
