"""How a planted story is told: when its posts appear, who writes them, in which words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.sandbox.world import lines_story as lines
from bot.sandbox.world.chatter import Draft
from bot.sandbox.world.crowd import Author, Crowd, ring
from bot.sandbox.world.lines_reaction import reactions
from bot.sandbox.world.stories import Chapter, Planted
from bot.sandbox.world.writing import decorated, extended, fill

_STEP = timedelta(minutes=5)
_TALKATIVE = 0.85  # of the posts go on after the first sentence
_BURST_SECONDS = 420.0  # accounts that act together post at the start of every such stretch


class Teller:
    """Writes the posts of one story until `end`."""

    def __init__(
        self, story: Planted, rng: random.Random, crowds: Mapping[str, Crowd], *, end: datetime
    ) -> None:
        self._story = story
        self._rng = rng
        self._chance = np.random.default_rng(rng.getrandbits(63))
        self._crowds = crowds
        self._end = end
        self._ring = ring(rng, 7)
        self._whole = Chapter(story.slug, story.kind, story.name, story.tickers)
        self._version = f"{rng.randrange(2, 6)}.{rng.randrange(1, 9)}"

    def drafts(self) -> Iterator[Draft]:
        story = self._story
        for at in self._times(story.zh_share, timedelta(0)):
            yield self._draft(at, "zh")
        for at in self._times(1 - story.zh_share, timedelta(hours=story.en_lag_hours)):
            yield self._draft(at, "en")

    def _times(self, share: float, lag: timedelta) -> Iterator[float]:
        """A Poisson process that follows the story's rate."""
        steps = max(0, (self._end - self._story.onset) // _STEP)
        starts = [self._story.onset + step * _STEP for step in range(steps)]
        rates = [share * self._story.rate(start + _STEP / 2 - lag) for start in starts]
        counts = self._chance.poisson(np.array(rates) * (_STEP / timedelta(hours=1)))
        for start, count in zip(starts, counts, strict=True):
            for _ in range(int(count)):
                yield (start + self._rng.random() * _STEP).timestamp()

    def _draft(self, at: float, lang: str) -> Draft:
        story, rng = self._story, self._rng
        if rng.random() < story.bot_share:
            return self._together(at, lang)
        doubted = story.bot_share > 0
        mood = -0.4 if doubted else story.stance
        stance = round(min(1.0, max(-1.0, rng.gauss(mood, 0.3))), 1)
        told = self._chapter(at)
        text = self._text(f"{told.kind}_doubt" if doubted else told.kind, lang, stance, told)
        return Draft(
            at, self._crowds[lang].anyone(rng), text, lang, stance, rng.lognormvariate(0.7, 1.0), told.slug
        )

    def _chapter(self, at: float) -> Chapter:
        told = self._story.told(moment(at))
        if not told:
            return self._whole
        return self._rng.choices(told, [chapter.share for chapter in told])[0]

    def _together(self, at: float, lang: str) -> Draft:
        """One of the accounts that act together: at the same moment, in nearly the same words."""
        at = max(at - at % _BURST_SECONDS, self._story.onset.timestamp()) + self._rng.uniform(0, 40)
        author: Author = self._rng.choice(self._ring)
        line = self._rng.choice(self._bank(self._story.kind, lang))
        text = fill(line, self._rng, **self._names(self._whole))
        tail = self._rng.choice(("", " 🚀", " 🚀🚀", " 🔥", f" #{self._story.tickers[0]}"))
        return Draft(at, author, text + tail, lang, 0.9, 0.2, self._story.slug)

    def _text(self, kind: str, lang: str, stance: float, told: Chapter) -> str:
        line = fill(self._rng.choice(self._bank(kind, lang)), self._rng, **self._names(told))
        if self._rng.random() < _TALKATIVE:
            line = extended(line, fill(self._rng.choice(reactions(lang, stance)), self._rng), lang)
        return decorated(line, lang, self._rng)

    def _names(self, told: Chapter) -> dict[str, str]:
        tickers = " ".join(f"${ticker}" for ticker in told.tickers)
        return {"name": told.name, "tick": tickers, "ver": self._version}

    @staticmethod
    def _bank(kind: str, lang: str) -> tuple[str, ...]:
        return (lines.ZH if lang == "zh" else lines.EN)[kind]


def moment(at: float) -> datetime:
    """UNIX seconds as UTC, to the millisecond."""
    return datetime.fromtimestamp(round(at * 1000) / 1000, UTC)
