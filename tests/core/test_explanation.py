"""Why a narrative stands where it stands: points that add up, what would change that, reasons that cite."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.denial import denies
from core.explanation import explain, fall, threshold
from core.points import parts, total
from core.signals.breadth import breadth
from core.text import signature
from tests.core.makers import HOUR, NOW, change, score, signal
from tests.storage import facts

WORDS = [
    "fees fall by half on the chain today",
    "bridge opens for deposits at last",
    "validators vote on burning",
    "wallets grow faster than before",
    "the treasury buys no more tokens",
]


def post(number, text=None, *, author=None, **fields):
    said = WORDS[number % len(WORDS)] if text is None else text
    base = {"author": author or f"author{number}", "text": said, "signature": signature(said), "lang": "en"}
    return facts.post(str(1000 + number), created_at=NOW - HOUR, **(base | fields))


def stands(ratio=4.0, variance=0.2, authors=12, posts=20, **fields):
    """A ranked score whose parts are those of its figures."""
    voices = breadth(float(authors))
    made = parts(log(ratio), variance, voices)
    base = {
        "parts": made, "score": total(made), "ratio": ratio, "original_authors_24h": authors,
        "authors_24h": authors, "posts_24h": posts, "breadth": signal(voices, None, posts), "tier": "ranked",
        "confirmed_24h": 1,
    }  # fmt: skip
    return score(**(base | fields))


def kinds(reasons):
    return [reason.kind for reason in reasons]


# --- points and what would change the place


def test_points_are_whole_and_add_up_to_the_score_shown():
    made = stands()
    assert sum(explain(made, []).points.values()) == round(made.score)
    assert explain(score(), []).points == {}  # of a time before they were kept


def test_alone_it_falls_out_with_too_few_authors_or_posts():
    found = fall(stands(authors=7, posts=30), None)
    assert (found.what, found.below, found.now, found.to) == ("authors", 5, 7, "unranked")
    assert fall(stands(authors=20, posts=9), None).what == "posts"


def test_close_behind_the_next_one_the_smaller_change_is_told():
    first, second = stands(ratio=4.0), stands(ratio=3.8)
    found = fall(first, second)
    assert (found.what, found.to) == ("ratio", "next")
    assert found.below == pytest.approx(3.8, abs=0.05)


@given(st.floats(1.2, 20.0), st.integers(6, 80), st.floats(0.3, 0.99))
def test_what_is_said_would_drop_it_does_and_one_author_more_does_not(ratio, authors, part):
    made = stands(ratio=ratio, authors=authors, posts=200)
    behind = stands().model_copy(update={"score": made.score * part})
    found = fall(made, behind)
    assert 0.0 < found.below <= found.now
    if found.to == "next" and found.what == "authors":
        fewer = total(parts(log(ratio), 0.2, breadth(found.below - 1.0)))
        enough = total(parts(log(ratio), 0.2, breadth(float(found.below))))
        assert fewer < behind.score <= enough + 1e-6
    if found.to == "next" and found.what == "ratio":
        assert total(parts(log(found.below), 0.2, breadth(float(authors)))) == pytest.approx(behind.score)


def test_what_is_not_ranked_has_no_place_to_lose():
    assert fall(stands(tier="new"), None) is None
    assert fall(stands(), stands(tier="new")).to == "unranked"


@given(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.floats(-8, 8))
def test_a_threshold_is_a_ratio_or_nothing(sure, wanted, log_ratio):
    found = threshold(sure, wanted, log_ratio=log_ratio)
    assert found is None or found >= 0.0


# --- for


def test_two_confirmed_authors_come_first_and_are_cited():
    posts = [post(0), post(1, confirmed="answers"), post(2, confirmed="look-up"), post(3)]
    (first, second) = explain(stands(confirmed_24h=2), posts).pro
    assert (first.kind, first.n, set(first.post_ids)) == ("confirmed", 2, {"1001", "1002"})
    assert second.kind == "voices"


def test_two_reasons_do_not_cite_the_same_posts():
    posts = [post(n, confirmed="answers" if n < 2 else None) for n in range(5)]
    vouched, voices = explain(stands(confirmed_24h=2), posts).pro
    assert not set(vouched.post_ids) & set(voices.post_ids) and len(voices.post_ids) == 2


def test_where_everybody_is_confirmed_they_are_counted_once():
    posts = [post(n, confirmed="answers") for n in range(5)]
    assert kinds(explain(stands(authors=12, confirmed_24h=12), posts).pro) == ["confirmed"]


def test_who_denies_confirms_nothing():
    posts = [post(1, confirmed="answers"), post(2, "The team denies it all", confirmed="look-up")]
    assert "confirmed" not in kinds(explain(stands(confirmed_24h=2), posts).pro)


def test_one_author_twice_is_no_two_witnesses():
    posts = [post(1, author="ann", confirmed="answers"), post(2, author="ann", confirmed="answers")]
    assert "confirmed" not in kinds(explain(stands(confirmed_24h=2), posts).pro)


def test_many_voices_in_several_languages_cite_different_ones():
    posts = [
        post(0),
        post(1),
        post(2, "手续费 今天 下跌 一半", lang="zh"),
        post(3, "комиссии упали вдвое", lang="ru"),
    ]
    (voices,) = [r for r in explain(stands(authors=31), posts).pro if r.kind == "voices"]
    assert (voices.n, voices.of, len(voices.post_ids)) == (31, 3, 2)


def test_few_authors_speak_for_nothing():
    assert explain(stands(authors=4), []).pro == ()


def test_what_spreads_and_what_lasts_is_said():
    lively = stands(authors=4, velocity=signal(0.7, 0.6), lasting_hours=14.4)
    assert [(r.kind, r.n) for r in explain(lively, []).pro] == [("spreading", 0), ("lasting", 14)]


# --- against


def test_a_denial_comes_first_and_is_cited():
    posts = [post(0), post(1, "This is false, the team denies the exploit"), post(2)]
    found = explain(stands(), posts).con[0]
    assert (found.kind, found.n, found.post_ids) == ("denied", 1, ("1001",))


def test_copies_show_a_copy_and_what_it_copies():
    posts = [post(n, "claim your free drop today friends") for n in range(6)] + [post(7)]
    found = explain(stands(posts=20, near_copies_24h=12), posts).con[0]
    assert (found.kind, found.n, found.of, len(found.post_ids)) == ("copies", 12, 20, 2)


def test_one_loud_author_is_counted_and_not_named():
    posts = [post(n, author="loud") for n in range(4)] + [post(n) for n in range(5, 11)]
    found = explain(stands(), posts).con[0]
    assert (found.kind, found.n, found.of) == ("one voice", 4, 10)
    assert "loud" not in found.model_dump_json().replace("loudest", "")


def test_a_split_mood_shows_either_side():
    posts = [post(n, stance=1.0 if n % 2 else -1.0) for n in range(6)]
    (found,) = [r for r in explain(stands(), posts).con if r.kind == "split"]
    sides = {p.id: p.stance for p in posts}
    assert {sides[id] for id in found.post_ids} == {1.0, -1.0}


def test_what_was_not_seen_and_not_confirmed_is_said():
    dim = stands(confirmed_24h=0, changes={"4h": change(coverage=0.5)})
    assert [(r.kind, r.n, r.of) for r in explain(dim, []).con] == [
        ("partly seen", 2, 4),
        ("unconfirmed", 0, 12),
    ]


def test_a_young_or_late_one_says_so():
    assert kinds(explain(stands(late=True, history_hours=3.0), []).con) == ["late", "young"]


def test_nothing_against_is_nothing_said():
    assert explain(stands(), [post(0), post(1)]).con == ()


def test_posts_that_are_gone_are_not_cited():
    posts = [
        post(1, confirmed="answers"),
        post(2, "", confirmed=None, gone=True),
        post(3, confirmed="answers"),
    ]
    cited = {id for r in explain(stands(confirmed_24h=2), posts).pro for id in r.post_ids}
    assert cited == {"1001", "1003"}


posts_of_anything = st.lists(
    st.builds(
        post,
        st.integers(0, 40),
        st.sampled_from([*WORDS, "fake", "claim your free drop", ""]),
        author=st.sampled_from(["ann", "bob", "cy", None]),
        stance=st.sampled_from([None, -1.0, 0.0, 1.0]),
        confirmed=st.sampled_from([None, "answers"]),
        gone=st.booleans(),
    ),
    max_size=12,
)


@given(posts_of_anything, st.integers(0, 20), st.integers(0, 8))
def test_reasons_cite_only_posts_that_can_be_shown(posts, copies, confirmed):
    found = explain(stands(near_copies_24h=copies, confirmed_24h=confirmed), posts)
    there = {p.id for p in posts if not p.gone}
    reasons = [*found.pro, *found.con]
    assert all(set(reason.post_ids) <= there for reason in reasons)
    assert all(len(side) <= 2 for side in (found.pro, found.con))
    assert found == explain(stands(near_copies_24h=copies, confirmed_24h=confirmed), list(posts))


@pytest.mark.parametrize(
    ("said", "no"),
    [
        ("Team DENIES the rumours", True),
        ("this is FUD", True),
        ("It isn't true", True),
        ("Esto es falso", True),
        ("Şirket iddiayı yalanladı", True),
        ("Биржа опровергла слухи", True),
        ("交易所 否认 被盗", True),
        ("Withdrawals are paused", False),
        ("a fundamental change", False),
        ("density of blocks", False),
        ("", False),
    ],
)
def test_what_denies_in_five_languages(said, no):
    assert denies(said) is no
