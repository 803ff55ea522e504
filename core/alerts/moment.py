"""What is known at one moment, as columns over narratives: what rules are evaluated on.

Every column is made once, when a rule first asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.alerts.measures import read
from core.alerts.params import AlertParams
from core.models import Narrative, Phase, Score
from core.models.rules import SPANS, Measure, Scope, Span
from core.narratives.merging import survivor
from core.text import CJK, normalise
from core.trending import places

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T")
SLACK = timedelta(hours=2)  # how much older than asked a value "4 h ago" may be
_FAR = 1 << 30  # a place nobody has


class Moment:
    """The narratives of one turn with their scores now, a turn ago and some hours ago."""

    def __init__(
        self,
        narratives: Sequence[Narrative],
        scores: Mapping[str, Score],
        *,
        now: datetime,
        before: Mapping[str, Score] | None = None,
        ago: Mapping[Span, Mapping[str, Score]] | None = None,
        said: Mapping[str, str] | None = None,
        waiting: Set[str] = frozenset(),
        redirects: Mapping[str, str] | None = None,
        params: AlertParams | None = None,
    ) -> None:
        """`before`: the whole ranking of the turn before; `ago`: rankings of about so long ago; `said`: what
        posts found since the turn before say, by narrative; `waiting`: narratives held for confirmation
        lately; `redirects`: merged narrative → the one it leads to. Narratives without a score are left out.
        """
        self.narratives = [n for n in narratives if n.id in scores]
        self.ids = [n.id for n in self.narratives]
        self.now = now
        self.params = params or AlertParams()
        self.scores = [scores[id] for id in self.ids]
        self.row = {id: row for row, id in enumerate(self.ids)}
        self._every = scores
        self._before = dict(before or {})
        self._ago = {span: _near(rows, now - SPANS[span]) for span, rows in (ago or {}).items()}
        self._said = {id: normalise(text) for id, text in (said or {}).items() if text}
        self._redirects = redirects or {}
        self.waiting: Bools = np.array([id in waiting for id in self.ids], dtype=bool)
        self._made: dict[object, object] = {}

    def values(self, measure: Measure, window: Span | None = None, ago: Span | None = None) -> Floats:
        """A measure of every narrative now, or so long ago; NaN = not known."""
        rows = self._every if ago is None else self._ago.get(ago, {})
        return self._once(("values", measure, window, ago), lambda: self._column(rows, measure, window))

    def values_before(self, measure: Measure, window: Span | None = None) -> Floats:
        """A measure of every narrative a turn ago; NaN = not known."""
        return self._once(("before", measure, window), lambda: self._column(self._before, measure, window))

    def places(self, window: Span | None) -> npt.NDArray[np.int64]:
        """Places in the list, of all that are listed."""
        return self._once(("places", window), lambda: self._places(self._every, window))

    def places_before(self, window: Span | None) -> npt.NDArray[np.int64] | None:
        """Places a turn ago; None: there was no list."""
        if not self._before:
            return None
        return self._once(("places before", window), lambda: self._places(self._before, window))

    def phases_before(self) -> list[Phase | None]:
        """Phases a turn ago, None where there was no score."""
        found = (self._before.get(id) for id in self.ids)
        return [score.phase if score else None for score in found]

    def saying(self, text: str) -> tuple[Bools, Bools]:
        """Which narratives' new posts contain the words, and which have new posts at all."""
        return self._once(("saying", text), lambda: self._saying(text))

    def members(self, scope: Scope) -> frozenset[int] | None:
        """Rows a scope means; None: all of them. Watchlists are the chat's: unite the members of its entries.

        An id that was merged away means the narrative it leads to.
        """
        if scope.kind == "everything":
            return None
        return self._once(
            ("scope", scope.kind, scope.name, scope.narrative_id), lambda: frozenset(self._rows(scope))
        )

    def followed(self, narrative_id: str) -> str:
        """The id a narrative goes by now."""
        return survivor(narrative_id, self._redirects)

    def _rows(self, scope: Scope) -> Iterable[int]:
        return (row for row, n in enumerate(self.narratives) if means(scope, n, self.followed))

    def _column(self, rows: Mapping[str, Score], measure: Measure, window: Span | None) -> Floats:
        found = (rows.get(id) for id in self.ids)
        return np.array([read(s, measure, window) if s else np.nan for s in found], dtype=np.float64)

    def _places(self, rows: Mapping[str, Score], window: Span | None) -> npt.NDArray[np.int64]:
        listed = places(rows.values(), window) if window else {id: s.rank for id, s in rows.items()}
        return np.array([listed.get(id, _FAR) for id in self.ids], dtype=np.int64)

    def _saying(self, text: str) -> tuple[Bools, Bools]:
        pattern = spoken(text)
        texts = [self._said.get(id) for id in self.ids]
        return (
            np.array([bool(t and pattern.search(t)) for t in texts], dtype=bool),
            np.array([t is not None for t in texts], dtype=bool),
        )

    def _once(self, key: object, make: Callable[[], T]) -> T:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[return-value]


def _near(rows: Mapping[str, Score], wanted: datetime) -> dict[str, Score]:
    """Scores that are old enough to be compared with, and not much older."""
    return {id: score for id, score in rows.items() if wanted - SLACK <= score.as_of <= wanted}


def spoken(text: str) -> re.Pattern[str]:
    """Finds words in a normalised text: as whole words, in Chinese and its like as characters."""
    wanted = re.escape(normalise(text) or text.lower())
    if re.search(f"[{CJK}]", text):
        return re.compile(wanted)
    return re.compile(rf"(?<!\w){wanted}(?!\w)")


def means(scope: Scope, narrative: Narrative, followed: Callable[[str], str]) -> bool:
    """Whether a scope means this narrative; `followed` gives the id a narrative goes by now."""
    if scope.narrative_id is not None:
        return followed(scope.narrative_id) == narrative.id
    if scope.kind == "token":
        return scope.name in narrative.tickers
    return scope.kind == "everything" or (scope.kind == "topic" and concerns(scope.name, narrative))


def concerns(topic: str, narrative: Narrative) -> bool:
    """Whether a narrative is about a topic: its title, terms, tickers or slug have all the topic's words."""
    told = normalise(
        " ".join([narrative.title, *narrative.terms, *narrative.tickers, narrative.slug.replace("-", " ")])
    )
    return all(spoken(word).search(told) for word in normalise(topic).split())
