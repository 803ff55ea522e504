"""Arrays of records: sorted by narrative and time, united, searched and copied whole.

Every kind of fact of the log (`log.py`) is one such array. Its order is by all columns as they stand, so that
the same rows make the same array, bit for bit.

>>> kind = np.dtype([("narrative", "<i8"), ("at", "<i8")])
>>> known, added = (ordered(np.array(rows, kind)) for rows in ([(2, 5), (1, 7)], [(1, 9), (1, 3)]))
>>> together([known, added]).tolist()
[(1, 3), (1, 7), (1, 9), (2, 5)]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.signals.gamma import Bools

Ints = NDArray[np.int64]
Rows = NDArray[Any]  # structured


def runs(values: Rows) -> Ints:
    """Where each run of equal values begins."""
    changes: Bools = np.ones(len(values), dtype=bool)
    changes[1:] = values[1:] != values[:-1]
    return np.flatnonzero(changes)


def where(rows: Rows, kept: Bools) -> Rows:
    """The rows that are kept; nothing is copied where all are."""
    return rows if kept.all() else np.compress(kept, sealed(rows)).view(rows.dtype)


def sealed(rows: Rows) -> Rows:
    """The same rows as bytes without fields: copied whole, where a record is copied field by field."""
    return rows.view(f"V{rows.dtype.itemsize}")


def picked(rows: Rows, places: Ints) -> Rows:
    """The rows at these places, in their order."""
    return np.take(sealed(rows), places).view(rows.dtype)


def among(values: Rows, known: Rows) -> Ints:
    """Where each value stands in the sorted `known`, −1 if it does not."""
    place = np.searchsorted(known, values)
    if len(known):
        place[place == len(known)] = 0
        return np.where(known[place] == values, place, -1)
    return np.full(len(values), -1)


def among_runs(values: Rows, known: Rows) -> Ints:
    """The same for values that come in runs, as a log's narratives do: each run is looked up once."""
    starts = runs(values)
    return np.repeat(among(values[starts], known), np.diff(starts, append=len(values)))


def together(parts: Sequence[Rows]) -> Rows:
    """Sorted parts as one: a turn's few are set into those known, many are sorted anew."""
    known, *added = sorted((rows for rows in parts if len(rows)), key=len, reverse=True) or parts[:1]
    if not added:
        return known
    places = _places(known, added[0]) if len(added) == 1 else None
    if places is None:
        return ordered(np.concatenate([sealed(rows) for rows in (known, *added)]).view(known.dtype))
    return np.insert(sealed(known), places, sealed(added[0])).view(known.dtype)


def _places(known: Rows, added: Rows) -> Ints | None:
    """Before which of the known rows each added one belongs; None if narrative and time do not tell."""
    narratives, at = np.ascontiguousarray(known["narrative"]), added["at"]
    low, high = (np.searchsorted(narratives, added["narrative"], side) for side in ("left", "right"))
    ends = high
    while (apart := low < high).any():
        middle = (low + high) // 2
        earlier = known["at"][np.where(apart, middle, 0)] < at
        low, high = np.where(apart & earlier, middle + 1, low), np.where(apart & ~earlier, middle, high)
    tied = (low < ends) & (known["at"][np.minimum(low, len(known) - 1)] == at)
    return None if tied.any() else low


def ordered(rows: Rows) -> Rows:
    """By all columns in their order; appending little to much that is sorted costs little."""
    narratives, at = (np.ascontiguousarray(rows[name]) for name in ("narrative", "at"))
    rank = among_runs(narratives, np.unique(narratives[runs(narratives)]))
    age = at - at.min(initial=2**62)
    key = rank * (int(age.max(initial=0)) + 1) + age  # 10⁵ narratives × 180 days of microseconds fit
    order = np.argsort(key, kind="stable")
    equal = np.diff(key[order]) == 0
    if equal.any():
        tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
        among = order[tied]
        columns = [rows[name][among] for name in reversed(rows.dtype.names or ())]
        order[tied] = among[np.lexsort([*columns, key[among]])]
    return picked(rows, order)


def once(rows: Rows) -> Rows:
    """Sorted rows without repetitions."""
    if len(runs(rows[["narrative", "at"]])) == len(rows):
        return rows
    return picked(rows, runs(rows))
