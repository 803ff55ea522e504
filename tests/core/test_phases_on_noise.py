"""A phase that flickers tells nothing: on talk that is only restless it changes less than once a day."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from core.models import Phase
from core.scoring import rank
from core.signals import Panel, measure
from tests.core.makers import narrative
from tests.core.signals.worlds import NOW

NARRATIVES, DAYS, WARM = 24, 4, 96  # hours before anything is read


def restless(seed, *, hours):
    """Posts and hours seen by the hour: a level, a day, drift, bursty chance; a tenth unseen, some partly."""
    chance = np.random.default_rng(seed)
    level = np.geomspace(1.0, 40.0, NARRATIVES)[:, None]
    day = 1.0 + 0.4 * np.sin(2 * np.pi * np.arange(hours) / 24.0)
    drift = np.zeros((NARRATIVES, hours))
    for t in range(1, hours):
        drift[:, t] = 0.95 * drift[:, t - 1] + 0.1 * chance.standard_normal(NARRATIVES)
    rate = level * day * np.exp(drift) * chance.gamma(5.0, 0.2, (NARRATIVES, hours))
    seen = chance.choice([0.0, 0.3, 1.0], (NARRATIVES, hours), p=[0.1, 0.2, 0.7])
    return chance.poisson(rate * seen).astype(float), seen


def lived(n, tau):
    """Each narrative's phases, read every hour after the warm-up."""
    ids = tuple(str(i) for i in range(len(n)))
    stories, previous, phases = [narrative(id) for id in ids], {}, {id: [] for id in ids}
    for hour in range(WARM, n.shape[1] + 1):
        now = NOW + timedelta(hours=hour)
        panel = Panel.of_counts(n[:, :hour], tau[:, :hour], now=now, ids=ids)
        made = rank(stories, panel, measure(panel), [], previous, cycle_id=str(hour), now=now)
        previous = {score.narrative_id: score for score in made}
        for score in made:
            phases[score.narrative_id].append(score.phase)
    return phases


@pytest.mark.parametrize("seed", [1, 2])
def test_phases_change_less_than_once_a_day_on_restless_talk(seed):
    phases = lived(*restless(seed, hours=WARM + 24 * DAYS))
    changes = sum(a is not b for row in phases.values() for a, b in pairwise(row))
    assert changes / (NARRATIVES * DAYS) < 1.0


def test_a_story_that_really_moves_is_not_held_down_by_that():
    n, tau = restless(3, hours=WARM + 12)
    n[5, WARM + 3 :], tau[5, WARM + 3 :] = 12.0 * n[5].mean() * np.linspace(0.5, 1.0, 9), 1.0
    assert Phase.ACCELERATING in lived(n, tau)["5"]
