"""After failures in a row nobody asks for a while; then one may try, and its luck decides."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.grok.breaker import FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker
from bot.sources.grok.refusals import (
    Broken,
    Busy,
    Cut,
    Drained,
    KeyRefused,
    Lost,
    SchemaRefused,
    UnknownModel,
)
from core.errors import CapReached, Misconfigured, OutOfCredit, Rejected, Retry, SourceError
from tests.bot.grok_fixtures import NOW

TROUBLE = Retry("out of reach")
READ = Rejected("no JSON", fault="unreadable")


def fails(breaker, error=TROUBLE, *, at=0.0, times=1):
    for _ in range(times):
        breaker.end(breaker.admit(at), error, at)


def opened(error=TROUBLE):
    breaker = Breaker()
    fails(breaker, times=FAILURES - 1)
    fails(breaker, error)
    assert not breaker.closed
    return breaker


def refused(breaker, at):
    with pytest.raises(SourceError) as caught:
        breaker.admit(at)
    return caught.value


@pytest.mark.parametrize("error", [Retry, Busy, Broken, Cut, Lost])
def test_it_opens_after_three_failures_in_a_row(error):
    breaker = Breaker()
    fails(breaker, error("no"), times=FAILURES - 1)
    assert breaker.closed
    fails(breaker, error("no"))
    assert not breaker.closed and refused(breaker, 0.0).fault == "unreachable"


@pytest.mark.parametrize("end", [None, READ, Misconfigured("odd"), SchemaRefused("schema")])
def test_any_answer_in_between_starts_the_count_anew(end):
    breaker = Breaker()
    for _ in range(5):
        fails(breaker, times=FAILURES - 1)
        fails(breaker, end)
    assert breaker.closed


@pytest.mark.parametrize(
    "end", [CapReached("cap", until=NOW), asyncio.CancelledError(), ValueError("a bug of ours")]
)
def test_a_call_that_was_never_answered_says_nothing(end):
    breaker = Breaker()
    fails(breaker, times=FAILURES - 1)
    fails(breaker, end, times=5)
    assert breaker.closed
    fails(breaker)
    assert not breaker.closed


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OutOfCredit("add credit"), OutOfCredit),
        (Drained("add credit"), OutOfCredit),
        (KeyRefused("new key"), KeyRefused),
        (UnknownModel("no such model"), UnknownModel),
    ],
)
def test_without_money_key_or_model_it_opens_at_once_and_says_why(error, kind):
    breaker = Breaker()
    fails(breaker, error)
    found = refused(breaker, 1.0)
    assert type(found) is kind and str(found) == str(error) and found is not error


@pytest.mark.parametrize(("error", "kind"), [(Broken, Broken), (Lost, Broken), (Cut, Retry), (Busy, Retry)])
def test_while_it_is_open_the_sentence_names_the_trouble_and_the_time_left(error, kind):
    found = refused(opened(error("HTTP 5.")), 20.0)
    assert type(found) is kind and str(found) == "HTTP 5. Not asked again for 40 s."
    assert found.retry_after == 40.0


def test_after_the_pause_one_call_may_try_and_the_others_wait():
    breaker = opened()
    refused(breaker, FIRST_PAUSE_S - 0.001)
    probe = breaker.admit(FIRST_PAUSE_S)
    assert refused(breaker, FIRST_PAUSE_S + 1).retry_after == 0.0
    breaker.end(probe, None, FIRST_PAUSE_S + 2)
    assert breaker.closed
    breaker.admit(FIRST_PAUSE_S + 2)
    breaker.admit(FIRST_PAUSE_S + 2)


def test_the_pause_doubles_up_to_half_an_hour_and_an_answer_makes_it_short_again():
    breaker, at, pauses = opened(), 0.0, []
    for _ in range(8):
        pauses.append(refused(breaker, at).retry_after)
        at += pauses[-1]
        fails(breaker, at=at)
    assert pauses == [60, 120, 240, 480, 960, 1800, 1800, 1800] and pauses[-1] == LONGEST_PAUSE_S
    at += LONGEST_PAUSE_S
    fails(breaker, None, at=at)
    fails(breaker, at=at, times=FAILURES)
    assert refused(breaker, at).retry_after == FIRST_PAUSE_S


def test_a_try_that_was_given_up_lets_the_next_one_try():
    breaker = opened()
    breaker.end(breaker.admit(FIRST_PAUSE_S), asyncio.CancelledError(), FIRST_PAUSE_S)
    assert not breaker.closed
    fails(breaker, None, at=FIRST_PAUSE_S)
    assert breaker.closed


def test_calls_from_before_change_nothing_however_late_they_end():
    breaker = Breaker()
    early = [breaker.admit(0.0) for _ in range(8)]
    for ticket in early[:5]:
        breaker.end(ticket, TROUBLE, 0.0)
    assert refused(breaker, 0.0).retry_after == FIRST_PAUSE_S  # five failures are one opening
    breaker.end(early[5], None, 1.0)
    assert not breaker.closed
    probe = breaker.admit(FIRST_PAUSE_S)
    breaker.end(early[6], TROUBLE, FIRST_PAUSE_S)
    breaker.end(probe, None, FIRST_PAUSE_S)
    breaker.end(early[7], OutOfCredit("add credit"), FIRST_PAUSE_S)
    assert breaker.closed


ENDS = st.sampled_from([None, TROUBLE, Broken("500"), OutOfCredit("no"), READ, asyncio.CancelledError()])


@given(steps=st.lists(st.tuples(st.floats(0, 3000), st.booleans(), ENDS), max_size=60))
def test_whatever_happens_an_open_breaker_lets_one_try_within_half_an_hour(steps):
    breaker, running, now = Breaker(), [], 0.0
    for wait, start, end in steps:
        now += wait
        if start or not running:
            before = breaker.closed
            try:
                running.append((breaker.admit(now), before))
            except SourceError as error:
                assert not before and (getattr(error, "retry_after", None) or 0) <= LONGEST_PAUSE_S
        else:
            breaker.end(running.pop(0)[0], end, now)
    for ticket, _ in running:
        breaker.end(ticket, asyncio.CancelledError(), now)
    now += LONGEST_PAUSE_S
    breaker.end(breaker.admit(now), None, now)
    assert breaker.closed
