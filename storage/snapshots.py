"""The disposable snapshot: what is known of each narrative as bytes, so that a restart need not read the log.

It is written in the transaction that writes the log, under a stamp: the hash of the parameters and layout it
was made with, and the cycle it knows of. Under any other stamp it is worth nothing, and the log is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialects
from storage.tables import snapshots

_STAMP = ""  # the row that says what the others are worth: no narrative has this id


async def known(c: AsyncConnection, params_hash: str) -> str | None:
    """The cycle the snapshot knows of; None where there is none under these parameters."""
    query = select(snapshots.c.cycle_id).where(
        snapshots.c.narrative_id == _STAMP, snapshots.c.params_hash == params_hash
    )
    return (await c.execute(query)).scalar_one_or_none()


async def load(c: AsyncConnection, params_hash: str, narrative_ids: Iterable[str]) -> dict[str, bytes]:
    """The pages of these narratives, as far as there are any under these parameters."""
    found: dict[str, bytes] = {}
    for chunk in dialects.chunks(narrative_ids):
        query = select(snapshots.c.narrative_id, snapshots.c.page).where(
            snapshots.c.narrative_id.in_(chunk), snapshots.c.params_hash == params_hash
        )
        found |= {row.narrative_id: row.page for row in await c.execute(query)}
    return found


async def save(
    c: AsyncConnection, params_hash: str, cycle_id: str, pages: Mapping[str, bytes], *, held: Set[str]
) -> None:
    """Put these pages in the place of older ones: now the snapshot knows of this cycle.

    Only the narratives that are `held` in mind keep a page: nobody would tell the others' what happens.
    """
    stored = set((await c.execute(select(snapshots.c.narrative_id))).scalars())
    for chunk in dialects.chunks(stored - held - {_STAMP}):
        await c.execute(delete(snapshots).where(snapshots.c.narrative_id.in_(chunk)))
    rows = [
        {"narrative_id": id, "params_hash": params_hash, "cycle_id": cycle_id, "page": page}
        for id, page in [(_STAMP, b""), *sorted(pages.items())]
    ]
    statement = dialects.insert(c, snapshots)
    changed = {name: statement.excluded[name] for name in ("params_hash", "cycle_id", "page")}
    await c.execute(statement.on_conflict_do_update(index_elements=["narrative_id"], set_=changed), rows)
