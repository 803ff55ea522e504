"""A post on X and its id, which carries its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH_MS = 1288834974657  # of X's ids: milliseconds since 1970, from X's published IdWorker
SEQUENCE_BITS = 22
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class XPost:
    """One post as X has it. Engagement is None where the source did not capture it."""

    id: int
    created_at: datetime  # to the millisecond, the same as in the id
    first_seen_at: datetime | None  # when search starts to find it; None = at once
    author: str  # handle without the @
    followers: int
    text: str
    lang: str  # en | zh | ru
    likes: int | None
    reposts: int | None
    replies: int | None
    views: int | None
    stance: float | None  # −1 bearish … 1 bullish; None = unknown
    story: str | None = None  # slug of the planted story it tells: the ground truth

    @property
    def url(self) -> str:
        return f"https://x.com/i/status/{self.id}"

    @property
    def seen_at(self) -> datetime:
        """When search starts to find it."""
        return self.first_seen_at or self.created_at


def unix_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - _UNIX) // timedelta(milliseconds=1)


def snowflake(moment: datetime, sequence: int = 0) -> int:
    """The id of the `sequence`-th post of that millisecond (sequence below 2^22)."""
    return (unix_ms(moment) - EPOCH_MS) << SEQUENCE_BITS | sequence


def created_at(post_id: int) -> datetime:
    """The time an id carries, UTC, to the millisecond."""
    return _UNIX + timedelta(milliseconds=(post_id >> SEQUENCE_BITS) + EPOCH_MS)
