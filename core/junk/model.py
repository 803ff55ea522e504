"""How likely a post is a scam: a linear model over hashed features, with weights learned from labelled posts.

p = 1/(1 + exp(−(b + Σ w·x))). The weights rest on naive Bayes log-ratios (Wang & Manning 2012), learned by
`make weights` from posts under the MIT licence (LICENSE.weights) and rounded to a byte each. Nearly all of
those posts were English: of another language the model knows nothing.

>>> bait = "Claim your free $SOL airdrop, connect wallet: sol-drop.xyz"
>>> scam, talk = chances([bait, "Fees on the chain are down"])
>>> bool(scam > 0.9), bool(talk < 0.5)
(True, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.junk.features import features

FILE = "weights.npz"
Floats = NDArray[np.float64]


class Weights(NamedTuple):
    """One weight per place, in steps of `step`, and the bias."""

    places: NDArray[np.int8]
    step: float
    bias: float


def chances(texts: Sequence[str]) -> Floats:
    """The probability of a scam for each text, in (0, 1)."""
    found, learned = features(texts), weights()
    told = np.bincount(found.row, learned.places[found.place] * found.weight, len(texts)) * learned.step
    sure: Floats = 1.0 / (1.0 + np.exp(-(told + learned.bias)))
    return sure


@cache
def weights() -> Weights:
    """The learned weights, read once."""
    with resources.files(__package__).joinpath(FILE).open("rb") as file, np.load(file) as stored:
        return Weights(stored["places"], float(stored["step"]), float(stored["bias"]))
