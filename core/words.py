"""A model's words about rows it was given: what it is told, and what of its answer is kept.

The words are kept only where they cite those rows, and a figure only where the rows have it: what a model
counts by itself is a claim, not a measurement.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core import claims
from core.models import Bullet, Digest, DigestLine, Narrative, Post, Score, Words

ROWS = 12  # posts a model is given at most
HEADLINE, LINE, BULLETS = 120, 160, 4  # characters, characters, lines
_READ = 16  # bullets looked at, however many there are
_HOURS = 24  # what posts and authors are counted over

Figure = tuple[Decimal | str, str]  # a value and what it is of: money, a share, a multiple or a plain count

_NUMBER = re.compile(
    r"(?P<money>[$€£¥]\s?)?(?P<digits>\d(?:[\d.,]*\d)?)"
    r"(?:(?P<scale>(?:k|m|bn?|tn?)\b|\s?(?:thousand|million|billion|trillion)\b)"
    r"|(?P<unit>\s?%|\s?×|x\b|-?fold\b|\s?times\b|\s?percent\b))?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SCALES = {"k": 3, "t": 12, "m": 6, "b": 9}
_ADVICE = re.compile(
    r"\b(?:buy(?!-?backs?\b)|sell(?![- ]?offs?\b)|hodl|ape (?:in|into)|accumulate|load up|go (?:long|short)"
    r"|take profits?|price targets?|entry points?|(?:good|best|great|cheap) entry|financial advice"
    r"|(?:should|must|better|time to|consider|recommend\w*)(?: \w+)?"
    r" (?:buying|selling|holding|hold|invest\w*|exit\w*))\b",
    re.IGNORECASE,
)
_LURE = re.compile(r"://|\bwww\.|\bt\.me\b|\b0x[0-9a-f]{16,}|(?<=\w)\.(?:com|net|org|io|xyz|app|me)\b", re.I)


def explanation_facts(narrative: Narrative, score: Score | None, posts: Iterable[Post]) -> dict[str, Any]:
    """What may be said of one narrative: its figures and excerpts of up to twelve of its posts."""
    rows = _rows(posts)
    story: dict[str, Any] = {
        "title": claims.title(narrative.title),
        "tickers": list(narrative.tickers[:8]),
        "post_ids": [row["post_id"] for row in rows],
    }
    if score is not None:
        story |= {"phase": score.phase.value, "near_copies": score.near_copies_24h}
        story |= _measured(score.ratio, score.posts_24h, score.authors_24h)
    return {"stories": [story], "posts": rows}


def digest_facts(digest: Digest, posts: Iterable[Post]) -> dict[str, Any]:
    """What may be said of a digest: its lines and excerpts of the posts they rest on."""
    known = {post.id: post for post in posts}
    rows = _rows(known[id] for line in digest.lines for id in line.evidence if id in known)
    told = {row["post_id"] for row in rows}
    return {"stories": [_changed(line, told) for line in digest.lines], "posts": rows}


def _changed(line: DigestLine, told: set[str]) -> dict[str, Any]:
    return {
        "title": claims.title(line.title),
        "change": line.change,
        "phase": line.phase.value,
        "was": line.was.value if line.was else None,
        "post_ids": [id for id in line.evidence if id in told],
    } | _measured(line.ratio, line.posts, line.authors)


def _measured(ratio: float, posts: int, authors: int) -> dict[str, Any]:
    times = f"{ratio:.0f}×" if ratio >= 9.5 else f"{ratio:.1f}×"
    return {"times_usual": times, "posts": posts, "authors": authors, "in_hours": _HOURS}


def _rows(posts: Iterable[Post]) -> list[dict[str, str]]:
    """The posts that can be shown and say something, each once."""
    rows = {post.id: claims.line(post.text, claims.EXCERPT) for post in posts if not post.gone}
    return [{"post_id": id, "excerpt": said} for id, said in rows.items() if said][:ROWS]


def key(kind: str, language: str, facts: Mapping[str, Any]) -> str:
    """The same for equal facts, whoever asks: a SHA-256 in hex."""
    told = json.dumps([kind, language, facts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def checked(document: Any, facts: Mapping[str, Any]) -> Words | None:
    """What of a model's answer may be shown; None when no line of it stands. Reads any JSON, never raises."""
    read = (_bullet(claim, facts) for claim in claims.rows(claims.field(document, "bullets"))[:_READ])
    bullets = [bullet for bullet in read if bullet is not None][:BULLETS]
    if not bullets:
        return None
    headline = _line(claims.field(document, "headline"), HEADLINE)
    stands = _honest(headline, _figures(facts["stories"]))
    return Words(headline=headline if stands else "", bullets=tuple(bullets))


def standing(words: Words, posts: Mapping[str, Post]) -> Words | None:
    """The lines whose posts all are there still; None when none is left."""
    there = {id for id, post in posts.items() if not post.gone}
    kept = tuple(bullet for bullet in words.bullets if there.issuperset(bullet.post_ids))
    return words.model_copy(update={"bullets": kept}) if kept else None


def _bullet(claim: Any, facts: Mapping[str, Any]) -> Bullet | None:
    """A line that cites given posts only, and figures only of those posts and their stories."""
    text, cited = _line(claims.field(claim, "text"), LINE), _cited(claim)
    rows = [row for row in facts["posts"] if row["post_id"] in cited]
    if not text or not cited or len(rows) < len(cited):
        return None
    about = [story for story in facts["stories"] if cited.intersection(story["post_ids"])]
    if not _honest(text, _figures(about) | _figures([row["excerpt"] for row in rows])):
        return None
    return Bullet(text=text, post_ids=tuple(row["post_id"] for row in rows))


def _cited(claim: Any) -> set[str]:
    """The ids a line names; one that is no id counts as foreign."""
    return {claims.post_id({"post_id": id}) or "?" for id in claims.rows(claims.field(claim, "post_ids"))}


def _line(value: Any, limit: int) -> str:
    """One visible line; a longer one is none, because half a sentence may say the opposite."""
    text = claims.line(value, 2 * limit)
    return text if len(text) <= limit else ""


def _honest(text: str, known: set[Figure]) -> bool:
    """Whether a line has no figure of its own, advises nothing and leads nowhere."""
    plain = unicodedata.normalize("NFKC", text)
    return not (_ADVICE.search(plain) or _LURE.search(plain)) and set(_numbers(plain)) <= known


def _figures(told: Any) -> set[Figure]:
    """Every figure in the values of some rows; post ids are names, not figures."""
    if isinstance(told, Mapping):
        return _figures([value for name, value in told.items() if name != "post_ids"])
    if isinstance(told, list):
        return set().union(*map(_figures, told))
    if isinstance(told, str | int):
        return set(_numbers(unicodedata.normalize("NFKC", str(told))))
    return set()


def _numbers(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        money, unit = match["money"], (match["unit"] or "").strip().casefold()
        kind = "%" if unit in ("%", "percent") else "×" if unit else "money" if money else ""
        yield _value(match["digits"], match["scale"]), kind


def _value(digits: str, scale: str | None) -> Decimal | str:
    """`5M`, `5 million` and `5,000,000` are one; what is no number (a version, a date) is its text."""
    plain = digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits.replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return digits
    name = (scale or "").strip().casefold()
    return value.scaleb(3 if name == "thousand" else _SCALES[name[0]]) if name else value
