"""Gamma-posterior arithmetic, cheap enough for every bucket of every narrative.

For a rate with posterior Gamma(a, ·): E[ln rate] = ψ(a) − ln(·) and Var[ln rate] = ψ₁(a). Both are smooth in
y = 1/a, so polynomials in y, fitted once to scipy's ψ and ψ₁, replace them for a ≥ 1: error below
1e-6.

>>> bool(abs(log_bias(np.array([1.0]))[0] + 0.5772156649) < 1e-6)
True
>>> [round(float(v), 3) for v in trigamma(1.0 / np.array([1.0, 10.0]))]
[1.645, 0.105]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_DEGREE = 6
_FACTOR = 1.5  # confidence: is the reported ratio within this factor of the truth?


def _in_reciprocal(function: Callable[[Floats], Floats]) -> tuple[float, ...]:
    """Coefficients in y = 1/a, highest power first, of a function of a ≥ 1."""
    fit = np.polynomial.Chebyshev.interpolate(lambda y: function(1.0 / y), _DEGREE, domain=[0.0, 1.0])
    plain = fit.convert(kind=np.polynomial.Polynomial, domain=[-1.0, 1.0], window=[-1.0, 1.0])
    return tuple(float(c) for c in plain.coef[::-1])


def _horner(coefficients: tuple[float, ...], y: Floats) -> Floats:
    total: Floats = coefficients[0] * y
    total += coefficients[1]
    for c in coefficients[2:]:
        total *= y
        total += c
    return total


@cache
def _fitted() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Coefficients of ψ(a) − ln a and of ψ₁(a)."""
    from scipy.special import polygamma, psi  # noqa: PLC0415 — the sender never needs it

    return _in_reciprocal(lambda a: psi(a) - np.log(a)), _in_reciprocal(lambda a: polygamma(1, a))


def log_bias(y: Floats) -> Floats:
    """ψ(a) − ln a at y = 1/a ≤ 1: how far a Gamma's mean log lies below the log of its mean (nats, ≤ 0)."""
    return _horner(_fitted()[0], y)


def trigamma(y: Floats) -> Floats:
    """ψ₁(a) at y = 1/a ≤ 1: variance of the log of a Gamma variable of shape a (nats²)."""
    return _horner(_fitted()[1], y)


def within_factor(variance: Floats) -> Floats:
    """Probability that a normal log-ratio of this variance (nats²) is within × 1.5 of the reported one."""
    from scipy.special import erf  # noqa: PLC0415 — the sender never needs it

    probability: Floats = erf(np.log(_FACTOR) / np.sqrt(2.0 * np.maximum(variance, 1e-9)))
    return probability


def sigmoid(log_ratio: Floats) -> Floats:
    """ratio / (1 + ratio) of a natural log-ratio: 0.5 = no change, 0.67 = double."""
    value: Floats = 1.0 / (1.0 + np.exp(-np.clip(log_ratio, -50.0, 50.0)))
    return value
