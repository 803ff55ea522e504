"""Narratives founded apart that turned out to be one story: who they are and what the oldest takes over.

A wrong merge hides a story for good, a missed one only repeats it, so each sign has to hold by itself: the
same leading ticker, the same posts, or a rare name that both live on and hardly anybody else uses.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from itertools import combinations
from typing import NamedTuple

from core.models import Narrative, NarrativeEvent
from core.narratives.background import Background
from core.narratives.entities import goes_by, named_in, stands_for
from core.narratives.label import grade
from core.narratives.phrases import is_cjk
from core.narratives.query import MAX_PARTS, refresh_query
from core.narratives.reading import own, read
from core.narratives.stopwords import GENERIC, MAJORS
from core.text import readable, words

ALIVE = timedelta(hours=48)  # a name joins only stories that are both told within it
APART = timedelta(days=3)  # what has split is not merged again before
TALKED = 6  # fresh posts, below which what they name says nothing
MOST = 0.5  # more of a narrative's posts must contain a name for the story to be about it
NEARLY_ALL, MANY = 0.9, 5  # share and number of posts that make up for a title without the name
OUTSIDE = 0.5  # posts elsewhere with the name, per post inside: above it the name is of more stories
FEW = 2  # posts elsewhere that never matter
WRITTEN = 0.9  # of its occurrences begin with a capital: a name, not a word
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_BEGINS = re.compile(r"(?:^|[.!?:：。！？…])\W*$")  # here every word has a capital


class Tie(NamedTuple):
    """Two narratives that are the same, and why."""

    a: str
    b: str
    reason: str


def merged(
    narratives: Iterable[Narrative],
    evidence: Mapping[str, Set[str]],
    said: Mapping[str, str],
    background: Background,
    now: datetime,
    *,
    fresh: Set[str] = frozenset(),
) -> tuple[list[Narrative], list[NarrativeEvent]]:
    """The narratives that merging changes, survivors and redirected ones, and what happened to each.

    `evidence`: narrative id → ids of its posts; `said`: post id → text, as far as known (of the last 48 h),
    `fresh` those of them that are only hours old.
    The oldest of a group survives. The order of any input changes nothing.
    """
    alive = {n.id: n for n in sorted(narratives, key=_age) if n.redirect_to is None}
    found = [
        *_by_ticker(alive, background),
        *_by_posts(alive, evidence),
        *_by_name(alive, evidence, said, background, now),
        *_by_talk(alive, evidence, {id: said[id] for id in fresh if id in said}, background),
    ]
    ties = [tie for tie in found if not _has_parted(alive[tie.a], alive[tie.b], now)]
    changed: list[Narrative] = []
    events: list[NarrativeEvent] = []
    for first, *others in _groups(alive, ties):
        changed.append(united(alive[first], [alive[id] for id in others]))
        changed += [alive[id].model_copy(update={"redirect_to": first}) for id in others]
        for id in (first, *others):
            why = next(tie.reason for tie in ties if id in (tie.a, tie.b))
            with_whom = ", ".join(repr(alive[other].title) for other in (others if id == first else [first]))
            events.append(
                NarrativeEvent(narrative_id=id, kind="MERGED", at=now, reason=f"{why} as {with_whom}")
            )
    return changed, events


def survivor(id: str, redirects: Mapping[str, str]) -> str:
    """The narrative an id stands for today: merged ones lead on; in a circle the walk ends where it began."""
    seen: set[str] = set()
    while id in redirects and id not in seen:
        seen.add(id)
        id = redirects[id]
    return id


def united(oldest: Narrative, others: Sequence[Narrative]) -> Narrative:
    """The survivor with what the others bring: tickers, terms, times and, if it says more, a name."""
    every = [oldest, *others]
    tickers = list(dict.fromkeys(ticker for n in every for ticker in n.tickers))
    tickers.sort(key=lambda ticker: ticker in MAJORS)
    terms: list[str] = []
    for term in (term for n in every for term in n.terms):
        if set(words(term)).isdisjoint(word for kept in terms for word in words(kept)):
            terms.append(term)
    tickers, terms = tickers[:MAX_PARTS], terms[:MAX_PARTS]
    return oldest.model_copy(
        update={
            "title": max((n.title for n in every), key=grade),  # of equals the first, so the oldest's
            "tickers": tuple(tickers),
            "terms": tuple(terms),
            "query": refresh_query(tickers, terms),
            "earliest_post_at": min(n.earliest_post_at for n in every),
            "last_post_at": max(n.last_post_at for n in every),
        }
    )


def _has_parted(a: Narrative, b: Narrative, now: datetime) -> bool:
    """Whether one left the other so lately that what made them one before says nothing."""
    return any(
        part.split_from == whole.id and now - part.first_seen_at < APART for part, whole in ((a, b), (b, a))
    )


def _age(narrative: Narrative) -> tuple[datetime, datetime, str]:
    return narrative.first_seen_at, narrative.earliest_post_at, narrative.id


def _groups(alive: Mapping[str, Narrative], ties: Iterable[Tie]) -> list[list[str]]:
    """Narratives tied together, directly or by others between them; each group oldest first."""
    group = {id: {id} for id in alive}
    for tie in ties:
        if group[tie.a] is not group[tie.b]:
            group[tie.a] |= group[tie.b]
            for id in group[tie.b]:
                group[id] = group[tie.a]
    found = [[id for id in alive if id in ids] for first, ids in group.items() if len(ids) > 1]
    return [ids for i, ids in enumerate(found) if ids not in found[:i]]


def _lead(narrative: Narrative) -> str | None:
    return next(iter(own(narrative.tickers)), None)


def _meant(narrative: Narrative, background: Background) -> str | None:
    """The ticker that one of its terms stands for."""
    return next((background.aliases[t].upper() for t in narrative.terms if t in background.aliases), None)


def _by_ticker(alive: Mapping[str, Narrative], background: Background) -> Iterator[Tie]:
    """The same leading ticker, majors aside, or a name that stands for it."""
    first: dict[str, str] = {}
    for id, narrative in alive.items():
        lead = _lead(narrative) or _meant(narrative, background)
        if lead and first.setdefault(lead, id) != id:
            yield Tie(first[lead], id, f"same ticker {lead}")


def _by_posts(alive: Mapping[str, Narrative], evidence: Mapping[str, Set[str]]) -> Iterator[Tie]:
    """Half of the smaller one's posts belong to both.

    A small story tells on one side only, that with which it shares most: it cannot glue two large ones.
    """
    holders: dict[str, list[str]] = defaultdict(list)
    for id in alive:
        for post in evidence.get(id, ()):
            holders[post].append(id)
    both = Counter(pair for ids in holders.values() for pair in combinations(ids, 2))
    best: dict[str, tuple[int, str]] = {}
    for (a, b), shared in sorted(both.items()):
        small, large = (a, b) if len(evidence[a]) < len(evidence[b]) else (b, a)
        enough = shared >= 2 and 2 * shared >= len(evidence[small])
        if enough and shared > best.get(small, (0, ""))[0]:
            best[small] = shared, large
    for small, (shared, large) in best.items():
        yield Tie(large, small, f"{shared} of {len(evidence[small])} posts the same")


def _by_name(
    alive: Mapping[str, Narrative],
    evidence: Mapping[str, Set[str]],
    said: Mapping[str, str],
    background: Background,
    now: datetime,
) -> Iterator[Tie]:
    """The same rare name in most posts of both and in few others."""
    told = {
        id: evidence.get(id, set()) & said.keys() for id, n in alive.items() if now - n.last_post_at <= ALIVE
    }
    bearers: dict[str, list[str]] = defaultdict(list)
    for id, posts in told.items():
        for name in _names(alive[id], [said[post] for post in posts], background):
            bearers[name].append(id)
    joined: set[str] = set()
    inside = {name: _holding(name, ids, told, said) for name, ids in bearers.items()}
    for name in sorted(bearers.keys() - background.parts, key=lambda name: (-len(inside[name]), name)):
        ids = [id for id in _of_one_ticker(alive, bearers[name]) if id not in joined]
        posts = _holding(name, ids, told, said)
        outside = background.posts_with(name) - len(posts)
        if (
            len(ids) < 2
            or outside > max(FEW, OUTSIDE * len(posts))
            or not (is_cjk(name) or _is_name(name, map(said.get, posts)))
        ):
            continue
        joined.update(ids)  # a story has one name: a second one must not tie it to yet another group
        for other in ids[1:]:
            yield Tie(ids[0], other, f"same rare name {name!r}")


def _by_talk(
    alive: Mapping[str, Narrative],
    evidence: Mapping[str, Set[str]],
    fresh: Mapping[str, str],
    background: Background,
) -> Iterator[Tie]:
    """By now most of what is said of either names the other as well."""
    whom = {id: named_in(text, background).all for id, text in fresh.items()}
    posts = {id: evidence.get(id, set()) & fresh.keys() for id in alive}
    talked = {id: ids for id, ids in posts.items() if len(ids) >= TALKED}
    signs = {id: _signs(alive[id], background) for id in talked}
    for a, b in combinations(talked, 2):
        in_a, in_b = (
            sum(not whom[post].isdisjoint(signs[other]) for post in talked[id])
            for id, other in ((a, b), (b, a))
        )
        if min(in_a / len(talked[a]), in_b / len(talked[b])) > MOST:
            counted = f"{in_a} of {len(talked[a])} and {in_b} of {len(talked[b])}"
            yield Tie(a, b, f"{counted} of their latest posts name both")


def _signs(narrative: Narrative, background: Background) -> frozenset[str]:
    """Whom it is about: its tickers and what stands for them, else its names; persons aside."""
    whom = goes_by(narrative.title, narrative.tickers, narrative.terms, background)
    tickers = own(narrative.tickers)
    names = {name for name in whom.names if not tickers or stands_for(name, tickers, background)}
    return (whom.tickers | names) - background.parts


def _names(narrative: Narrative, texts: Sequence[str], background: Background) -> set[str]:
    """Words, perhaps names, in most of its texts; in nearly all where it is called otherwise.

    Chinese writes names without capitals: there it must be new, too.
    """
    called = {word for text in (narrative.title, *narrative.terms) for word in words(text)}
    counts = Counter(word for text in texts for word in read(text).words)
    often = {
        word
        for word, count in counts.items()
        if (word in called and count >= 2 and count > MOST * len(texts))
        or (count >= MANY and count >= NEARLY_ALL * len(texts))
    }
    likely = {word for word in often if len(word) >= 4 or not word.isascii()}
    return {w for w in likely - GENERIC if w.isascii() or (is_cjk(w) and background.is_new(w))}


def _holding(
    name: str, ids: Iterable[str], told: Mapping[str, Set[str]], said: Mapping[str, str]
) -> set[str]:
    return {post for id in ids for post in told[id] if name in read(said[post]).words}


def _of_one_ticker(alive: Mapping[str, Narrative], ids: Sequence[str]) -> list[str]:
    """Those without a ticker of their own and those of the commonest one: other tickers are other stories."""
    leads = Counter(lead for id in ids if (lead := _lead(alive[id])))
    best = max(leads, key=lambda lead: leads[lead], default=None)  # of equals the oldest's
    return [id for id in ids if _lead(alive[id]) in (None, best)]


def _is_name(name: str, texts: Iterable[str | None]) -> bool:
    """Written with a capital, and not mostly as one part of a longer name: that may be a person's."""
    written: Counter[bool] = Counter()
    beside: Counter[str] = Counter()
    for text in texts:
        plain = readable(text or "")
        tokens = list(_LATIN.finditer(plain))
        for i, token in enumerate(tokens):
            if token[0].lower() == name and not _BEGINS.search(plain[: token.start()]):
                written[token[0][0].isupper()] += 1
                beside.update(_neighbours([t[0] for t in tokens[max(0, i - 1) : i + 2]], name))
    every = written.total()
    part = max(beside.values(), default=0) * 2 >= every
    return every > 0 and written[True] >= WRITTEN * every and not part


def _neighbours(tokens: Sequence[str], name: str) -> set[str]:
    return {token for token in tokens if token.lower() != name and token[0].isupper() and not token.isupper()}
