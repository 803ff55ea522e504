"""The tree of a parsed line, as the readers of the language walk it."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token, Tree

Node = Tree[Token]


def trees(node: Node) -> Iterator[Node]:
    """Its parts that have parts."""
    return (child for child in node.children if isinstance(child, Tree))


def tokens(node: Node) -> list[Token]:
    """Its words."""
    return [child for child in node.children if isinstance(child, Token)]


def hours(token: Token) -> int:
    """`12h` or `2d`."""
    return int(token[:-1]) * (24 if token.lower().endswith("d") else 1)
