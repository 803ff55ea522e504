"""Which posts are no talk about anything: price bots, airdrop farms, scams.

The rules come first, because they can be read. The model judges only what baits its reader and is written in
English, the language it learned; it is believed from a probability on that hardly any harmless post reaches
(1 in 500 of the labelled ones). In doubt a post is talk.

>>> kinds(["Prices: #BTC 97.1k (+1.2% 24h) | #ETH 3,612 (-0.4% 24h)", "Fees on the chain are down again"])
['price bot', None]
"""

from __future__ import annotations

from collections.abc import Sequence

from core.junk import model, rules
from core.models import Junk
from core.text import language, normalise

SURE = 0.95


def kinds(texts: Sequence[str]) -> list[Junk | None]:
    """The kind of each text; None for talk."""
    plain = [normalise(text) for text in texts]
    found: list[Junk | None] = [_by_rule(each) for each in plain]
    doubtful = [
        i
        for i, kind in enumerate(found)
        if kind is None and rules.baits(plain[i]) and language(texts[i]) == "en"
    ]
    if doubtful:
        for i, chance in zip(doubtful, model.chances([texts[i] for i in doubtful]), strict=True):
            found[i] = "scam" if chance >= SURE else None
    return found


def _by_rule(plain: str) -> Junk | None:
    if rules.farms(plain):
        return "airdrop farm"
    return "price bot" if rules.lists_prices(plain) else None
