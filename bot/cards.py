"""The facts of one narrative's card, for the answer and for the same message when words have come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.board import Snapshot
from core.explanation import explain
from core.models import Category, Explanation, Narrative, Post, Score
from core.signals.coordination import usually
from core.words import ROWS
from storage import narratives, posts, scores

SHOWN = 3
RECENT = timedelta(days=30)
READ = 200  # of a day's posts, for what speaks for and against
BEFORE, TODAY = timedelta(days=90), timedelta(days=1)  # coordination looks at a day: the time in front of it


class Card(NamedTuple):
    """What a card shows; `rows` are more posts of the narrative, for words about it."""

    narrative: Narrative
    score: Score | None
    shown: list[Post]
    rows: list[Post]
    usual: Category | None  # how coordinated it looked in the 90 days before
    explanation: Explanation | None
    ranked: int  # narratives in the list it has its place in
    parts: list[Narrative]  # that split off it
    whole: Narrative | None  # that it split off


async def compose(c: AsyncConnection, narrative_id: str, snapshot: Snapshot, now: datetime) -> Card | None:
    """The card as of the snapshot; None where there is no such narrative (any more)."""
    narrative = await narratives.get(c, narrative_id)
    if narrative is None:
        return None
    # One that dropped out of the ranking has no figures of today.
    score = next((score for score in snapshot.scores if score.narrative_id == narrative.id), None)
    return await scored(c, narrative, score, snapshot, now)


async def scored(
    c: AsyncConnection, narrative: Narrative, score: Score | None, snapshot: Snapshot, now: datetime
) -> Card:
    """A card with the figures it is given: the posts the score rests on come first, then the newest ones."""
    ids = score.evidence if score else ()
    known = await posts.get(c, ids)
    best = [known[id] for id in ids if id in known and not known[id].gone]
    family = await narratives.family(c, narrative.id)
    newest = await posts.of_narrative(c, family, since=now - RECENT, limit=ROWS)
    rows = [post for post in {post.id: post for post in (*best, *newest)}.values() if not post.gone]
    usual = await _usual(c, narrative.id, score, now)
    explanation = await explained(c, score, snapshot) if score else None
    parts = await narratives.parts(c, narrative.id)
    whole = await narratives.get(c, narrative.split_from) if narrative.split_from else None
    ranked, shown = len(snapshot.scores), (best or rows)[:SHOWN]
    return Card(narrative, score, shown, rows, usual, explanation, ranked, parts, whole)


async def explained(c: AsyncConnection, score: Score, snapshot: Snapshot) -> Explanation:
    """Why a score is what it is, from the posts of its day and the score that stood next to it."""
    family = await narratives.family(c, score.narrative_id)
    day = await posts.of_narrative(c, family, since=score.as_of - TODAY, limit=READ)
    same = (other for other in snapshot.scores if other.cycle_id == score.cycle_id)
    behind = next((other for other in same if other.rank == score.rank + 1), None)
    return explain(score, day, behind=behind)


async def of_story(c: AsyncConnection, narrative_id: str, snapshot: Snapshot) -> Explanation | None:
    """What speaks for and against a narrative by its newest score; None where it has none.

    A narrative that was merged meanwhile is told by the one it leads to.
    """
    known = await narratives.get(c, narrative_id)
    told = known.id if known else narrative_id
    score = next((each for each in snapshot.scores if each.narrative_id == told), None)
    return await explained(c, score, snapshot) if score else None


async def _usual(
    c: AsyncConnection, narrative_id: str, score: Score | None, now: datetime
) -> Category | None:
    until = (score.as_of if score else now) - TODAY
    return usually(await scores.coordination(c, narrative_id, since=until - BEFORE, until=until))


def payload(card: Card) -> dict[str, Any]:
    """What the card's message is written again from: with the figures it has now, whatever comes."""
    score = card.score.model_dump(mode="json") if card.score else None
    return {"view": "narrative", "narrative_id": card.narrative.id, "score": score}
