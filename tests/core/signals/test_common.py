"""What moves all narratives at once: a change of meter, or the whole market."""

from dataclasses import replace

import numpy as np
import pytest

from core.models import QuestionKind
from core.signals import measure
from core.signals.common import LEAST, common, density
from tests.core.signals.worlds import HOUR, NOW, counts, poll, steady

FLAT = (1.0,) * 24


def world(factor=4.0, rows=8, quiet=0, rate=12.0):
    """Narratives that are all `factor` times as loud in the last 3 h, but for some."""
    n = np.array([steady(rate, last=(rate * factor,) * 3)] * rows)
    n[:quiet] = rate
    return measure(counts(n))


def stream(now=1, usual=1, *, hours=100, full=False, query="crypto", **fields):
    """Hourly discovery polls: `usual` × 4 posts an hour, `now` × 4 in the last three."""
    asked = []
    for h in range(hours):
        posts = 4 * (now if h < 3 else usual)
        covered = NOW - (h + 1) * HOUR
        given = {"returned": posts, "covered_from": covered} | fields
        if full:  # ten posts that reach back as far as they do
            given |= {"returned": 10, "covered_from": NOW - h * HOUR - HOUR * 10 / posts}
        asked.append(
            poll(
                h + 1,
                h,
                number=f"{query}{h}",
                kind=QuestionKind.DISCOVER,
                narrative=None,
                query=query,
                **given,
            )
        )
    return asked


def refreshed(ids, **last):
    """Each narrative's polls of the last days; the newest are of another segment if said."""
    return [
        poll(h + 1, h, number=int(i), narrative=i, **(last if h < 2 else {})) for i in ids for h in range(30)
    ]


def test_everything_louder_and_more_talk_of_crypto_is_the_whole_market():
    found = common(world(), stream(now=3))
    assert (found.kind, found.narratives, found.of) == ("whole market", 8, 8)
    assert found.factor == pytest.approx(4.0, rel=0.2)
    assert found.surprise > 3.0
    assert set(found.moved) == {str(i) for i in range(8)}


@pytest.mark.parametrize(
    "discovery", [[], stream(now=1), stream(now=3, hours=10)], ids=["none", "same", "young"]
)
def test_without_more_talk_in_general_it_is_a_change_of_meter(discovery):
    assert common(world(), discovery).kind == "meter change"


def test_where_most_segments_are_new_it_is_a_change_of_meter_whatever_discovery_says():
    polls = stream(now=3) + refreshed("01234", served_model="new")
    assert common(world(), polls).kind == "meter change"
    assert common(world(), stream(now=3) + refreshed("0123", served_model="new")).kind == "whole market"


def test_a_silent_change_of_discoverys_model_proves_no_market():
    polls = stream(now=3)
    polls[:3] = [p.model_copy(update={"served_model": "new"}) for p in polls[:3]]
    assert common(world(), polls).kind == "meter change"


def test_a_common_fall_is_a_change_of_meter():
    found = common(world(factor=0.1, rate=30.0), stream(now=3))
    assert (found.kind, found.narratives) == ("meter change", 8)
    assert found.factor < 0.5


def test_a_few_loud_ones_are_not_common():
    assert common(world(quiet=3), stream(now=3)) is None
    assert common(world(quiet=2), stream(now=3)).narratives == 6
    assert common(world(factor=1.3), stream(now=3)) is None


def test_too_few_narratives_have_nothing_in_common():
    assert common(world(rows=LEAST - 1), stream(now=3)) is None
    assert common(world(rows=LEAST), stream(now=3)) is not None


def test_narratives_without_a_past_have_no_usual_to_move_from():
    young = world()
    young = replace(young, history_hours=np.full(8, 4.0))
    assert common(young, stream(now=3)) is None
    assert common(young, refreshed("01234567", served_model="new")).kind == "meter change"


def test_narratives_not_looked_at_take_no_part():
    away = replace(world(), polled=np.arange(8) < LEAST - 1)
    assert common(away, stream(now=3)) is None


def test_the_loudest_come_first():
    n = np.array([steady(12, last=(12 * f,) * 3) for f in (3, 3, 9, 4, 3, 6)])
    assert common(measure(counts(n)), []).moved[:2] == ("2", "5")


def test_full_pages_are_as_dense_as_their_posts_lie():
    assert density(stream(now=6, usual=3, full=True), profile=FLAT, now=NOW) == pytest.approx(2.0)


def test_busy_hours_of_the_day_are_no_denser_than_usual():
    busy = tuple(
        2.0 if hour in (10, 11, 12) else 10 / 11 for hour in range(24)
    )  # the last polls end at 10–12
    ratio = density(stream(now=2), profile=busy, now=NOW)
    assert ratio < density(stream(now=2), profile=FLAT, now=NOW) == pytest.approx(2.0)


def test_streams_are_compared_each_with_its_own_past():
    polls = stream(now=1, usual=1) + stream(now=4, usual=4, query="加密", hours=60)
    assert density(polls, profile=FLAT, now=NOW) == pytest.approx(1.0)
    # A stream that is new, chose its posts, failed or is not known yet says nothing.
    odd = stream(now=9, usual=1, query="x", mode="Top") + stream(now=9, hours=3, query="y")
    odd += [p.model_copy(update={"known_at": NOW + HOUR}) for p in stream(now=9, query="z")]
    odd += stream(now=9, query="f", ok=False, covered_from=None)
    assert density(polls + odd, profile=FLAT, now=NOW) == pytest.approx(1.0)
    assert density([], profile=FLAT, now=NOW) is None


def test_order_and_repetition_of_polls_change_nothing():
    polls = stream(now=3) + refreshed("012", served_model="new")
    assert common(world(), polls[::-1] + polls[::3]) == common(world(), polls)


def restless(rows, *, seed, swing, hours=240):
    """Rows that wander independently by a factor e^±swing about rates of 1 to 50 an hour."""
    chance = np.random.default_rng(seed)
    steps, level = chance.normal(0.0, 1.0, (hours, rows)), np.zeros((hours, rows))
    for t in range(1, hours):
        level[t] = 0.7 * level[t - 1] + 0.71 * steps[t]
    rates = np.exp(chance.normal(1.4, 1.2, rows)) * np.exp(swing * level)
    return chance.poisson(rates).T.astype(float)


def sampled(n, seed):
    """The newest ten of each hour, and every third hour but the last not asked about."""
    chance = np.random.default_rng(seed)
    tau = np.where(n > 9, np.minimum(chance.gamma(10.0, 1.0, n.shape) / np.maximum(n, 1.0), 1.0), 1.0)
    tau[:, :-1] *= chance.random((len(n), n.shape[1] - 1)) >= 0.3
    return np.minimum(n, 10.0) * (tau > 0.0), tau


@pytest.mark.parametrize("swing", [0.2, 0.6])
def test_independent_noise_is_practically_never_common(swing):
    chance = np.random.default_rng(1)
    measured = measure(counts(*sampled(restless(2000, seed=2, swing=swing), 3)))
    rows = ("polled", "history_hours", "surprise", "phi", "counted")
    alarms = 0
    for _ in range(15_000):
        some = chance.integers(0, 2000, LEAST)
        few = replace(
            measured,
            ids=tuple(map(str, range(LEAST))),
            momentum=replace(measured.momentum, g=measured.g[some], variance=measured.variance[some]),
            **{name: getattr(measured, name)[some] for name in rows},
        )
        alarms += common(few, ()) is not None
    assert alarms <= 1


@pytest.mark.parametrize("swing", [0.2, 0.6])
def test_a_jump_of_restless_narratives_is_found(swing):
    n = restless(60, seed=4, swing=swing)
    n[:, -3:] *= 5.0
    found = common(measure(counts(*sampled(n, 5))), ())
    assert found.of > 50  # where ten posts cover under six minutes nothing is measured
    assert found.factor > 2.5
