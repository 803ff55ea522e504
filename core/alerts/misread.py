"""What is wrong with a line of the language, said at the word, with what would fit there."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from lark import Token, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from core.alerts import grammar
from core.errors import BadRule

SHOWN = 4  # expected things that are named


def bad(sentence: str, token: Token, *expected: str, nearest: str = "") -> BadRule:
    """The error that points at a word."""
    position = int(token.start_pos or 0)
    hint = f": did you mean “{nearest}”?" if nearest else "."
    return BadRule(
        f"{sentence} (character {position + 1}){hint}",
        position=position, word=str(token), expected=expected, nearest=nearest,
    )  # fmt: skip


def closest(word: str, names: Collection[str] | None, prefix: str = "") -> str:
    """The name that was probably meant, behind its prefix; "" if none is near."""
    close = get_close_matches(word.lower(), list(names or ()), n=1, cutoff=0.6)
    return prefix + close[0] if close else ""


def unexpected(error: UnexpectedInput, text: str) -> BadRule:
    """What the grammar could not read, said by what would have fitted."""
    if isinstance(error, UnexpectedCharacters) or not isinstance(error, UnexpectedToken):
        return BadRule("I cannot read this.", position=int(error.pos_in_stream or 0), word=text[:20])
    state: Any = error.interactive_parser
    fitting = sorted(state.accepts(), key=grammar.rank)
    expected = tuple(dict.fromkeys(map(grammar.named, fitting)))
    token = error.token
    if token.type == "$END":
        sentence = f"The rule ends too early: expected {_either(expected)}."
        return BadRule(sentence, position=len(text.rstrip()), word="", expected=expected)
    words = [word for terminal in fitting for word in grammar.spellings(terminal)]
    nearest = closest(token.value, words) or (
        "" if token.value in grammar.WORDS else closest(token.value, grammar.WORDS)
    )
    if token.type in ("WORD", "OTHER") and nearest and nearest in words:
        return bad(f"I do not know “{token}”", token, *expected, nearest=nearest)
    return bad(
        f"“{token}” does not fit here, expected {_either(expected)}", token, *expected, nearest=nearest
    )


def _either(expected: tuple[str, ...]) -> str:
    """`a, b or c`; of many only the first."""
    *firsts, last = expected[:SHOWN]
    return f"{', '.join(firsts)} or {last}" if firsts else last
