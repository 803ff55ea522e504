"""The facts of one narrative's card, for the answer and for the same message when words have come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.board import Snapshot
from core.models import Category, Narrative, Post, Score
from core.signals.coordination import usually
from core.words import ROWS
from storage import narratives, posts, scores

SHOWN = 3
RECENT = timedelta(days=30)
BEFORE, TODAY = timedelta(days=90), timedelta(days=1)  # coordination looks at a day: the time in front of it


class Card(NamedTuple):
    """What a card shows; `rows` are more posts of the narrative, for words about it."""

    narrative: Narrative
    score: Score | None
    shown: list[Post]
    rows: list[Post]
    usual: Category | None  # how coordinated it looked in the 90 days before


async def compose(c: AsyncConnection, narrative_id: str, snapshot: Snapshot, now: datetime) -> Card | None:
    """The card as of the snapshot; None where there is no such narrative (any more)."""
    narrative = await narratives.get(c, narrative_id)
    if narrative is None:
        return None
    # One that dropped out of the ranking has no figures of today.
    score = next((score for score in snapshot.scores if score.narrative_id == narrative.id), None)
    return await scored(c, narrative, score, now)


async def scored(c: AsyncConnection, narrative: Narrative, score: Score | None, now: datetime) -> Card:
    """A card with the figures it is given: the posts the score rests on come first, then the newest ones."""
    ids = score.evidence if score else ()
    known = await posts.get(c, ids)
    best = [known[id] for id in ids if id in known and not known[id].gone]
    newest = await posts.of_narrative(c, narrative.id, since=now - RECENT, limit=ROWS)
    rows = [post for post in {post.id: post for post in (*best, *newest)}.values() if not post.gone]
    return Card(narrative, score, (best or rows)[:SHOWN], rows, await _usual(c, narrative.id, score, now))


async def _usual(
    c: AsyncConnection, narrative_id: str, score: Score | None, now: datetime
) -> Category | None:
    until = (score.as_of if score else now) - TODAY
    return usually(await scores.coordination(c, narrative_id, since=until - BEFORE, until=until))


def payload(card: Card) -> dict[str, Any]:
    """What the card's message is written again from: with the figures it has now, whatever comes."""
    score = card.score.model_dump(mode="json") if card.score else None
    return {"view": "narrative", "narrative_id": card.narrative.id, "score": score}
