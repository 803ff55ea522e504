"""Turns as they were known then: rankings, names, merges and what held all of them, to be looked at again."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.alerts import confirmation
from core.alerts.preview import Turn
from core.models import Narrative, Score
from core.signals.common import Common
from storage import dialects
from storage import narratives as narrative_rows
from storage.posts import HAS_TEXT, SOURCE
from storage.tables import cycles, decisions, mentions, narrative_versions, posts, scores

_CALLED = ("slug", "title", "tickers", "terms", "earliest_post_at", "redirect_to")
_INSTANT = timedelta(microseconds=1)
_VERSION = [narrative_versions.c[name] for name in ("narrative_id", "at", *_CALLED)]


async def note(
    c: AsyncConnection, cycle_id: str, at: datetime, common: Common | None, changed: Collection[Narrative]
) -> None:
    """Write down what else a turn knew: a common move, and what narratives are called and lead to now.

    `changed` may hold narratives that are called as before: they get no new version.
    """
    if common is not None:
        moved = common.model_dump(mode="json")
        await c.execute(update(cycles).where(cycles.c.id == cycle_id).values(common=moved))
    newest = await _newest(c, [narrative.id for narrative in changed])
    rows = [{"narrative_id": n.id, "at": at, **n.model_dump(include=set(_CALLED))} for n in changed]
    fresh = [row for row in rows if newest.get(row["narrative_id"]) != _called(row)]
    if fresh:
        await c.execute(dialects.insert(c, narrative_versions).on_conflict_do_nothing(), fresh)


async def _newest(c: AsyncConnection, ids: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for chunk in dialects.chunks(ids):
        last = (
            select(narrative_versions.c.narrative_id, func.max(narrative_versions.c.at).label("at"))
            .where(narrative_versions.c.narrative_id.in_(chunk))
            .group_by(narrative_versions.c.narrative_id)
            .subquery()
        )
        same = (last.c.narrative_id == narrative_versions.c.narrative_id) & (
            last.c.at == narrative_versions.c.at
        )
        rows = (await c.execute(select(*_VERSION).join(last, same))).mappings()
        found |= {row["narrative_id"]: _called(dict(row)) for row in rows}
    return found


def _called(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(tuple(v) if isinstance(v := row[name], list) else v for name in _CALLED)


class Names:
    """What every narrative was called at any time, and which had been merged."""

    def __init__(
        self, known: Mapping[str, Narrative], versions: Mapping[str, Sequence[tuple[datetime, Narrative]]]
    ) -> None:
        self._known, self._versions = known, versions
        self._merged = [id for id, narrative in known.items() if narrative.redirect_to]

    def at(self, narrative_id: str, when: datetime) -> Narrative | None:
        """The narrative as it was then: before its first version as in that; None: unknown."""
        versions = self._versions.get(narrative_id)
        if not versions:
            return self._known.get(narrative_id)
        return versions[max(0, bisect_right(versions, when, key=itemgetter(0)) - 1)][1]

    def redirects(self, when: datetime) -> dict[str, str]:
        """Narratives merged by then: id → the id it leads to."""
        then = {id: self.at(id, when) for id in self._merged}
        return {id: n.redirect_to for id, n in then.items() if n is not None and n.redirect_to}


async def names(c: AsyncConnection) -> Names:
    """Everything any narrative was ever called."""
    known = await narrative_rows.every(c)
    versions: dict[str, list[tuple[datetime, Narrative]]] = defaultdict(list)
    rows = await c.execute(
        select(*_VERSION).order_by(narrative_versions.c.narrative_id, narrative_versions.c.at)
    )
    for row in rows.mappings():
        called = dict(zip(_CALLED, _called(dict(row)), strict=True))
        versions[row["narrative_id"]].append(
            (row["at"], known[row["narrative_id"]].model_copy(update=called))
        )
    return Names(known, versions)


class Stored(NamedTuple):
    """One turn as it is stored; `turn` reads it, which takes a while where there are many."""

    cycle_id: str
    at: datetime
    common: Any
    rankings: Sequence[str]  # scores as JSON
    said: Mapping[str, str]
    held: frozenset[str]

    def turn(self, named: Names) -> Turn:
        """The turn with everything as it was known then."""
        ranked = [Score.model_validate_json(payload) for payload in self.rankings]
        called = {score.narrative_id: named.at(score.narrative_id, self.at) for score in ranked}
        return Turn(
            self.cycle_id, self.at,
            scores=[score for score in ranked if called[score.narrative_id]],
            narratives={id: narrative for id, narrative in called.items() if narrative},
            redirects=named.redirects(self.at), said=self.said, held=self.held,
            common=Common.model_validate(self.common) if self.common else None,
        )  # fmt: skip


async def read(c: AsyncConnection, *, since: datetime, until: datetime, said: bool) -> list[Stored]:
    """The turns in [since, until), in order; with what new posts said only where it is asked for."""
    then = cycles.c.known_at >= since, cycles.c.known_at < until
    turns = await c.execute(
        select(cycles.c.id, cycles.c.known_at, cycles.c.common).where(*then).order_by(cycles.c.known_at)
    )
    rankings: dict[str, list[str]] = defaultdict(list)
    ranked = (
        select(scores.c.cycle_id, scores.c.payload)
        .where(scores.c.as_of >= since, scores.c.as_of < until)
        .order_by(scores.c.as_of, scores.c.rank, scores.c.narrative_id)
    )
    for row in await c.execute(ranked):
        rankings[row.cycle_id].append(row.payload)
    held = await _held(c, since, until)
    spoken = await _said(c, since, until) if said else {}
    return [
        Stored(id, at, common, rankings[id], spoken.get(at, {}), frozenset(held.get(id, ())))
        for id, at, common in turns
    ]


async def _held(c: AsyncConnection, since: datetime, until: datetime) -> dict[str, set[str]]:
    query = select(decisions.c.cycle_id, decisions.c.narrative_id).where(
        decisions.c.reason == confirmation.REASON, decisions.c.at >= since, decisions.c.at < until
    )
    held: dict[str, set[str]] = defaultdict(set)
    for row in await c.execute(query.distinct()):
        held[row.cycle_id].add(row.narrative_id)
    return held


async def said(c: AsyncConnection, at: datetime) -> dict[str, str]:
    """What posts say that nobody had found before the turn of that moment, by narrative."""
    return (await _said(c, at, at + _INSTANT)).get(at, {})


async def _said(c: AsyncConnection, since: datetime, until: datetime) -> dict[datetime, dict[str, str]]:
    """What posts say that were new then, by moment and narrative, as far as their texts are kept."""
    query = (
        select(mentions.c.known_at, mentions.c.narrative_id, posts.c.text)
        .join(posts, (posts.c.source == SOURCE) & (posts.c.id == mentions.c.post_id))
        .where(posts.c.known_at == mentions.c.known_at, HAS_TEXT)
        .where(posts.c.known_at >= since, posts.c.known_at < until)
        .order_by(mentions.c.narrative_id, mentions.c.post_id)
    )
    found: dict[datetime, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for at, narrative_id, text in await c.execute(query):
        found[at][narrative_id].append(text)
    return {at: {id: "\n".join(texts) for id, texts in of.items()} for at, of in found.items()}


__all__ = ["Names", "Stored", "names", "note", "read", "said"]
