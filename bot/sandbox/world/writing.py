"""From templates to posts' texts: slots are filled by chance, the same chance for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable

from bot.sandbox.world.coins import CHAINS
from bot.sandbox.world.lines_reaction import CLOSINGS, OPENINGS, SAID


class Slots(dict[str, str]):
    """Values for a template's slots: given ones stay, others are drawn when first asked for."""

    def __init__(self, rng: random.Random, **given: str) -> None:
        super().__init__(given)
        self._rng = rng

    def __missing__(self, name: str) -> str:
        self[name] = value = self._rng.choice(SAID[name]) if name in SAID else _DRAWS[name](self._rng)
        return value


def fill(line: str, rng: random.Random, **given: str) -> str:
    """The line with its slots filled. Raises KeyError for a slot nobody knows."""
    return line.format_map(Slots(rng, **given))


def decorated(line: str, lang: str, rng: random.Random) -> str:
    """The line with one of the openings and one of the closings of its language around it."""
    return rng.choice(OPENINGS[lang]) + line + rng.choice(CLOSINGS[lang])


def extended(line: str, second: str, lang: str) -> str:
    """Two sentences as one post."""
    if not second:
        return line
    if lang == "zh":
        return f"{line.rstrip('。')}。{second}"
    return f"{line.rstrip('.')}{'' if line.endswith('?') else '.'} {second}"


def price(level: float) -> str:
    """A price the way people write it: 97k, 3,612, 0.21."""
    if level >= 10_000:
        return f"{level / 1000:.1f}k"
    if level >= 10:
        return f"{level:,.0f}"
    return f"{level:.3g}" if level >= 0.001 else f"{level:.7f}".rstrip("0")


def _money(rng: random.Random) -> str:
    amount = rng.lognormvariate(1.5, 1.4)
    return f"${amount + 0.1:.1f}M" if rng.random() < 0.7 else f"${min(990.0, 30 + amount * 40):.0f}k"


_DRAWS: dict[str, Callable[[random.Random], str]] = {
    "few": lambda rng: str(rng.randrange(2, 10)),
    "yrs": lambda rng: str(rng.randrange(6, 15)),
    "low": lambda rng: f"{rng.uniform(0.2, 5.5):.1f}%",
    "n": lambda rng: str(rng.randrange(2, 90)),
    "usd": _money,
    "pct": lambda rng: f"{rng.uniform(0.4, 28):.1f}%",
    "cents": lambda rng: f"{rng.uniform(0.2, 9):.1f}",
    "hour": lambda rng: str(rng.randrange(2, 13)),
    "ver": lambda rng: f"{rng.randrange(2, 5)}.{rng.randrange(0, 9)}",
    "peg": lambda rng: f"{rng.uniform(0.9, 0.985):.3f}",
    "block": lambda rng: f"{rng.randrange(18_000_000, 24_000_000):,}",
    "chain": lambda rng: rng.choice(CHAINS),
}
