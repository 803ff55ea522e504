"""What vouches for a post's words and author beside the one answer that reported them.

Two things can: a second answer that tells the same, and X itself (the free look-up). Agreement is worth less
than it looks: both answers come from models of one family, and what one of them misreads it may misread twice
the same way. It rules out the accidents of one answer (rows mixed up, a handle made up on the spot), not a
habit. X's own word is final: it wins over everything that was reported, whenever it comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, combinations, islice

from core.claims import EXCERPT, line
from core.copies import alike
from core.junk.kinds import kinds
from core.lexicon import valence
from core.models import Fact, Post
from core.text import language, normalise, signature

AGAIN = timedelta(hours=6)  # after which a post X could not tell us about is worth asking about once more
BEGINNING = 40  # characters: excerpts that share so long a beginning are of one text, cut at two places


class Embed(Fact):
    """What X itself says of a post: who wrote it and what, or that it is gone."""

    author: str | None  # the real handle, without @
    text: str
    gone: bool


def agree(known: Post, told: Post) -> bool:
    """Whether two answers tell the same of a post: its author, and the same words or nearly so.

    Who does not name an author or quote anything agrees with nobody.
    """
    return bool(_name(known)) and _name(known) == _name(told) and _same_words(known.text, told.text)


def by_answers(told: Iterable[Sequence[Post]], known: Mapping[str, Post]) -> dict[str, Post]:
    """The posts of one turn by id, confirmed where two answers agree.

    `told` holds one sequence per answer, `known` what earlier answers or X itself said of the same posts.
    What was told first stays and later answers fill in what is missing; where they name different authors
    nothing is confirmed (see `contradicted`). What was confirmed before stays as it was. Posts known to be
    gone are left out: nothing told of them counts any more.
    """
    return {
        id: _united(posts, known.get(id))
        for id, posts in _tellings(told).items()
        if id not in known or not known[id].gone
    }


def contradicted(told: Iterable[Sequence[Post]], known: Mapping[str, Post]) -> frozenset[str]:
    """Ids of posts for which this turn's answers name another author than each other or than was known."""
    return frozenset(
        id for id, posts in _tellings(told).items() if len(_names([*posts, *_before(known.get(id))])) > 1
    )


def by_look_up(post: Post, embed: Embed, *, at: datetime) -> Post:
    """The post as X shows it. One that is gone loses its words; id, time and counts stay.

    X's words win also where it shows none. Without a handle X vouches for nothing: the post only was asked
    about.
    """
    if embed.gone:
        return post.model_copy(update={"looked_up_at": at, "gone": True, "text": "", "confirmed": None})
    if embed.author is None:
        return post.model_copy(update={"looked_up_at": at})
    text = line(embed.text, EXCERPT)
    return post.model_copy(
        update={
            "looked_up_at": at,
            "confirmed": "look-up",
            "author": embed.author,
            "text": text,
            "lang": language(text),
            "tone": valence.score(text),
            "junk": kinds([text])[0],
            "signature": post.signature if alike(post.text, text) else signature(text),
        }
    )


def worth_looking_up(posts: Iterable[Post], *, now: datetime, most: int) -> list[Post]:
    """The first `most` of the posts to be shown that X has not spoken about; the most important come first.

    What X could not tell is asked again after six hours.
    """
    each = {post.id: post for post in posts}.values()
    return list(islice((post for post in each if _open(post, now)), most))


def _open(post: Post, now: datetime) -> bool:
    if post.gone or post.confirmed == "look-up":
        return False
    return post.looked_up_at is None or now - post.looked_up_at >= AGAIN


def _tellings(told: Iterable[Sequence[Post]]) -> dict[str, list[Post]]:
    tellings: defaultdict[str, list[Post]] = defaultdict(list)
    for post in chain.from_iterable(told):
        tellings[post.id].append(post)
    return tellings


def _united(told: Sequence[Post], before: Post | None) -> Post:
    """One post from all that was said of it; counts and stance are those of the first to quote it."""
    post = next((each for each in told if each.text), told[0])
    if before is not None and before.confirmed:
        return _said_by(before, post)
    voices = [*_before(before), *told]
    first = next((each for each in voices if each.text), post)
    agreed = len(_names(voices)) == 1 and any(agree(a, b) for a, b in combinations(voices, 2))
    return _said_by(first, post).model_copy(
        update={
            "author": next((each.author for each in voices if each.author), None),
            "confirmed": "answers" if agreed else None,
            "looked_up_at": before.looked_up_at if before else None,
        }
    )


def _said_by(voice: Post, post: Post) -> Post:
    """`post` with the words and the author of `voice`, and with what vouches for them."""
    names = ("author", "text", "lang", "signature", "tone", "junk", "confirmed", "looked_up_at")
    return post.model_copy(update={name: getattr(voice, name) for name in names})


def _before(known: Post | None) -> list[Post]:
    return [] if known is None else [known]


def _names(posts: Iterable[Post]) -> set[str]:
    return {name for post in posts if (name := _name(post))}


def _name(post: Post) -> str:
    """X's handles are the same in any case."""
    return (post.author or "").casefold()


def _same_words(a: str, b: str) -> bool:
    short, long = sorted((_words(a), _words(b)), key=len)
    if not short:
        return False
    cut = len(short) >= BEGINNING and long.startswith(short)
    return short == long or cut or alike(a, b)


def _words(text: str) -> str:
    return normalise(text).rstrip("…. ")
