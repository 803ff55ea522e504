"""Do new post ids look like ids X makes? Learned from the accepted ones, never from how X made them once.

The low 22 bits of a snowflake say which machine made the id and in which turn; nobody who invents ids gets
them right. What is usual there X may change any day, so a drift is a warning and drops nothing: soon the
new ways are the usual ones.

Real ids (2025, 13,000 posts): three of the bits are never set and two always, nine are set in half of the
ids, and the rest wander by the hour as X moves its load between machines. A test for equal shares alone
calls half of all batches strange; how far each bit wandered before has to be learned with its share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from core.models import Fact, Unit

LOW_BITS = 22
KNOWN = 200  # accepted ids, at least, to have learned anything
NEW = 30  # ids, at least, to judge
LEARNED = 2_000  # accepted ids worth handing in: the picture rolls on
STRENGTH = 3.0  # from which a drift is told: by chance once in a thousand batches
BLOCKS = 10  # at least so many are cut out of the known ids, where there are enough
DOUBT = 0.05  # the wandering is taken as large as its estimate allows with this error


class Drift(Fact):
    """New ids whose low bits are not those of earlier ones: the bit that tells most."""

    strength: float = Field(ge=0.0)  # −log10 of the chance that it is chance, all bits considered
    bit: int = Field(ge=0, lt=LOW_BITS)
    was: Unit  # share of the known ids that have it set
    now: Unit  # share of the new ones
    known: int
    new: int


def drift(recent: Sequence[str], new: Iterable[str]) -> Drift | None:
    """What is strange about newly accepted ids; None when nothing is, or there are too few to say.

    `recent` are accepted ids in the order of their time, either way. Ids known already say nothing new.
    Each bit is a Beta-binomial: its share is known as well as the known ids allow, less where it wandered
    from block to block of them. Of the 22 bits the strangest counts (Bonferroni).
    """
    known = set(recent)
    fresh = [id for id in dict.fromkeys(new) if id not in known]
    if len(recent) < KNOWN or len(fresh) < NEW:
        return None
    before, after = _bits(recent), _bits(fresh)
    share = (before.sum(axis=0) + 0.5) / (len(before) + 1)
    weight = 1 / (1 / (len(before) + 1) + _wandering(before, share, len(after)))
    chance = LOW_BITS * 2 * np.minimum(*_tails(after.sum(axis=0), len(after), share * weight, weight))
    bit = int(chance.argmin())
    strength = -np.log10(max(chance[bit], 1e-300))
    if strength < STRENGTH:
        return None
    return Drift(
        strength=strength,
        bit=bit,
        was=before[:, bit].mean(),
        now=after[:, bit].mean(),
        known=len(before),
        new=len(after),
    )


def _bits(ids: Sequence[str]) -> NDArray[np.int64]:
    """(ids, 22): 1 where the bit is set; column 0 is the lowest."""
    low = np.array([int(id) & ((1 << LOW_BITS) - 1) for id in ids], dtype=np.int64)
    return (low[:, None] >> np.arange(LOW_BITS)) & 1


def _wandering(bits: NDArray[np.int64], share: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """How far each bit's share wandered: the correlation of ids within a block, in [0, 1).

    Blocks are as long as the new batch where there are enough ids for that. Few blocks say little of their
    spread: it is taken at the upper end of its χ² interval.
    """
    from scipy.special import chdtri  # noqa: PLC0415 — the sender never needs it

    length = max(NEW, min(size, len(bits) // BLOCKS))
    blocks = len(bits) // length
    means = bits[: blocks * length].reshape(blocks, length, LOW_BITS).mean(axis=1)
    spread = means.var(axis=0, ddof=1) * (blocks - 1) / chdtri(blocks - 1, 1 - DOUBT)
    excess = (spread / (share * (1 - share)) - 1 / length) / (1 - 1 / length)
    return np.asarray(np.clip(excess, 0.0, 0.999))


def _tails(
    hits: NDArray[np.int64], n: int, a: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(X ≤ hits) and P(X ≥ hits) for X ~ BetaBinomial(n, a, weight − a), bit by bit."""
    from scipy.special import betaln, gammaln, logsumexp  # noqa: PLC0415 — the sender never needs it

    k = np.arange(n + 1)[:, None]
    b = weight - a
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    log = choose + betaln(k + a, n - k + b) - betaln(a, b)
    return (
        np.exp(logsumexp(np.where(k <= hits, log, -np.inf), axis=0)),
        np.exp(logsumexp(np.where(k >= hits, log, -np.inf), axis=0)),
    )
