"""A claim becomes a fact, or is dropped with a reason.

What a model writes is a claim. A post counts only if its id stands in the answer's citations and the time
inside the id (a snowflake) fits the window that was asked about. Author, text and counts stay *reported*.
Nothing in here raises, whatever JSON the model wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from core.errors import BadInput
from core.models import Answer, Fact, Post, Question, QuestionKind, Search
from core.text import language, signature

EPOCH_MS = 1_288_834_974_657  # Twitter's snowflake epoch (twitter-archive/snowflake, IdWorker)
SLACK = timedelta(minutes=2)  # clocks differ by so much at most
SATURATED = 0.9  # of the limit: a full page, older posts may have been cut off
EXCERPT = 200
TITLE = 80
MAX_GROUPS = 50
MAX_CLAIMS = 500  # more in one answer is not an answer to our question

_AUTHOR = re.compile(r"@?([A-Za-z0-9_]{1,15})")
_TIME_OPERATOR = re.compile(r"\b(?:since|until|since_time|until_time|within_time):\S+")
_TICKER = re.compile(r"\$?([A-Za-z][A-Za-z0-9]{1,9})")
_COUNTS = ("likes", "reposts", "replies", "views")


class Group(Fact):
    """Posts the model says belong together; only accepted ids are left in it."""

    slug: str
    title: str
    summary: str
    tickers: tuple[str, ...]
    stance: str
    post_ids: tuple[str, ...]


class Verdict(Fact):
    """What is left of an answer."""

    ok: bool
    fault: str | None = None  # ungrounded | degraded | incomplete | unreadable
    posts: tuple[Post, ...] = ()
    groups: tuple[Group, ...] = ()
    dropped: dict[str, int] = Field(default_factory=dict)
    returned: int = 0  # accepted posts
    covered_from: datetime | None = None  # X was observed from there to the question's end


def post_time(post_id: str) -> datetime:
    """The moment inside a snowflake id, UTC, exact to the millisecond. Raises BadInput for other ids."""
    if not re.fullmatch(r"[0-9]{15,20}", post_id) or int(post_id) >= 1 << 63:
        raise BadInput(f"{post_id[:24]!r} is not the id of a post: it has 15 to 19 digits.")
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(post_id) >> 22) + EPOCH_MS)


def examine(
    question: Question, answer: Answer, *, now: datetime, known: Mapping[str, Post] | None = None
) -> Verdict:
    """Check every claim of `answer` against its own citations, the window and what was `known` before."""
    fault = _fault(answer)
    if fault:
        return Verdict(ok=False, fault=fault)
    bench = _Bench(question, answer, now, known or {})
    groups = tuple(bench.groups()) if question.kind is QuestionKind.DISCOVER else ()
    if question.kind is QuestionKind.REFRESH:
        bench.take(_rows(_field(answer.document, "posts")))
    bench.salvage()
    if bench.claimed and not answer.cited:
        return Verdict(ok=False, fault="degraded", dropped=dict(bench.dropped))
    posts = tuple(bench.accepted.values())
    return Verdict(
        ok=True,
        posts=posts,
        groups=groups,
        dropped=dict(bench.dropped),
        returned=len(posts),
        covered_from=_covered_from(question, answer, posts),
    )


def _fault(answer: Answer) -> str | None:
    """Why the answer as a whole cannot be used."""
    if answer.status != "completed":
        return "incomplete"
    if not answer.searches or answer.usage.searches == 0:
        return "ungrounded"
    return None if isinstance(answer.document, dict) else "unreadable"


def _covered_from(question: Question, answer: Answer, posts: tuple[Post, ...]) -> datetime | None:
    """From when on the newest posts were really seen; None when this answer measures nothing.

    A full page covers only back to its oldest post. "Top" is a choice, not a count, and another query than
    ours measures something else.
    """
    search = answer.searches[0]
    if len(answer.searches) > 1 or search.mode == "Top" or not _same_query(question, search):
        return None
    limit = search.limit or question.limit
    if len(posts) >= SATURATED * limit:
        return min(post.created_at for post in posts)
    return question.since


def _same_query(question: Question, search: Search) -> bool:
    def bare(query: str) -> str:
        return " ".join(_TIME_OPERATOR.sub(" ", query).split())

    return bare(search.query) == bare(question.query)


class _Bench:
    """Claims are laid out here one by one; what is accepted and what was dropped is kept."""

    def __init__(self, question: Question, answer: Answer, now: datetime, known: Mapping[str, Post]) -> None:
        self._question = question
        self._answer = answer
        self._now = now
        self._known = known
        self.accepted: dict[str, Post] = {}
        self.dropped: Counter[str] = Counter()
        self.claimed = 0

    def groups(self) -> Iterator[Group]:
        for row in _rows(_field(self._answer.document, "narratives"))[:MAX_GROUPS]:
            ids = self.take(_rows(_field(row, "posts")))
            yield Group(
                slug=_line(_field(row, "slug"), 48),
                title=_line(_field(row, "title"), TITLE),
                summary=_line(_field(row, "summary"), 400),
                tickers=_tickers(_field(row, "tickers")),
                stance=_line(_field(row, "stance"), 20),
                post_ids=ids,
            )

    def take(self, claims: Iterable[Any]) -> tuple[str, ...]:
        """Ids of the claims that were accepted (or had been already), in order."""
        return tuple(dict.fromkeys(i for claim in claims if (i := self._one(claim))))

    def salvage(self) -> None:
        """Cited posts the model forgot to list: a refresh counts them, without words or author."""
        if self._question.kind is not QuestionKind.REFRESH:
            return
        for post_id in sorted(self._answer.cited - self.accepted.keys()):
            at = self._time(post_id)
            if at is not None and self._misplaced(at) is None:
                self.accepted[post_id] = Post(id=post_id, created_at=at, known_at=self._now)

    def _one(self, claim: Any) -> str | None:
        self.claimed += 1
        if self.claimed > MAX_CLAIMS:
            return self._drop("too many")
        post_id = _field(claim, "post_id")
        at = self._time(post_id) if isinstance(post_id, str) else None
        if at is None:
            return self._drop("malformed")
        if post_id not in self._answer.cited:
            return self._drop("not cited")
        misplaced = self._misplaced(at)
        if misplaced:
            return self._drop(misplaced)
        if post_id in self.accepted:
            self.dropped["duplicate"] += 1
        else:
            self.accepted[post_id] = self._post(claim, post_id, at)
        return str(post_id)

    def _drop(self, reason: str) -> str | None:
        self.dropped[reason] += 1
        return None

    def _time(self, post_id: str) -> datetime | None:
        try:
            return post_time(post_id)
        except (BadInput, OverflowError):
            return None

    def _misplaced(self, at: datetime) -> str | None:
        if at > self._now + SLACK:
            return "future"
        inside = self._question.since - SLACK <= at <= self._question.until + SLACK
        return None if inside else "outside the window"

    def _post(self, claim: Any, post_id: str, at: datetime) -> Post:
        text = _line(_field(claim, "excerpt"), EXCERPT)
        return Post(
            id=post_id,
            created_at=at,
            known_at=self._now,
            author=_author(_field(claim, "author")),
            text=text,
            lang=language(text),
            signature=signature(text),
            stance=_stance(_field(claim, "sentiment")),
            **_counts(claim, self._known.get(post_id)),
        )


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _line(value: Any, limit: int) -> str:
    """One line without control characters and lone surrogates, cut to `limit` characters."""
    if not isinstance(value, str):
        return ""
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value[: limit * 8]
    )
    return " ".join(kept.split())[:limit].rstrip()


def _author(value: Any) -> str | None:
    match = _AUTHOR.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else None


def _tickers(value: Any) -> tuple[str, ...]:
    found = [_TICKER.fullmatch(item.strip()) for item in _rows(value)[:16] if isinstance(item, str)]
    return tuple(dict.fromkeys(match[1].upper() for match in found if match))


def _stance(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1 <= value <= 1 else None


def _counts(claim: Any, known: Post | None) -> dict[str, int | None]:
    """Counts that can be true: whole, not negative, not below what was known, likes not above views."""
    counts = {name: _count(_field(claim, name)) for name in _COUNTS}
    for name, value in counts.items():
        before = getattr(known, name) if known else None
        if value is not None and before is not None and value < before:
            counts[name] = None
    likes, views = counts["likes"], counts["views"]
    if likes is not None and views is not None and likes > views:
        counts["likes"] = counts["views"] = None
    return counts


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1 << 62 else None
