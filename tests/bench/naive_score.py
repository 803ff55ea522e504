"""The arithmetic of `core.signals` once more as plain loops: narrative by narrative, bucket by bucket."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
from scipy.special import polygamma, psi

from core.signals import Panel
from core.signals.velocity import kernel

Row = list[float]


def measure(panel: Panel) -> list[dict[str, float]]:
    """One row of figures per narrative."""
    x, v = panel.timely_x.tolist(), panel.timely_v.tolist()
    tau, hod, seen = panel.tau.tolist(), panel.hod.tolist(), panel.seen.tolist()
    stances = zip(panel.S.tolist(), panel.W.tolist(), strict=True)
    profile = _profile(x, tau, hod)
    lam0 = median(_past_rate(x[i], _exposure(tau[i], hod, profile)) for i in range(len(x)))
    weights = {hours: panel.window(hours).weights.tolist() for hours in (1.0, 3.0, 6.0, 168.0)}
    return [
        _one(
            x[i],
            v[i],
            _exposure(tau[i], hod, profile),
            [profile[h] for h in hod],
            tau[i],
            seen[i],
            lam0,
            weights,
        )
        | {"sentiment": _sentiment(s, w, weights)}
        for i, (s, w) in enumerate(stances)
    ]


def _profile(x: list[Row], tau: list[Row], hod: list[int]) -> Row:
    seen, expected = [30.0] * 24, [30.0] * 24
    for row, hours in zip(x, tau, strict=True):
        mean = max(sum(row) / max(sum(t > 0 for t in hours), 1), 0.05)
        for h, count, t in zip(hod, row, hours, strict=True):
            seen[h] += min(count / mean, 4.0)
            expected[h] += t > 0
    raw = [a / b for a, b in zip(seen, expected, strict=True)]
    return [r * 24 / sum(raw) for r in raw]


def _exposure(tau: Row, hod: list[int], profile: Row) -> Row:
    return [profile[h] if t > 0 else 0.0 for t, h in zip(tau, hod, strict=True)]


def _past_rate(x: Row, exposure: Row) -> float:
    return sum(x[:-6]) / max(sum(exposure[:-6]), 1e-9)


def _ratio(x: float, v: float, exposure: float, rate: float, information: float) -> tuple[float, float]:
    a = 1.0 + (x * x / v if v > 0 else 0.0)
    g = math.log((x + 1.0) / (rate * exposure + 1.0)) + float(psi(a)) - math.log(a)
    g += 0.5772156649 / a - float(psi(information)) + math.log(information)
    return g, float(polygamma(1, a)) + float(polygamma(1, information))


def _mean_ratio(
    short: tuple[float, float, float], long: tuple[float, float, float], rate: float, information: float
) -> tuple[float, float]:
    g1, var1 = _ratio(*short, rate, information)
    g3, var3 = _ratio(*long, rate, information)
    usual = float(polygamma(1, information))
    g1 = g1 if short[2] > 0 else g3
    return (g1 + g3) / 2, 0.25 * (var1 - usual) + 0.75 * (var3 - usual) + usual


def _one(
    x: Row,
    v: Row,
    exposure: Row,
    season: Row,
    tau: Row,
    covered: list[bool],
    lam0: float,
    weights: dict[float, Row],
) -> dict[str, float]:
    base = _baselines(x, v, exposure, season, lam0)
    rate, information = base[-1]
    short, long = (_window(x, v, exposure, weights[h]) for h in (1.0, 3.0))
    part = weights[3.0]
    coverage = sum(w for w, known in zip(part, covered[-len(part) :], strict=True) if known) / 3.0
    g, variance = _mean_ratio(short, long, rate, information)
    g = g if coverage > 0 else 0.0
    history = [
        _z(*_mean_ratio(_last(x, v, exposure, t, 1), _last(x, v, exposure, t, 3), *base[t]))
        for t in range(len(x) - 3)
    ]
    seen = [t > 0 for t in tau[:-3]]
    rarity = _rarity(short[0], x[:-3], seen, 1.0) + _rarity(_z(g, variance), history, seen, 0.25)
    return {
        "momentum": 1.0 / (1.0 + math.exp(-g)),
        "confidence": coverage * math.erf(math.log(1.5) / math.sqrt(2.0 * variance)),
        "surprise": rarity / 2 if coverage > 0 else 0.0,
        "reproduction": _reproduction(x, v, season, tau, part),
    }


def _baselines(x: Row, v: Row, exposure: Row, season: Row, lam0: float) -> list[tuple[float, float]]:
    past = len(x) - 6
    pilot = (sum(x[:past]) + 2.0) / (sum(exposure[:past]) + 2.0 / lam0)
    phi = _phi(x[:past], exposure[:past], [pilot * m for m in season], pilot)
    decay, rows = 0.5 ** (1 / 96.0), []
    a = b = seen = spread = 0.0
    for t in range(len(x)):
        if t >= 6:
            s = t - 6
            top = _top(pilot * season[s], phi)
            a, b = decay * a + min(x[s], top), decay * b + exposure[s]
            seen, spread = decay * seen + x[s], decay * spread + v[s]
        rows.append(((a + 2.0) / (b + 2.0 / lam0), max((seen + 2.0) ** 2 / (spread + 2.0), 1.0)))
    return rows


def _top(mu: float, phi: float) -> float:
    return mu + 4.0 * math.sqrt(mu + phi * mu * mu) + 1.0


def _phi(x: Row, exposure: Row, usual: Row, pilot: float) -> float:
    excess = squares = 0.0
    for count, e, level in zip(x, exposure, usual, strict=False):
        mu = pilot * e
        excess += (min(count, _top(level, 0.5)) - mu) ** 2 - mu
        squares += mu * mu
    return min(max((excess + 0.2) / (squares + 2.0), 0.01), 4.0)


def _window(x: Row, v: Row, exposure: Row, weights: Row) -> tuple[float, float, float]:
    k = len(weights)
    posts = sum(w * q for w, q in zip(weights, x[-k:], strict=True))
    spread = sum(w * w * q for w, q in zip(weights, v[-k:], strict=True))
    return posts, spread, sum(w * q for w, q in zip(weights, exposure[-k:], strict=True))


def _last(x: Row, v: Row, exposure: Row, end: int, hours: int) -> tuple[float, float, float]:
    """The window of whole buckets that ended with bucket `end`."""
    hour = slice(max(end + 1 - hours, 0), end + 1)
    return sum(x[hour]), sum(v[hour]), sum(exposure[hour])


def _z(g: float, variance: float) -> float:
    return max(g, 0.0) / math.sqrt(variance + 0.05)


def _rarity(now: float, past: Row, seen: list[bool], floor: float) -> float:
    known = sorted((s for s, ok in zip(past, seen, strict=True) if ok), reverse=True)
    rank = (len(known) - 1) * 0.02
    low = math.floor(rank)
    u = known[low] + (rank - low) * (known[min(low + 1, len(known) - 1)] - known[low])
    excess = [max(s - u, 0.0) for s in known[: low + 1]]
    mean = sum(excess) / len(excess)
    m = max(sum(min(e, 8 * mean) for e in excess) / len(excess), 0.2 * u, floor)
    return -math.log10(0.02) + (now - u) / (m * math.log(10)) if now > u else 0.0


def _reproduction(x: Row, v: Row, season: Row, tau: Row, part: Row) -> float:
    weights = kernel(1.0).tolist()
    posts = spread = expected = 0.0
    for w, t in zip(part, range(len(x) - len(part), len(x)), strict=True):
        mass = sum(k for s, k in enumerate(weights, 1) if t - s >= 0 and tau[t - s] > 0)
        if tau[t] > 0 and mass > 0.2:
            caused = sum(k * x[t - s] / season[t - s] for s, k in enumerate(weights, 1) if t - s >= 0)
            posts, spread = posts + w * x[t], spread + w * w * v[t]
            expected += w * caused / mass * season[t]
    per_post = posts / spread if spread > 0 else 1.0
    return (1.0 + posts * per_post) / (1.0 + expected * per_post)


def _sentiment(s: Row, w: Row, weights: dict[float, Row]) -> float:
    recent, week = weights[6.0], weights[168.0]
    voices = sum(q * p for q, p in zip(w[-len(recent) :], recent, strict=True))
    squares = sum(q * p * p for q, p in zip(w[-len(recent) :], recent, strict=True))
    said = sum(q * p for q, p in zip(s[-len(recent) :], recent, strict=True))
    usual = float(np.dot(s[-len(week) :], week) / max(np.dot(w[-len(week) :], week), 1e-9))
    n = voices * voices / squares if squares > 0 else 0.0
    mean = said / voices if voices > 0 else 0.0
    return (1.0 + (n * mean + 2.0 * usual) / (n + 4.0)) / 2.0
