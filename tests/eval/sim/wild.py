"""What the month holds beside its stories, as often as X has it: bought breakouts and wild days.

- One bought breakout for each story. Of 182,105 accounts that wrote of 18 coins in 2019–2023 almost half
  acted together, and about half of the talk of coins they pushed was not genuine (Network Contagion Research
  Institute, 2023). Each is a pump of the ordinary kind with a name, a loudness and a share of bought posts of
  its own.
- Four wild days in thirty, on which all standing topics are 2 to 4 times as loud: how often bitcoin moved by
  5 % within a day (hourly prices 2024-06 … 2025-12). How much louder the talk is then is an assumption.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.sandbox.world import Planted, Surge, invented

BOUGHT = 1.0  # for each story
WILD_DAYS = 4 / 30
_HOUR = timedelta(hours=1)


def pumps(stories: Sequence[Planted], *, seed: int, start: datetime, days: int) -> Iterator[Planted]:
    """Bought breakouts at any time, so that there are `BOUGHT` of them for each story with those planted."""
    rng = random.Random(f"{seed}/pumps")
    used = {ticker for story in stories for ticker in story.tickers}
    planted = sum(story.bot_share > 0 for story in stories)
    missing = round(BOUGHT * (len(stories) - planted)) - planted
    while missing > 0:
        name = invented(rng)
        if name[:4].upper() not in used:
            used.add(name[:4].upper())
            missing -= 1
            yield _pump(name, start + rng.uniform(0, 24 * days) * _HOUR, rng)


def _pump(name: str, onset: datetime, rng: random.Random) -> Planted:
    ticker = name[:4].upper()
    return Planted(
        slug=f"pump-{ticker.lower()}", title=f"{name} coordinated pump", kind="pump", name=name,
        tickers=(ticker,), onset=onset, shape="spike", peak_per_hour=rng.uniform(18, 60),
        half_life_hours=rng.uniform(2, 6), stance=0.9, zh_share=0.1, bot_share=rng.uniform(0.6, 0.95),
    )  # fmt: skip


def surges(*, seed: int, start: datetime, days: int) -> tuple[Surge, ...]:
    """The wild days, each from any hour on."""
    rng = random.Random(f"{seed}/surges")
    begins = sorted(rng.uniform(0, 24 * days) for _ in range(round(WILD_DAYS * days)))
    return tuple(Surge(start + at * _HOUR, rng.uniform(2, 4), rng.uniform(3, 8)) for at in begins)
