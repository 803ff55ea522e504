"""A file of real posts, one JSON object a line."""

from __future__ import annotations

import gzip
import html
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.sources.posts import tokens
from bot.sources.posts.errors import PostsError
from bot.sources.posts.post import EPOCH_MS, SEQUENCE_BITS, XPost, created_at

_FIRST_SNOWFLAKE = (1288915200000 - EPOCH_MS) << SEQUENCE_BITS  # ids of 2010-11-05 and later carry their time
_APART = timedelta(minutes=1)  # a line's time may be rounded; further from the id's time it is wrong
_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("post_id", "id", "tweet_id"),
    "author": ("author", "username", "screen_name"),
    "text": ("text", "full_text"),
    "followers": ("followers", "followers_count"),
    "likes": ("likes", "like_count", "favorite_count"),
    "reposts": ("reposts", "retweets", "retweet_count"),
    "replies": ("replies", "reply_count"),
    "views": ("views", "impressions", "view_count"),
}
_BULLISH = re.compile(
    r"\b(bull(ish)?|moon|pump(ed|ing)?|long(ed|ing)?|buy(ing)?|bought|accumulat\w+|breakout|rally|ath"
    r"|surge[ds]?|up only)\b"
    "|看多|看涨|利好|暴涨|起飞|抄底|突破|牛市|上涨|加仓|买入"
)
_BEARISH = re.compile(
    r"\b(bear(ish)?|dump(ed|ing)?|short(ed|ing)?|sell(ing)?|sold|crash(ed|ing)?|rug(ged)?|hack(ed)?|exploit(ed)?|scam|liquidated|plunge[ds]?|fear)\b"
    "|看空|看跌|利空|暴跌|崩盘|归零|跑路|被盗|黑客|爆仓|熊市|下跌|割肉|卖出"
)


def read(path: str | Path, *, first: date = date.min, last: date = date.max) -> tuple[list[XPost], int]:
    """The posts of a .jsonl or .jsonl.gz file and how many lines could not be used or came twice.

    Only posts of the UTC dates `first` to `last`, both included, are taken. Fields: post_id, text, author,
    and if known created_at, first_seen_at, followers, likes, retweets, replies, views. Raises PostsError
    when the file cannot be read or holds no such post.
    """
    found: dict[int, XPost] = {}
    skipped = 0
    for line in _lines(Path(path)):
        post = _post(line)
        if post is None or post.id in found:
            skipped += 1
        elif first <= post.created_at.date() <= last:
            found[post.id] = post
    if not found:
        raise PostsError(_nothing(path, first, last, skipped))
    return list(found.values()), skipped


def _nothing(path: str | Path, first: date, last: date, skipped: int) -> str:
    if (first, last) == (date.min, date.max):
        return (
            f"{path} has no usable post ({skipped} lines skipped): each line needs post_id, text and author."
        )
    return f"{path} has no usable post from {first} to {last} ({skipped} lines skipped): choose other dates."


def _lines(path: Path) -> Iterator[bytes]:
    if not path.is_file():
        raise PostsError(f"There is no posts file {path}: give a .jsonl or .jsonl.gz file.")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from (line for line in file if line.strip())
    except (OSError, EOFError, zlib.error) as error:
        raise PostsError(
            f"{path} cannot be read to its end ({error}): mend the file or give another."
        ) from None


def _post(line: bytes) -> XPost | None:
    """The line's post, or None when the line is no post we can use."""
    try:
        row = json.loads(line)
        return _from_row(row) if isinstance(row, dict) else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _from_row(row: Mapping[str, Any]) -> XPost:
    post_id = int(str(_value(row, "id")))
    if not _FIRST_SNOWFLAKE <= post_id < 1 << 63:
        raise ValueError("the id carries no time")
    at, stated = created_at(post_id), _time(row.get("created_at"))
    if stated is not None and abs(stated - at) > _APART:
        raise ValueError("created_at is not the id's time")
    text, author = _value(row, "text"), _value(row, "author")
    if not isinstance(text, str) or not isinstance(author, str):
        raise TypeError("text or author is missing")
    text = html.unescape(text)
    return XPost(
        id=post_id,
        created_at=at,
        first_seen_at=_time(row.get("first_seen_at")),
        author=author.removeprefix("@"),
        followers=_count(row, "followers") or 0,
        text=text,
        lang=tokens.language(text),
        likes=_count(row, "likes"),
        reposts=_count(row, "reposts"),
        replies=_count(row, "replies"),
        views=_count(row, "views"),
        stance=stance(text),
    )


def _value(row: Mapping[str, Any], name: str) -> Any:
    return next((row[key] for key in _NAMES[name] if row.get(key) is not None), None)


def _count(row: Mapping[str, Any], name: str) -> int | None:
    value = _value(row, name)
    return None if value is None else max(0, int(value))


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def stance(text: str) -> float:
    """−1 bearish … 1 bullish from a short word list in English and Chinese; 0 where neither side is heard."""
    folded = text.casefold()
    up, down = _hits(_BULLISH.finditer(folded)), _hits(_BEARISH.finditer(folded))
    return round((up - down) / (up + down), 2) if up + down else 0.0


def _hits(matches: Iterable[re.Match[str]]) -> int:
    return sum(1 for _ in matches)
