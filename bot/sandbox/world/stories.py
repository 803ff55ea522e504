"""The planted stories: what breaks out when, how fast, how loudly. All names and tickers are invented."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal, NamedTuple

Kind = Literal["drain", "listing", "points", "pump", "bridge", "agents", "depeg", "launch"]
Shape = Literal["spike", "ramp", "hump"]
_RISE: dict[Shape, tuple[float, float]] = {"spike": (0.75, 1.0), "ramp": (8.0, 2.0), "hump": (14.0, 1.5)}
_GAP_HOURS = 13.0  # between two stories once the opening cast has played


class Chapter(NamedTuple):
    """How a story is told from a certain hour on; `slug` names the story its posts truly tell then."""

    slug: str
    kind: Kind
    name: str
    tickers: tuple[str, ...]
    share: float = 1.0  # of the posts, among the chapters of the same time
    begins: float = 0.0  # hours after the onset
    ends: float = math.inf


@dataclass(frozen=True, slots=True)
class Planted:
    """The ground truth of one story. Rates are expected posts an hour, all languages together."""

    slug: str
    title: str
    kind: Kind
    name: str  # of the project, as posts write it
    tickers: tuple[str, ...]  # without the $
    onset: datetime  # no post is older
    shape: Shape
    peak_per_hour: float
    half_life_hours: float  # of the decline after the peak
    stance: float  # mean of its posts, −1 … 1
    zh_share: float = 0.25
    bot_share: float = 0.0  # of its posts come from a handful of accounts with near-identical texts
    en_lag_hours: float = 0.0  # the English half starts this much later
    chapters: tuple[Chapter, ...] = ()  # none: it is told as itself from its onset on
    returns_hours: float | None = None  # after the onset it breaks out once more, in the same way

    @property
    def peak_at(self) -> datetime:
        return self.onset + timedelta(hours=_RISE[self.shape][0])

    def rate(self, at: datetime) -> float:
        """Expected posts an hour at that moment, without the lag: rise by its shape, then halve and halve."""
        hours = (at - self.onset) / timedelta(hours=1)
        again = 0.0 if self.returns_hours is None else self._wave(hours - self.returns_hours)
        return self._wave(hours) + again

    def told(self, at: datetime) -> list[Chapter]:
        """The chapters of that moment."""
        hours = (at - self.onset) / timedelta(hours=1)
        return [chapter for chapter in self.chapters if chapter.begins <= hours < chapter.ends]

    def _wave(self, hours: float) -> float:
        rise, power = _RISE[self.shape]
        if hours < 0:
            return 0.0
        if hours < rise:
            return self.peak_per_hour * float((hours / rise) ** power)
        return self.peak_per_hour * float(0.5 ** ((hours - rise) / self.half_life_hours))


@dataclass(frozen=True, slots=True)
class _Part:
    kind: Kind
    name: str
    ticker: str
    onset_hours: float
    peak: float


_CAST = (
    _Part("drain", "Nimbara", "NMBR", 9.4, 55),
    _Part("listing", "Velumex", "VLMX", 21.0, 35),
    _Part("points", "Tesqua", "TSQA", 30.2, 24),
    _Part("pump", "Grolix", "GRLX", 41.5, 30),
    _Part("bridge", "Quarlen", "QRLN", 52.3, 60),
    _Part("agents", "Lumorix", "LMRX", 60.1, 30),
    _Part("depeg", "Ostrel", "OSTD", 71.6, 45),
    _Part("launch", "玄翎链", "XULN", 82.8, 32),
)


class _Nature(NamedTuple):
    """What all stories of a kind have in common."""

    title: str
    shape: Shape
    half_life_hours: float
    stance: float
    zh_share: float = 0.25
    bot_share: float = 0.0
    en_lag_hours: float = 0.0


_NATURES: dict[Kind, _Nature] = {
    "drain": _Nature("{name} wallet drained", "spike", 5, -0.7, zh_share=0.2),
    "listing": _Nature("{name} listing on Harbrix", "spike", 4, 0.7, zh_share=0.3),
    "points": _Nature("{name} perps points season", "ramp", 18, 0.4, zh_share=0.35),
    "pump": _Nature("{name} coordinated pump", "spike", 3, 0.9, zh_share=0.1, bot_share=0.85),
    "bridge": _Nature("{name} bridge exploit", "spike", 6, -0.8, zh_share=0.2),
    "agents": _Nature("{name} AI agents", "hump", 16, 0.5),
    "depeg": _Nature("{name} dollar depeg rumour", "spike", 5, -0.5, zh_share=0.3),
    "launch": _Nature("{name} mainnet launch", "ramp", 10, 0.4, zh_share=0.8, en_lag_hours=5),
}


def schedule(*, seed: int, start: datetime, days: float) -> tuple[Planted, ...]:
    """The stories that begin within `days` from `start`: the opening cast, then new ones with drawn names."""
    begun = takewhile(lambda part: part.onset_hours < days * 24, _parts(random.Random(seed)))
    return tuple(_planted(part, start) for part in begun)


def _parts(rng: random.Random) -> Iterator[_Part]:
    yield from _CAST
    onset, turn, used = _CAST[-1].onset_hours, 0, {part.ticker for part in _CAST}
    while True:
        onset += _GAP_HOURS * rng.uniform(0.7, 1.3)
        name = invented(rng)
        ticker = name[:4].upper()
        if ticker not in used:
            used.add(ticker)
            yield _Part(_CAST[turn % len(_CAST)].kind, name, ticker, onset, round(rng.uniform(18, 60)))
            turn += 1


def invented(rng: random.Random) -> str:
    """A project's name that means nothing."""
    heads = (
        "Bra",
        "Cel",
        "Dro",
        "Fen",
        "Gor",
        "Hal",
        "Jun",
        "Kre",
        "Mur",
        "Nol",
        "Pra",
        "Sil",
        "Tro",
        "Vor",
        "Zel",
    )
    middles = ("va", "lo", "ni", "ke", "ru", "mi", "so", "ta", "qui", "dra")
    tails = ("nix", "lor", "tis", "vex", "rum", "sol", "dax", "phin", "gar", "mont")
    return rng.choice(heads) + rng.choice(middles) + rng.choice(tails)


def _planted(part: _Part, start: datetime) -> Planted:
    nature = _NATURES[part.kind]
    return Planted(
        slug=f"{part.kind}-{part.ticker.lower()}",
        title=nature.title.format(name=part.name),
        kind=part.kind,
        name=part.name,
        tickers=(part.ticker,),
        onset=start + timedelta(hours=part.onset_hours),
        shape=nature.shape,
        peak_per_hour=part.peak,
        half_life_hours=nature.half_life_hours,
        stance=nature.stance,
        zh_share=nature.zh_share,
        bot_share=nature.bot_share,
        en_lag_hours=nature.en_lag_hours,
    )
