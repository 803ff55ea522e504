"""X's advanced search, as far as our prompts use it: from a query's text to something that matches posts.

Spaces mean AND and bind tighter than OR; OR is written in capitals; parentheses group; a dash negates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.sources.posts.errors import QueryError
from bot.sources.posts.leaves import ALWAYS, Doc, Leaf, Span, operator, text_leaf

MAX_LENGTH = 4096
MAX_DEPTH = 30
_LEXEME = re.compile(r'(?P<space>\s+)|(?P<open>-?\()|(?P<close>\))|(?P<quote>-?"[^"]*")|(?P<bare>[^\s()"]+)')


@dataclass(frozen=True, slots=True)
class Every:
    """All parts match (AND)."""

    parts: tuple[Node, ...]

    def matches(self, doc: Doc) -> bool:
        return all(part.matches(doc) for part in self.parts)

    @property
    def span(self) -> Span:
        spans = [part.span for part in self.parts]
        return max(lo for lo, _ in spans), min(hi for _, hi in spans)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part matches (OR)."""

    parts: tuple[Node, ...]

    def matches(self, doc: Doc) -> bool:
        return any(part.matches(doc) for part in self.parts)

    @property
    def span(self) -> Span:
        spans = [part.span for part in self.parts]
        return min(lo for lo, _ in spans), max(hi for _, hi in spans)


@dataclass(frozen=True, slots=True)
class Never:
    """The part does not match (a dash in front)."""

    part: Node
    span: Span = ALWAYS

    def matches(self, doc: Doc) -> bool:
        return not self.part.matches(doc)


Node = Every | Either | Never | Leaf


def parse(query: str, *, now: datetime) -> Node:
    """The query as a tree; relative times count back from `now`. Raises QueryError, and nothing else."""
    if len(query) > MAX_LENGTH:
        raise QueryError(f"The query has {len(query)} characters; X takes at most {MAX_LENGTH}.")
    parser = _Parser(list(_lexemes(query)), now)
    node = parser.either(depth=0)
    if parser.kind() == "close":
        raise QueryError("There is a ) without its (.")
    return node


def loosened(node: Node) -> Node:
    """The same filters, but any one of the wanted words is enough: what a search by meaning starts from."""
    leaves = list(_wanted(node))
    words = [leaf for leaf in leaves if leaf.is_text]
    rest: list[Node] = [leaf for leaf in leaves if not leaf.is_text]
    rest += list(_unwanted(node))
    return Every((Either(tuple(words)), *rest)) if words else node


def _wanted(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, Every | Either):
        for part in node.parts:
            yield from _wanted(part)


def _unwanted(node: Node) -> Iterator[Never]:
    if isinstance(node, Never):
        yield node
    elif isinstance(node, Every):
        for part in node.parts:
            yield from _unwanted(part)


def _lexemes(query: str) -> Iterator[tuple[str, str]]:
    at, text = 0, re.sub("[“”„]", '"', query)
    while at < len(text):
        match = _LEXEME.match(text, at)
        if match is None:
            raise QueryError('A " is opened and never closed.')
        at = match.end()
        if match.lastgroup and match.lastgroup != "space":
            yield match.lastgroup, match.group()


class _Parser:
    """Recursive descent over the lexemes."""

    def __init__(self, lexemes: Iterable[tuple[str, str]], now: datetime) -> None:
        self._lexemes = list(lexemes)
        self._at = 0
        self._now = now

    def kind(self) -> str | None:
        return self._lexemes[self._at][0] if self._at < len(self._lexemes) else None

    def either(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise QueryError(f"Parentheses are nested deeper than {MAX_DEPTH}.")
        parts = [self._every(depth)]
        while self._take("OR"):
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _every(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.kind() not in (None, "close") and self._word() != "OR":
            if not self._take("AND"):
                parts.append(self._one(depth))
        if not parts:
            raise QueryError("A search term is missing: the query, a group or one side of an OR is empty.")
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self, depth: int) -> Node:
        kind, text = self._lexemes[self._at]
        self._at += 1
        negated = text.startswith("-") and len(text) > 1
        body = text[1:] if negated else text
        node = self._group(depth) if kind == "open" else self._leaf(kind, body)
        return Never(node) if negated else node

    def _group(self, depth: int) -> Node:
        node = self.either(depth + 1)
        if self.kind() != "close":
            raise QueryError("There is a ( without its ).")
        self._at += 1
        return node

    def _leaf(self, kind: str, body: str) -> Leaf:
        if kind == "quote":
            return text_leaf(body.strip('"'))
        return operator(body, now=self._now) or text_leaf(body)

    def _word(self) -> str | None:
        kind, text = self._lexemes[self._at]
        return text if kind == "bare" else None

    def _take(self, word: str) -> bool:
        found = self._at < len(self._lexemes) and self._word() == word
        self._at += found
        return found
