"""Partial: a measure that breaks takes no other with it, and says that it broke.

Every measure is attempted by itself. One that raises is neutral for all narratives; one that is not a
finite number for some is neutral for those. `broken` says which [N] of which; the signal then carries
`inputs_ok = False` and the reason, and everything else is as it would have been. Source: `signals.md` 4
(signal, inputs_ok).

>>> partial = Partial(rows=2)
>>> partial.attempt("odd", lambda: np.array([0.7, np.nan]), neutral=np.full(2, 0.5)).tolist()
[0.7, 0.5]
>>> partial.attempt("worse", lambda: np.linalg.inv(np.zeros((2, 2))), neutral=np.zeros(2)).tolist()
[0.0, 0.0]
>>> {name: rows.tolist() for name, rows in partial.broken.items()}
{'odd': [False, True], 'worse': [True, True]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np

from core.signals.gamma import Bools

Found = TypeVar("Found")


@dataclass
class Partial:
    """What broke so far, by measure, over `rows` narratives."""

    rows: int
    broken: dict[str, Bools] = field(default_factory=dict)

    def attempt(self, name: str, compute: Callable[[], Found], neutral: Found) -> Found:
        """What `compute` finds, with `neutral` rows where it is no number; all of `neutral` if it raises.

        Both are an array [N], or a dataclass, tuple or mapping of those.
        """
        try:
            found = compute()
            bad = ~np.logical_and.reduce([np.isfinite(column) for column in _columns(found)])
        except Exception:  # whatever it is: the other measures are worth having without this one
            self.add(name, np.ones(self.rows, dtype=bool))
            return neutral
        if not bad.any():
            return found
        self.add(name, bad)
        return cast(Found, _mended(found, neutral, bad))

    def attempt_one(self, name: str, row: int, compute: Callable[[], Found], neutral: Found) -> Found:
        """What `compute` finds for one narrative, or `neutral` if it raises."""
        try:
            return compute()
        except Exception:  # as above
            self.add(name, np.arange(self.rows) == row)
            return neutral

    def add(self, name: str, rows: Bools) -> None:
        """Say of these narratives [N] that the measure broke."""
        self.broken[name] = self.broken.get(name, np.zeros(self.rows, dtype=bool)) | rows

    def failed(self, name: str, row: int) -> bool:
        """Whether this measure of this narrative broke."""
        return name in self.broken and bool(self.broken[name][row])

    def counts(self) -> dict[str, int]:
        """For how many narratives each measure broke."""
        return {name: int(rows.sum()) for name, rows in sorted(self.broken.items())}


def _columns(found: Any) -> list[Any]:
    """All arrays in it."""
    if isinstance(found, np.ndarray):
        return [found]
    return [column for part in _parts(found).values() for column in _columns(part)]


def _parts(found: Any) -> dict[Any, Any]:
    if is_dataclass(found):
        return {f.name: getattr(found, f.name) for f in fields(found)}
    return dict(found) if isinstance(found, Mapping) else dict(enumerate(found))


def _mended(found: Any, neutral: Any, bad: Bools) -> Any:
    if isinstance(found, np.ndarray):
        return np.where(bad, neutral, found)
    others = _parts(neutral)
    parts = {name: _mended(part, others[name], bad) for name, part in _parts(found).items()}
    if is_dataclass(found) and not isinstance(found, type):
        return replace(found, **parts)
    return parts if isinstance(found, Mapping) else tuple(parts.values())
