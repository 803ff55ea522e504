"""Crossings: which narratives are beyond which value, so that a crossing is told once a visit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models.rules import Crossing
from storage import dialects
from storage.tables import crossings

Key = tuple[str, str]  # condition, narrative id
_PAIRS = 400  # keys in one statement


async def read(c: AsyncConnection) -> dict[Key, Crossing]:
    """What the last turn left."""
    rows = (await c.execute(select(crossings))).mappings()
    return {(row["condition"], row["narrative_id"]): Crossing(**row) for row in rows}


async def replace(c: AsyncConnection, before: Mapping[Key, Crossing], after: Mapping[Key, Crossing]) -> None:
    """Leave for the next turn what `after` says, where `before` is what `read` gave."""
    gone = [key for key in before if key not in after]
    for i in range(0, len(gone), _PAIRS):
        pair = tuple_(crossings.c.condition, crossings.c.narrative_id)
        await c.execute(delete(crossings).where(pair.in_(gone[i : i + _PAIRS])))
    rows = [state.model_dump() for key, state in after.items() if before.get(key) != state]
    if rows:
        statement = dialects.insert(c, crossings)
        changed = {name: statement.excluded[name] for name in ("since", "released")}
        await c.execute(
            statement.on_conflict_do_update(index_elements=["condition", "narrative_id"], set_=changed), rows
        )
