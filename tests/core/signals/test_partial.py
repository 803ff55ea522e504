"""One measure that breaks says so, and every other is what it would have been."""

from dataclasses import replace

import numpy as np
import pytest

from core import scoring
from core.scoring import rank
from core.signals import build, measure, measures, signals_of
from tests.core.makers import narrative
from tests.core.signals.worlds import HOUR, NOW, counts, log, mention, poll, steady

SIGNALS = ("momentum", "velocity", "sentiment", "mindshare", "saturation", "novelty", "engagement")


def panel():
    chance = np.random.default_rng(3)
    return counts(chance.poisson(9.0, (6, 336)).astype(float))


def told(found, row):
    return {name: getattr(signals_of(found, row), name) for name in SIGNALS}


def broken(*_, **__):
    raise ZeroDivisionError("a defect")


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("momentum", "momentum"),
        ("velocity", "velocity"),
        ("sentiment", "sentiment"),
        ("mindshare", "mindshare"),
        ("saturation", "saturation"),
        ("_new", "novelty"),
        ("_uptake", "engagement"),
    ],
)
def test_a_module_that_raises_takes_no_other_with_it(monkeypatch, function, name):
    whole = measure(panel())
    monkeypatch.setattr(measures, function, broken)
    found = measure(panel())
    for row in range(6):
        signals, before = told(found, row), told(whole, row)
        assert (signals[name].inputs_ok, signals[name].reason) == (False, f"{name} could not be computed")
        assert signals[name].value == 0.5 and not signals[name].confidence
        assert {n: s for n, s in signals.items() if n != name} == {
            n: s for n, s in before.items() if n != name
        }
    assert found.partial.counts() == {name: 6}


def test_without_a_momentum_nothing_is_alerted(monkeypatch):
    loud = counts(steady(3, last=(60,)))
    assert measure(loud).surprise[0] > 3.0
    monkeypatch.setattr(measures, "momentum", broken)
    assert measure(loud).surprise[0] == 0.0


def test_a_baseline_that_breaks_leaves_what_does_not_need_it(monkeypatch):
    monkeypatch.setattr(measures, "baseline", broken)
    found = measure(panel())
    assert set(found.partial.broken) == {"hour of day", "momentum", "surprise", "usual rate", "velocity"}
    assert told(found, 0)["mindshare"].reason != "mindshare could not be computed"


def test_a_narrative_whose_numbers_are_none_harms_no_other():
    clean = panel()
    x = clean.timely_x.copy()
    x[2, 40] = np.nan
    found = measure(replace(clean, timely_x=x))
    # Usual rates are pooled: without it the others are as if it had not been observed.
    tau = clean.tau.copy()
    tau[2] = 0.0
    rest = measure(counts(clean.n * (tau > 0), tau))
    assert told(found, 2)["momentum"].reason == "momentum could not be computed"
    assert (told(found, 2)["momentum"].value, told(found, 2)["momentum"].confidence) == (0.5, 0.0)
    for row in (0, 1, 3, 4, 5):
        assert told(found, row) == told(rest, row)
    assert found.surprise[2] == 0.0


def test_one_stance_that_is_no_number_spoils_one_mood_only():
    clean = panel()
    voices = np.ones(clean.n.shape)
    clean = replace(clean, W=voices, W2=voices, S=0.5 * voices, SS=0.25 * voices)
    s = clean.S.copy()
    s[4, -1] = np.nan
    found, whole = measure(replace(clean, S=s)), measure(clean)
    assert told(found, 4)["sentiment"].reason == "sentiment could not be computed"
    assert told(found, 4)["momentum"] == told(whole, 4)["momentum"]
    assert told(found, 3) == told(whole, 3)


def test_every_narrative_is_ranked_though_one_breadth_and_all_windows_break(monkeypatch):
    mentions = [mention(i, 1.0 + i % 20, narrative="ab"[i % 2]) for i in range(80)]
    polls = [poll(72, narrative=id_) for id_ in "ab"]
    grid = build("ab", log(mentions, polls), now=NOW, hours=72)
    real, calls = scoring.effective_authors, []

    def once(authors):
        calls.append(1)
        return broken() if len(calls) == 1 else real(authors)

    monkeypatch.setattr(scoring, "effective_authors", once)
    monkeypatch.setattr(scoring, "compare", broken)
    found = measure(grid)
    stories = [narrative(id_, earliest_post_at=NOW - 72 * HOUR) for id_ in "ab"]
    scores = {s.narrative_id: s for s in rank(stories, grid, found, mentions, {}, cycle_id="c", now=NOW)}
    assert scores["a"].breadth.reason == "breadth could not be computed" and not scores["a"].breadth.inputs_ok
    assert scores["b"].breadth.inputs_ok and scores["a"].momentum.inputs_ok
    assert scores["b"].changes["24h"].confidence == 0.0
    assert found.partial.counts() == {"breadth": 1, "windows": 2}
