"""Explanation: why a narrative stands where it stands, what would change that, what speaks for and against.

Pure and made of facts; the words are found where it is shown. Every reason that rests on posts cites them: by
different authors, confirmed ones first, no near-copies. Reasons stand in the order of what they are worth.

>>> [round(threshold(60.0, 55.0, log_ratio=1.0), 2), threshold(50.0, 40.0, log_ratio=0.0)]
[1.64, None]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil, exp, log

from core import points
from core.denial import denies
from core.models import Explanation, Fall, Post, Reason, Score
from core.scoring import GATE_AUTHORS, GATE_POSTS

EACH = 2  # reasons on either side
CITED = 2  # posts a reason
VOICES, HOURS, LOUD, SPLIT = 5, 6.0, 0.3, 0.3
_LABELLED = 5  # posts with a stance that make a split
_LEANING = 0.2
_FEW_CONFIRMED = 2
_SEEN = 0.9  # coverage below which it is said
_WARM_HOURS = 48.0
_EDGE, _MOST = 0.01, 20.0  # points too near an end to divide by; ln of the highest ratio told


def explain(score: Score, posts: Iterable[Post], *, behind: Score | None = None) -> Explanation:
    """The explanation of a score, from the posts of its last day and the score that comes next in rank."""
    shown = _ordered(posts)
    return Explanation(
        points=points.whole(score.parts) if score.parts else {},
        fall=fall(score, behind),
        pro=tuple(_first(score, shown, (_confirmed, _voices, _spreading, _lasting))),
        con=tuple(
            _first(score, shown, (_denied, _copies, _one_voice, _split, _partly, _late, _unconfirmed, _young))
        ),
    )


_Finder = Callable[[Score, Sequence[Post]], Reason | None]


def _first(score: Score, posts: Sequence[Post], finders: Iterable[_Finder]) -> Iterator[Reason]:
    """The first few reasons found."""
    found = [reason for find in finders if (reason := find(score, posts))]
    return iter(found[:EACH])


def _ordered(posts: Iterable[Post]) -> list[Post]:
    """Posts that can be shown, each once: confirmed ones first, then the newest."""
    known = {post.id: post for post in posts if not post.gone}
    return sorted(known.values(), key=lambda post: (post.confirmed is None, -int(post.id)))


def cited(posts: Iterable[Post]) -> tuple[str, ...]:
    """The first few that are by different authors and no near-copies of each other."""
    kept: list[Post] = []
    for post in posts:
        alike = any(post.signature == other.signature != 0 for other in kept)
        if post.author and not alike and post.author not in {other.author for other in kept}:
            kept.append(post)
    return tuple(post.id for post in kept[:CITED])


# --- for -------------------------------------------------------------------------------------------------


def _confirmed(score: Score, posts: Sequence[Post]) -> Reason | None:
    """Different authors whose words more than one answer vouches for, and who deny nothing."""
    ids = cited(post for post in posts if post.confirmed and post.text and not denies(post.text))
    if score.confirmed_24h < _FEW_CONFIRMED or len(ids) < _FEW_CONFIRMED:
        return None
    return Reason(kind="confirmed", n=score.confirmed_24h, of=score.authors_24h, post_ids=ids)


def _voices(score: Score, posts: Sequence[Post]) -> Reason | None:
    """Many authors, and in how many languages; other posts than those that are confirmed anyway."""
    authors = score.original_authors_24h or score.authors_24h
    vouched = _confirmed(score, posts)
    if authors < VOICES or (vouched and score.confirmed_24h >= authors):
        return None
    shown = vouched.post_ids if vouched else ()
    others = [post for post in posts if post.id not in shown and not denies(post.text)]
    firsts = {post.lang: post for post in reversed(others)}  # one of each language
    languages = {post.lang for post in posts} - {"und"}
    return Reason(kind="voices", n=authors, of=len(languages), post_ids=cited([*firsts.values(), *others]))


def _spreading(score: Score, posts: Sequence[Post]) -> Reason | None:
    if (score.velocity.confidence or 0.0) < 0.3 or score.velocity.value < 0.6:
        return None
    return Reason(kind="spreading")


def _lasting(score: Score, posts: Sequence[Post]) -> Reason | None:
    return Reason(kind="lasting", n=int(score.lasting_hours)) if score.lasting_hours >= HOURS else None


# --- against ---------------------------------------------------------------------------------------------


def _denied(score: Score, posts: Sequence[Post]) -> Reason | None:
    saying_no = [post for post in posts if denies(post.text)]
    ids = cited(saying_no) or tuple(post.id for post in saying_no[:1])
    return Reason(kind="denied", n=len(saying_no), of=len(posts), post_ids=ids) if saying_no else None


def _copies(score: Score, posts: Sequence[Post]) -> Reason | None:
    """Much of it is the same text again: one of the copies, and what it copies."""
    few = score.near_copies_24h < 3 or score.near_copies_24h * 4 < score.posts_24h
    if few or (score.coordination and score.coordination.category not in (None, "low")):
        return None  # signs of coordination are told by themselves
    groups: list[list[Post]] = []
    for post in posts:
        group = next((g for g in groups if g[0].signature == post.signature != 0), None)
        if group is None:
            groups.append([post])
        else:
            group.append(post)
    largest = max(groups, key=len, default=[])
    ids = tuple(post.id for post in largest[:CITED]) if len(largest) > 1 else ()
    return Reason(kind="copies", n=score.near_copies_24h, of=score.posts_24h, post_ids=ids)


def _one_voice(score: Score, posts: Sequence[Post]) -> Reason | None:
    """One author wrote a large part of it."""
    named = Counter(post.author for post in posts if post.author)
    if named.total() < _LABELLED:
        return None
    author, wrote = named.most_common(1)[0]
    if wrote < 3 or wrote < LOUD * named.total():
        return None
    ids = tuple(post.id for post in posts if post.author == author)[:CITED]
    return Reason(kind="one voice", n=wrote, of=named.total(), post_ids=ids)


def _split(score: Score, posts: Sequence[Post]) -> Reason | None:
    """Bulls and bears are both many: one post of either."""
    bulls = [post for post in posts if post.stance is not None and post.stance > _LEANING]
    bears = [post for post in posts if post.stance is not None and post.stance < -_LEANING]
    labelled, fewer = len(bulls) + len(bears), min(len(bulls), len(bears))
    if labelled < _LABELLED or fewer < SPLIT * labelled:
        return None
    pairs = (cited([bull, bear]) for bull in bulls for bear in bears)
    ids = next((ids for ids in pairs if len(ids) == CITED), ())
    return Reason(kind="split", n=fewer, of=labelled, post_ids=ids)


def _partly(score: Score, posts: Sequence[Post]) -> Reason | None:
    """Only a part of the last hours was observed."""
    change = score.changes.get("4h")
    if change is None or change.coverage >= _SEEN:
        return None
    return Reason(kind="partly seen", n=round(4 * change.coverage), of=4)


def _late(score: Score, posts: Sequence[Post]) -> Reason | None:
    return Reason(kind="late") if score.late else None


def _unconfirmed(score: Score, posts: Sequence[Post]) -> Reason | None:
    return None if score.confirmed_24h else Reason(kind="unconfirmed", of=score.authors_24h)


def _young(score: Score, posts: Sequence[Post]) -> Reason | None:
    return Reason(kind="young", n=int(score.history_hours)) if score.history_hours < _WARM_HOURS else None


# --- what would change the place -------------------------------------------------------------------------


def fall(score: Score, behind: Score | None) -> Fall | None:
    """The smallest change, in proportion, that drops it out of the ranked or behind the next of them."""
    if score.tier != "ranked" or not score.parts:
        return None
    found = list(_falls(score, behind))
    return min(found, key=lambda each: 1.0 - each.below / each.now, default=None)


def _falls(score: Score, behind: Score | None) -> Iterator[Fall]:
    authors, posts = score.original_authors_24h, score.breadth.n
    yield Fall(what="authors", below=GATE_AUTHORS, now=max(authors, GATE_AUTHORS), to="unranked")
    yield Fall(what="posts", below=GATE_POSTS, now=max(posts, GATE_POSTS), to="unranked")
    if behind is None or behind.tier != "ranked" or not 0.0 < behind.score <= score.score:
        return
    fewer = _authors_for(score, behind.score)
    if fewer is not None and fewer <= authors:
        yield Fall(what="authors", below=fewer, now=authors, to="next")
    made = score.parts
    sure = made["usual"] + made["momentum"] + made["doubt"]
    less = threshold(sure, sure * behind.score / score.score, log_ratio=log(max(score.ratio, 1e-6)))
    if less is not None and less <= score.ratio:
        yield Fall(what="ratio", below=less, now=score.ratio, to="next")


def threshold(sure: float, wanted: float, *, log_ratio: float) -> float | None:
    """The ratio at which momentum would make the points wanted; both before breadth, in (0, 100)."""
    if not (_EDGE < sure < 100.0 - _EDGE and _EDGE < wanted < 100.0 - _EDGE) or abs(sure - 50.0) < _EDGE:
        return None
    changed = log_ratio * log(wanted / (100.0 - wanted)) / log(sure / (100.0 - sure))
    return exp(min(changed, _MOST))


def _authors_for(score: Score, wanted: float) -> int | None:
    """Fewer than so many authors, as evenly heard as now, would make fewer points than wanted."""
    breadth = (score.breadth.value * 0.4 + 0.6) * wanted / score.score
    needed = (breadth - 0.6) / 0.4
    now = 10.0 ** (2.0 * score.breadth.value) - 1.0
    if needed <= 0.0 or score.breadth.value >= 1.0 or now <= 0.0:
        return None
    share: float = (10.0 ** (2.0 * needed) - 1.0) / now
    return ceil(score.original_authors_24h * share - 1e-9)
