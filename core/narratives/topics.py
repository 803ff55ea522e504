"""A topic people follow, as a narrative of its own: what is asked for it and what counts as about it.

>>> from datetime import UTC
>>> topic_narrative("perp dex points", datetime(2026, 1, 1, tzinfo=UTC)).query
'(("perp" "dex" "points")) -filter:nativeretweets'
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from core.errors import BadInput
from core.models import Narrative
from core.narratives.label import slug
from core.narratives.phrases import BOTH, is_cjk
from core.narratives.query import refresh_query, symbol, too_common
from core.narratives.stopwords import MAJORS
from core.text import normalise

WORDS = 6  # of a topic, at most


def topic_narrative(topic: str, now: datetime) -> Narrative:
    """The narrative a topic gets that no known one tells: all its words, or its `$TICKER`.

    Raises BadInput for what would find everything, or nothing.
    """
    tickers, terms = _sought(topic)
    id = topic_id(topic)
    return Narrative(
        id=id, slug=slug(topic, id), title=topic.strip(), tickers=tickers, terms=terms,
        query=refresh_query(tickers, terms), first_seen_at=now, earliest_post_at=now, last_post_at=now,
        topic=key(topic),
    )  # fmt: skip


def key(topic: str) -> str:
    """The same for every way of writing a topic that means the same."""
    return " ".join(topic.lower().split())


def topic_id(topic: str) -> str:
    return blake2b(f"topic:{key(topic)}".encode(), digest_size=6).hexdigest()


def is_told_by(topic: str, narrative: Narrative) -> bool:
    """Whether a known narrative is the very thing: by its slug, its title or its first ticker."""
    ticker = symbol(topic) if topic.strip().startswith("$") else ""
    if ticker:
        return ticker not in MAJORS and ticker in narrative.tickers[:1]
    return narrative.slug == named(topic) or key(narrative.title) == key(topic)


def named(topic: str) -> str:
    """The slug a topic would have."""
    return slug(topic, topic_id(topic))


def _sought(topic: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tickers and terms. Raises BadInput."""
    if topic.strip().startswith("$"):
        ticker = symbol(topic)
        if not ticker or ticker in MAJORS:
            raise BadInput(f"{topic}: half the market writes of it. Add a word to say what about it.")
        return (ticker,), ()
    said = normalise(topic)
    parts = [said] if is_cjk(said) else said.split()
    if not parts or len(parts) > WORDS:
        raise BadInput(f"A topic is one to {WORDS} words.")
    if too_common(said):
        raise BadInput(f"{topic}: everybody in crypto writes that. Add a word to say which.")
    return (), (BOTH.join(parts),)
