"""A claim becomes a fact, or is dropped with a reason.

What a model writes is a claim. A post counts only if its id stands in the answer's citations and the time
inside the id (a snowflake) fits the window that was asked about. Author, text and counts stay *reported*.
Nothing in here raises, whatever JSON the model wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from core import claims
from core.errors import BadInput
from core.lexicon import valence
from core.models import Answer, Fact, Post, Question, QuestionKind, Search
from core.text import language, signature

EPOCH_MS = 1_288_834_974_657  # Twitter's snowflake epoch (twitter-archive/snowflake, IdWorker)
SLACK = timedelta(minutes=2)  # clocks differ by so much at most
SATURATED = 0.9  # of a page: older posts may have been cut off
PAGE = 10  # rows one X search returns at most, also where more were asked for
UNSAID = 3  # rows where the model named no limit (the tool's own default)
MAX_GROUPS = 50
MAX_CLAIMS = 500  # more in one answer is not an answer to our question

_SNOWFLAKE = re.compile(r"[1-9][0-9]{14,18}")
_BOUND = re.compile(
    r"(?<!\S)(?:(since|until)_time:([0-9]{1,12})|(since|until):([0-9]{4}-[0-9]{2}-[0-9]{2}))(?!\S)"
)
_LISTS = {
    QuestionKind.DISCOVER: "narratives",
    QuestionKind.REFRESH: "posts",
    QuestionKind.BACKFILL: "posts",
}
_TOOLS = {  # names under which a tool's call comes back; the older one tells keywords only
    "x_keyword_search": ("x_keyword_search", "x_search"),
    "x_semantic_search": ("x_semantic_search",),
}


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
    dropped: dict[str, int] = Field(default_factory=dict)  # reason → claims that did not count
    returned: int = 0  # accepted posts
    covered_from: AwareDatetime | None = None  # X was observed from there to the question's end


def post_time(post_id: str) -> datetime:
    """The moment inside a snowflake id, UTC, exact to the millisecond. Raises BadInput for other ids.

    >>> post_time("1346889436626259968").isoformat()
    '2021-01-06T18:40:40.344000+00:00'
    """
    if not _SNOWFLAKE.fullmatch(post_id) or int(post_id) >= 1 << 63:
        raise BadInput(f"{post_id[:24]!r} is not the id of a post: it has 15 to 19 digits.")
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(post_id) >> 22) + EPOCH_MS)


def examine(
    question: Question, answer: Answer, *, now: datetime, known: Mapping[str, Post] | None = None
) -> Verdict:
    """Check every claim of `answer` against its own citations, the window and what was `known` before."""
    claimed = claims.field(answer.document, _LISTS[question.kind])
    fault = _fault(answer) or (None if isinstance(claimed, list) else "unreadable")
    if fault:
        return Verdict(ok=False, fault=fault)
    bench = _Bench(question, answer, now, known or {})
    groups: tuple[Group, ...] = ()
    if question.kind is QuestionKind.DISCOVER:
        groups = tuple(bench.groups(claimed))
        bench.take(claims.rows(claims.field(answer.document, "other")))  # posts of no narrative (yet)
    else:
        bench.take(claimed)
        bench.salvage()
    if not answer.cited and (bench.claimed or answer.usage.posts_fetched):
        return Verdict(ok=False, fault="degraded", dropped=dict(bench.dropped))
    return Verdict(
        ok=True,
        posts=tuple(bench.accepted.values()),
        groups=groups,
        dropped=dict(bench.dropped),
        returned=len(bench.accepted),
        covered_from=_covered_from(question, answer, bench.seen_times()),
    )


def _fault(answer: Answer) -> str | None:
    """Why the answer as a whole cannot be used."""
    if answer.status != "completed":
        return "incomplete"
    return None if answer.searches and answer.usage.searches else "ungrounded"


def _covered_from(question: Question, answer: Answer, seen: list[datetime]) -> datetime | None:
    """From when on all posts were really seen; None when this answer measures nothing.

    `seen` are the times of the cited posts that were in the window or came after it. A full page covers only
    back to the oldest of them: where all are younger than the window, nothing of it was seen. "Top" and a
    search by meaning are a choice, not a count, and another query than ours measures something else.
    """
    if not question.meters or not all(_measures(question, search) for search in answer.searches):
        return None
    page = min(PAGE, *(search.limit or UNSAID for search in answer.searches))
    # A post that was fetched and not cited has no time, but it filled the page all the same.
    uncited = max(0.0, answer.usage.posts_fetched / len(answer.searches) - len(answer.cited))
    if len(seen) + uncited < SATURATED * page:
        return question.since
    if not seen or min(seen) > question.until + SLACK:
        return None
    return min(max(min(seen), question.since), question.until)


def _measures(question: Question, search: Search) -> bool:
    """Whether our query was run newest first over no shorter time; without a mode X searches "Top"."""
    newest = search.mode.lower() == "latest"
    return newest and _ours(question, search) and not _narrower(question, search.query)


def _ours(question: Question, search: Search) -> bool:
    """Whether our query was run by the tool we named, whatever its bounds of time."""
    return search.tool in _TOOLS[question.tool] and _bare(search.query) == _bare(question.query)


def _bare(query: str) -> str:
    return " ".join(_BOUND.sub(" ", query).split())


def _narrower(question: Question, query: str) -> bool:
    """Whether a bound cuts into the window: since_time and until_time in seconds, since and until in days."""
    for time, second, date, day in _BOUND.findall(query):
        late = time == "since" and int(second) > (question.since + SLACK).timestamp()
        early = time == "until" and int(second) < (question.until - SLACK).timestamp()
        later = date == "since" and day > _day(question.since)
        earlier = date == "until" and day <= _day(question.until)  # the day itself is left out
        if late or early or later or earlier:
            return True
    return False


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"


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

    def groups(self, narratives: list[Any]) -> Iterator[Group]:
        for row in narratives[:MAX_GROUPS]:
            yield Group(
                slug=claims.line(claims.field(row, "slug"), claims.SLUG),
                title=claims.title(claims.field(row, "title")),
                summary=claims.line(claims.field(row, "summary"), claims.SUMMARY),
                tickers=claims.tickers(claims.field(row, "tickers")),
                stance=claims.line(claims.field(row, "stance"), 20),
                post_ids=self.take(claims.rows(claims.field(row, "posts"))),
            )

    def take(self, posts: Iterable[Any]) -> tuple[str, ...]:
        """Ids of the claims that were accepted (or had been already), in order."""
        return tuple(dict.fromkeys(i for claim in posts if (i := self._one(claim))))

    def salvage(self) -> None:
        """Cited posts the model forgot to list: a refresh counts them, without words or author.

        Only where nothing but our words were searched for: what another search or one by meaning brings up
        may be about anything.
        """
        ours = all(_ours(self._question, search) for search in self._answer.searches)
        if not ours or self._question.tool != "x_keyword_search":
            return
        for post_id in sorted(self._answer.cited - self.accepted.keys())[:MAX_CLAIMS]:
            at = _time(post_id)
            if at is not None and self._misplaced(at) is None:
                self.accepted[post_id] = Post(id=post_id, created_at=at, known_at=self._now)

    def seen_times(self) -> list[datetime]:
        """When the cited posts were written, those of the window and those after it: both fill a page."""
        times = (_time(post_id) for post_id in self._answer.cited)
        return [at for at in times if at and self._question.since - SLACK <= at <= self._now + SLACK]

    def _one(self, claim: Any) -> str | None:
        self.claimed += 1
        post_id = claims.post_id(claim)
        reason = "too many" if self.claimed > MAX_CLAIMS else self._reason(post_id)
        if reason or post_id is None:
            self.dropped[reason or "malformed"] += 1
            return None
        if post_id in self.accepted:
            self.dropped["duplicate"] += 1
        else:
            self.accepted[post_id] = self._post(claim, post_id, post_time(post_id))
        return post_id

    def _reason(self, post_id: str | None) -> str | None:
        """Why a claimed post does not count; None: it does."""
        at = _time(post_id) if post_id else None
        if at is None:
            return "malformed"
        return self._misplaced(at) if post_id in self._answer.cited else "not cited"

    def _misplaced(self, at: datetime) -> str | None:
        if at > self._now + SLACK:
            return "future"
        inside = self._question.since - SLACK <= at <= self._question.until + SLACK
        return None if inside else "outside the window"

    def _post(self, claim: Any, post_id: str, at: datetime) -> Post:
        text = claims.line(claims.field(claim, "excerpt"), claims.EXCERPT)
        return Post(
            id=post_id,
            created_at=at,
            known_at=self._now,
            author=claims.author(claims.field(claim, "author")),
            text=text,
            lang=language(text),
            signature=signature(text),
            stance=claims.stance(claims.field(claim, "sentiment")),
            tone=valence.score(text),
            **claims.counts(claim, self._known.get(post_id)),
        )


def _time(post_id: str) -> datetime | None:
    try:
        return post_time(post_id)
    except BadInput:
        return None
