"""Points: what a score is made of, one step after the other, so that the steps add up to it.

A narrative talked about as usual by everybody has 50. *momentum* is what its ratio at face value changes
that by, *doubt* what of this is lost (or left) because the ratio is not sure, *breadth* what few voices
cost, *coordination* what talk that may be arranged costs: score = 100·sigmoid(g/√(1 + var g))·(0.6 +
0.4·breadth)·independence. A step's points depend on the order of the steps, their sum does not. Source:
`signals.md` 4.6.

>>> made = parts(2.3, 0.1, 0.5, independence=0.6)
>>> {name: round(points) for name, points in made.items()}
{'usual': 50, 'momentum': 41, 'doubt': -1, 'breadth': -18, 'coordination': -29}
>>> round(total(made)), sum(whole(made).values())
(43, 43)
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, floor, fsum, sqrt

USUAL = 50.0


def parts(g: float, variance: float, breadth: float, *, independence: float = 1.0) -> dict[str, float]:
    """The points of a log-ratio g with its variance, carried by so many voices of so much independence."""
    face, sure = _sigmoid(g), _sigmoid(g / sqrt(1.0 + variance))
    carried = sure * (0.6 + 0.4 * breadth)
    return {
        "usual": USUAL,
        "momentum": face - USUAL,
        "doubt": sure - face,
        "breadth": carried - sure,
        "coordination": carried * independence - carried,
    }


def _sigmoid(x: float) -> float:
    return 100.0 / (1.0 + exp(-x))


def total(parts: Mapping[str, float]) -> float:
    """The score the parts make, in [0, 100]."""
    return min(100.0, max(0.0, fsum(parts.values())))


def whole(parts: Mapping[str, float]) -> dict[str, int]:
    """The parts in whole points that still add up to the rounded score: the largest remainders round up."""
    down = {name: floor(value) for name, value in parts.items()}
    missing = round(total(parts)) - sum(down.values())
    by_remainder = sorted(parts, key=lambda name: down[name] - parts[name])
    return {name: down[name] + (name in by_remainder[: max(missing, 0)]) for name in parts}
