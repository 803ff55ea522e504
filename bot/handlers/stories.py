"""Which story a person means: an exact name, or what comes close."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Narrative
from storage import narratives


async def exact(c: AsyncConnection, name: str) -> Narrative | None:
    """The story with this slug (`#` allowed) or this very title; of a merged one the one it leads to."""
    wanted = name.strip().lstrip("#").casefold()
    found = await narratives.find(c, name.strip().lstrip("#"))
    slugs = await narratives.by_slugs(c, [wanted])
    if wanted in slugs:
        return await narratives.get(c, slugs[wanted])
    titled = [each for each in found if each.title.casefold() == wanted]
    return titled[0] if len(titled) == 1 else None


async def meant(c: AsyncConnection, name: str) -> list[Narrative]:
    """One story where that is clear, else all that come close."""
    only = await exact(c, name)
    return [only] if only else await narratives.find(c, name.strip().lstrip("#"))


def token(name: str) -> str | None:
    """`SOL` of `$SOL`."""
    match = re.fullmatch(r"\$([A-Za-z0-9]{1,15})", name.strip())
    return match[1].upper() if match else None


async def family(c: AsyncConnection, narrative_id: str) -> frozenset[str]:
    """The ids a story goes by: its own today and those that were merged into it."""
    narrative = await narratives.get(c, narrative_id)
    if narrative is None:
        return frozenset([narrative_id])
    return frozenset(await narratives.family(c, narrative.id))


async def known_slugs(c: AsyncConnection, slugs: Iterable[str]) -> dict[str, str]:
    """slug → id of the story it leads to today."""
    found = await narratives.by_slugs(c, slugs)
    led = {slug: await narratives.get(c, id) for slug, id in found.items()}
    return {slug: narrative.id for slug, narrative in led.items() if narrative is not None}
