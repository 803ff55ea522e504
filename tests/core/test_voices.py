"""Voices: near-copies and second posts add none; strangers are those without a post a week old."""

from datetime import timedelta

from core.voices import known_since, usual, voices
from tests.core.makers import NOW
from tests.core.signals.test_coordination import honest, spread
from tests.core.signals.worlds import mention


def counts(found):
    return found.regulars, found.strangers


def test_each_author_in_words_of_their_own_is_one_voice():
    posts = [*honest(6), mention(90, 1.0, author="h0", signature=spread(90))]
    assert counts(voices(posts, {"h0", "h1", "nobody here"})) == (2, 4)


def test_near_copies_add_no_voice_whoever_repeats_them():
    copied = [mention(i, 2.0 - i / 60, author=f"c{i}", signature=77) for i in range(5)]
    assert counts(voices(copied, set())) == (0, 1)
    assert counts(voices(copied[::-1], {"c0"})) == (1, 0)


def test_posts_without_text_or_author_are_not_taken_for_copies_or_voices():
    silent = [mention(i, 1.0, author=f"s{i}", signature=0) for i in range(3)]
    assert counts(voices([*silent, mention(9, 1.0, author=None)], set())) == (0, 3)


def test_a_confirmed_post_confirms_its_author():
    posts = [*honest(3), mention(50, 0.1, author="h2", signature=spread(50), confirmed=True)]
    found = voices(posts, {"h0"})
    assert (found.regulars_confirmed, found.strangers_confirmed) == (0, 1)


def test_hours_in_which_one_voice_joined_do_not_count():
    ages = [5.0, 4.9, 3.9, 2.9, 2.8, 2.7]
    posts = [mention(i, age, author=f"a{i}", signature=spread(i)) for i, age in enumerate(ages)]
    assert voices(posts, set()).hours == 2


def test_nobody_said_anything():
    assert counts(voices([], {"a"})) == (0, 0)


def test_the_usual_share_of_strangers_is_that_of_the_middle_narrative():
    crowd = [frozenset(f"{n}{i}" for i in range(6)) for n in "abcd"]
    names = {"a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"}
    assert usual(crowd[:3], names).strangers == 0.5
    assert usual([*crowd[:3], frozenset("x" + str(i) for i in range(500))], names).strangers == 0.5
    assert usual(crowd[:2], names) is None
    assert usual([*crowd[:2], frozenset({"z1", "z2"})], names) is None


def test_nobody_is_known_for_longer_than_intern_listens():
    def known_for(days):
        before = known_since(NOW - timedelta(days=days), NOW)
        return None if before is None else (NOW - before) / timedelta(days=1)

    assert [known_for(days) for days in (0, 1.9, 2, 6, 14, 90)] == [None, None, 1.0, 3.0, 7.0, 7.0]
