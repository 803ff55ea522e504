"""GET /2/tweets/counts/recent: its parameters as X checks them, its hours as the world has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.sandbox.world import QueryError, World
from bot.sandbox.x.refusals import Refusal

MAX_QUERY = 512
REACH = timedelta(days=7)
_FRESHEST = timedelta(seconds=10)  # for an end_time that is given
_DEFAULT_END = timedelta(seconds=30)
_STEPS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_KNOWN = ("query", "granularity", "start_time", "end_time")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z")
_QUOTED = re.compile(r'"[^"]*"')
_OPERATOR = re.compile(r"(?<![\w$#])-?([A-Za-z_]+):(\S*)")
_KINDS = {"retweet": "nativeretweets", "reply": "replies", "quote": "quote"}  # as the world names them
_ALL = 10**9


class Asked(NamedTuple):
    """A request that passed all checks."""

    query: str  # in the world's language
    step: timedelta
    start: datetime
    end: datetime


def check(params: Mapping[str, str], now: datetime) -> Asked:
    """The request as X understands it. Raises Refusal in X's words."""
    for name, value in params.items():
        if name not in _KNOWN:
            raise Refusal.invalid(name, value, f"The query parameter [{name}] is not one of {list(_KNOWN)}")
    granularity = params.get("granularity", "hour")
    if granularity not in _STEPS:
        raise Refusal.invalid("granularity", granularity, f"granularity must be one of {list(_STEPS)}")
    start, end = _span(params, now)
    return Asked(_query(params.get("query", "")), _STEPS[granularity], start, end)


def count(world: World, asked: Asked, now: datetime) -> dict[str, Any]:
    """Posts there are by now, hour by hour; the first and the last may be parts of theirs. Raises Refusal."""
    first, last = int(asked.start.timestamp()), int(asked.end.timestamp())
    try:
        found = world.search(f"({asked.query}) since_time:{first} until_time:{last}", limit=_ALL, now=now)
    except QueryError as error:
        raise Refusal.invalid("query", asked.query, str(error)) from None
    tally = Counter(_floor(post.created_at, asked.step) for post in found)
    data, at = [], _floor(asked.start, asked.step)
    while at < asked.end:
        start, end = max(at, asked.start), min(at + asked.step, asked.end)
        data.append({"end": _stamp(end), "start": _stamp(start), "tweet_count": tally[at]})
        at += asked.step
    return {"data": data, "meta": {"total_tweet_count": len(found)}}


def _span(params: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    start, end = _moment(params, "start_time"), _moment(params, "end_time")
    if end is not None and end > now - _FRESHEST:
        said = "'end_time' must be a minimum of 10 seconds prior to the request time."
        raise Refusal.invalid("end_time", params["end_time"], said)
    if start is not None and start < now - REACH:
        said = f"'start_time' must be on or after {_stamp(now - REACH)}"
        raise Refusal.invalid("start_time", params["start_time"], said)
    end = end or (now - _DEFAULT_END).replace(microsecond=0)
    start = start or (now - REACH).replace(microsecond=0) + timedelta(seconds=1)
    if start >= end:
        raise Refusal.invalid("start_time", _stamp(start), "'start_time' must be before 'end_time'.")
    return start, end


def _moment(params: Mapping[str, str], name: str) -> datetime | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise Refusal.invalid(name, text, f"'{name}' must be like 2026-11-20T10:00:00Z.")


def _query(query: str) -> str:
    """The query in the world's language: X's API knows other operators than X's search box."""
    if not 1 <= len(query) <= MAX_QUERY:
        said = f"query's length must be between 1 and {MAX_QUERY}; it is {len(query)}."
        raise Refusal.invalid("query", query[:80], said)
    for name, value in _OPERATOR.findall(_QUOTED.sub('""', query)):
        if not (name in ("lang", "from") or (name == "is" and value.rstrip(")") in _KINDS)):
            raise Refusal.invalid("query", query, f"Reference to invalid operator '{name}:{value}'.")
    return re.sub(r"\bis:(retweet|reply|quote)\b", lambda kind: f"filter:{_KINDS[kind[1]]}", query)


def _floor(moment: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // step * step


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
