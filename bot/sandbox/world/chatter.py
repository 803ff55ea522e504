"""The ordinary noise: standing topics with a rhythm of the day, copies, price bots, an airdrop farm; on a
wild day of the market all topics are louder at once."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from bot.sandbox.world import lines_price as prices
from bot.sandbox.world.coins import COINS, Coin
from bot.sandbox.world.crowd import Author, Crowd, ring
from bot.sandbox.world.lines_reaction import reactions
from bot.sandbox.world.topics import THEMES, Theme
from bot.sandbox.world.writing import decorated, extended, fill, price

LANGUAGES = {"en": 0.75, "zh": 0.25}  # share of the ordinary posts
COPIED = 0.05  # of the ordinary posts repeat a recent one
_BUSY_HOUR = {"en": 16, "zh": 6}  # UTC
_BURSTINESS = 6.0  # shape of the hourly Gamma noise: smaller is burstier
_TALKATIVE = 0.6  # of the posts go on after the first sentence
_ADORNED = 0.35  # have something before or behind what they say
_HOUR = 3600.0
_MAX = 280  # characters of a post


class Draft(NamedTuple):
    """A post before it has an id and an audience."""

    at: float  # UNIX seconds
    author: Author
    text: str
    lang: str
    stance: float
    quality: float  # 1 = usual; multiplies the audience
    story: str | None = None


class Surge(NamedTuple):
    """From `begin` on all standing topics are `factor` times as loud, halving back to what is usual."""

    begin: datetime
    factor: float
    half_life_hours: float


class Noise:
    """Writes all ordinary posts of `hours` whole hours from `start` (UNIX seconds)."""

    def __init__(
        self, rng: random.Random, crowds: Mapping[str, Crowd], *, start: float, hours: int, volume: float,
        surges: Sequence[Surge] = (),
    ) -> None:  # fmt: skip
        self._rng = rng
        self._chance = np.random.default_rng(rng.getrandbits(63))
        self._crowds = crowds
        self._start = start
        self._hours = hours
        self._volume = volume
        self._swell = self._louder(surges)

    def drafts(self) -> Iterator[Draft]:
        for lang, share in LANGUAGES.items():
            for topic in (*COINS, *THEMES):
                for at in self._times(topic.per_hour * share * self._swell, lang):
                    text, stance = _said(topic, lang, self._rng)
                    yield Draft(
                        at, self._crowds[lang].someone(self._rng), text, lang, stance, self._quality()
                    )
        yield from self._price_bots()
        yield from self._farm()

    def _louder(self, surges: Sequence[Surge]) -> np.ndarray:
        """How many times as loud as usual each hour is."""
        swell = np.ones(self._hours)
        for surge in surges:
            since = np.arange(self._hours) - (surge.begin.timestamp() - self._start) / _HOUR
            fading = 0.5 ** (np.maximum(since, 0.0) / surge.half_life_hours)
            swell += np.where(since >= 0.0, (surge.factor - 1.0) * fading, 0.0)
        return swell

    def _times(self, per_hour: float | np.ndarray, lang: str) -> list[float]:
        hours = np.arange(self._hours)
        of_day = (self._start / _HOUR + hours) % 24
        rhythm = 1 + 0.55 * np.cos((of_day - _BUSY_HOUR[lang]) * math.tau / 24)
        noise = self._chance.gamma(_BURSTINESS, 1 / _BURSTINESS, self._hours)
        counts = self._chance.poisson(per_hour * self._volume * rhythm * noise)
        at = np.repeat(hours, counts) + self._chance.random(int(counts.sum()))
        return [float(moment) for moment in self._start + at * _HOUR]

    def _quality(self) -> float:
        return self._rng.lognormvariate(-0.3, 1.0)

    def _price_bots(self) -> Iterator[Draft]:
        """Two accounts that post the same three prices, over and over."""
        for bot in ring(self._rng, 2):
            for step in range(self._hours * 3 // 2):
                at = self._start + step * 2 * _HOUR / 3 + self._rng.uniform(0, 90)
                quotes = " | ".join(_quote(coin, self._rng) for coin in COINS[:3])
                yield Draft(at, bot, f"Price update: {quotes}", "en", 0.0, 0.05)

    def _farm(self) -> Iterator[Draft]:
        """Accounts that copy one airdrop text with another coin in it every half day."""
        accounts = ring(self._rng, 15)
        for at in self._times(5.0, "en"):
            campaign = random.Random(int(at / _HOUR / 12))  # the same for everyone for half a day
            line = fill(campaign.choice(_FARM), campaign, tick=f"${campaign.choice(COINS).ticker}")
            text = f"{line} {self._rng.choice(_FARM_END)}"
            yield Draft(at, self._rng.choice(accounts), text, "en", 0.8, 0.1)


_FARM = (
    "🎁 {tick} community airdrop is LIVE, first {n}00 wallets only. Follow, repost and drop your address",
    "🚀 Claim your free {tick} airdrop before it closes in {hour} hours. Like, repost, tag three friends",
    "Giveaway! {n} winners share {usd} in {tick}. Comment your wallet to join the airdrop",
)
_FARM_END = ("🔥", "🔥🔥", "✅", "Hurry!", "#airdrop", "#airdrop #giveaway", "GO GO GO", "💰💰")


def _quote(coin: Coin, rng: random.Random) -> str:
    return (
        f"#{coin.ticker} {price(coin.level * rng.lognormvariate(0, 0.02))} ({rng.uniform(-3, 3):+.1f}% 24h)"
    )


def _said(topic: Coin | Theme, lang: str, rng: random.Random) -> tuple[str, float]:
    """A text about the topic and its stance."""
    if isinstance(topic, Coin):
        return _about_price(topic, lang, rng)
    line = fill(rng.choice(topic.en if lang == "en" else topic.zh), rng)
    stance = _stance(topic.mood, rng)
    return _dressed(line, lang, stance, rng), stance


def _about_price(coin: Coin, lang: str, rng: random.Random) -> tuple[str, float]:
    mood = rng.choices((0.6, 0.0, -0.6), (0.4, 0.33, 0.27))[0]
    line = rng.choice(_BANKS[lang][mood])
    level = price(coin.level * rng.lognormvariate(0, 0.03))
    why = fill(rng.choice(prices.WHY_EN if lang == "en" else prices.WHY_ZH), rng, lvl=level)
    when = fill(rng.choice(prices.WHEN_EN), rng)
    text = fill(line, rng, tick=f"${coin.ticker}", lvl=level, why=why, when=when)
    stance = _stance(mood, rng)
    return _dressed(text, lang, stance, rng), stance


_BANKS = {
    "en": {0.6: prices.UP_EN, 0.0: prices.FLAT_EN, -0.6: prices.DOWN_EN},
    "zh": {0.6: prices.UP_ZH, 0.0: prices.FLAT_ZH, -0.6: prices.DOWN_ZH},
}


def _dressed(line: str, lang: str, stance: float, rng: random.Random) -> str:
    second = fill(rng.choice(reactions(lang, stance)), rng) if rng.random() < _TALKATIVE else ""
    text = extended(line, second, lang)
    return decorated(text, lang, rng) if rng.random() < _ADORNED else text


def _stance(mood: float, rng: random.Random) -> float:
    return round(min(1.0, max(-1.0, rng.gauss(mood, 0.3))), 1)


def copied(drafts: Iterable[Draft], crowds: Mapping[str, Crowd], rng: random.Random) -> Iterator[Draft]:
    """The drafts by time, a few of the ordinary ones replaced by copies of recent posts."""
    recent: dict[str, deque[Draft]] = {lang: deque(maxlen=60) for lang in LANGUAGES}
    for draft in sorted(drafts):
        original = rng.choice(recent[draft.lang]) if recent[draft.lang] else None
        if original and draft.story is None and rng.random() < COPIED:
            text = original.text + rng.choice(("", "", " 👀", " 🔁", " ⬆️"))
            author = crowds[draft.lang].anyone(rng)
            yield original._replace(at=draft.at, author=author, text=text[:_MAX], quality=draft.quality)
            continue
        recent[draft.lang].append(draft)
        yield draft
