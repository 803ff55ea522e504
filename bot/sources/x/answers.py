"""X's answer about counts, checked: what cannot be true spoils all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from core.errors import Rejected

HOUR = timedelta(hours=1)
MOST = 10**9  # posts an hour: more than all of X


class Bucket(NamedTuple):
    """Posts in [start, end): at most an hour, within one hour of UTC."""

    start: datetime
    end: datetime
    posts: int


class _Row(BaseModel):
    model_config = ConfigDict(strict=True)

    start: AwareDatetime
    end: AwareDatetime
    tweet_count: Annotated[int, Field(ge=0, le=MOST)]


class _Page(BaseModel):
    data: Annotated[list[_Row], Field(min_length=1, max_length=24 * 7 + 2)]


def buckets(text: str, *, since: datetime, until: datetime) -> list[Bucket]:
    """The hours of an answer, oldest first, all inside [since, until) and none twice. Raises Rejected."""
    try:
        page = _Page.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        raise _unreadable(f"{where}: {first['msg']}") from None
    found = sorted(Bucket(_utc(row.start), _utc(row.end), row.tweet_count) for row in page.data)
    end = since
    for bucket in found:
        if not end <= bucket.start < bucket.end <= until:
            raise _unreadable("an hour is counted twice or lies outside what was asked")
        if hour(bucket.end - timedelta.resolution) != hour(bucket.start):
            raise _unreadable("a count spans more than its hour")
        end = bucket.end
    return found


def hour(moment: datetime) -> datetime:
    """The beginning of its hour, UTC."""
    return _utc(moment).replace(minute=0, second=0, microsecond=0)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _unreadable(why: str) -> Rejected:
    return Rejected(f"X's counts cannot be used ({why[:160]}).", fault="unreadable")
