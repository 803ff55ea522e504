"""The grammar of a rule's line: words become terminals by a table, so an unknown word is found as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Lark, Token

GRAMMAR = r"""
start: clause* _any
_any: any
?any: all (_OR all)*
?all: _item (_AND _item)*
_item: unit clause*
?unit: _NOT unit -> no
     | _OPEN any _SHUT
     | _NONE _OF _OPEN any (_COMMA any)* _SHUT -> none
     | measured (ABOVE | BELOW) AMOUNT -> level
     | measured (UP | DOWN) AMOUNT _IN DURATION -> move
     | measured _CROSSES (ABOVE | BELOW) AMOUNT again? -> cross
     | measured (INSIDE | OUTSIDE) AMOUNT _TO AMOUNT -> channel
     | (ENTERS | LEAVES) _TOP AMOUNT (_IN DURATION)? -> top
     | _NEW _STORY -> new
     | _PHASE _BECOMES PHASENAME (_FROM PHASENAME)? -> becomes
     | _PHASE LEAVES PHASENAME -> leaves
     | _PHASE _CHANGES -> changes
     | _MENTIONS TEXT -> mentions
measured: MEASURE (_IN DURATION)?
again: _AGAIN (ABOVE | BELOW) AMOUNT
clause: _ON SLUG -> narrative
      | _ON TICKER -> token
      | _ON _WATCHLIST -> watchlist
      | _ON _EVERYTHING -> everything
      | _ON _TOPIC TEXT -> topic
      | _ONCE -> once
      | _URGENT -> urgent
      | _UNTIL DATE -> until
      | _EVERY DURATION -> every

SLUG.5: /#[\w-]+/
TICKER.5: /\$[A-Za-z0-9]+/
TEXT.5: /"[^"\n]*"/
DATE.4: /\d{4}-\d{1,2}-\d{1,2}/
DURATION.3: /\d+[hd](?!\w)/i
AMOUNT.2: /\d+(\.\d+)?([x×](?!\w)|%)?/i
SIGN.2: />=|<=|>|<|≥|≤/
WORD.1: /[^\W\d_][\w-]*/
_OPEN: "("
_SHUT: ")"
_COMMA: ","
OTHER.-1: /[^\s(),"]+|"/
%ignore /\s+/
%declare _OR _AND _NOT _NONE _OF _IN _TO _CROSSES _AGAIN _TOP _NEW _STORY _PHASE _BECOMES _FROM _CHANGES
%declare _MENTIONS _ON _WATCHLIST _EVERYTHING _TOPIC _ONCE _URGENT _UNTIL _EVERY
%declare ABOVE BELOW UP DOWN INSIDE OUTSIDE ENTERS LEAVES PHASENAME MEASURE
"""

_SPELLINGS = {
    "ABOVE": "above over",
    "BELOW": "below under",
    "UP": "rises up grows",
    "DOWN": "drops down falls",
    "INSIDE": "inside between",
    "OUTSIDE": "outside",
    "ENTERS": "enters",
    "LEAVES": "leaves",
    "PHASENAME": "quiet emerging accelerating peaking fading",
    "MEASURE": "momentum surprise velocity sentiment mindshare posts authors coordination score volume",
    "_BECOMES": "becomes turns",
    "_MENTIONS": "mentions mention",
}
_PLAIN = [
    "or", "and", "not", "none", "of", "in", "to", "crosses",
    "again", "top", "new", "story", "phase", "from", "changes", "on",
    "watchlist", "everything", "topic", "once", "urgent", "until", "every",
]  # fmt: skip
WORDS: dict[str, str] = {
    **{word: f"_{word.upper()}" for word in _PLAIN},
    **{word: terminal for terminal, words in _SPELLINGS.items() for word in words.split()},
}
SIGNS = {">": "ABOVE", ">=": "ABOVE", "≥": "ABOVE", "<": "BELOW", "<=": "BELOW", "≤": "BELOW"}

_NAMED = {  # what a reader is told is expected, where it is not simply the words themselves
    "MEASURE": "a measure such as momentum, posts or sentiment",
    "AMOUNT": "a number such as 3x, 5% or 10",
    "DURATION": "a time such as 4h",
    "DATE": "a date such as 2026-12-31",
    "TEXT": "words in quotes",
    "SLUG": "a story such as #ai-agents",
    "TICKER": "a token such as $SOL",
    "PHASENAME": "a phase such as accelerating",
    "ABOVE": "above or >",
    "BELOW": "below or <",
    "UP": "rises",
    "DOWN": "drops",
    "INSIDE": "inside",
    "_BECOMES": "becomes",
    "_MENTIONS": "mentions",
    "_OPEN": "(",
    "_SHUT": ")",
    "_COMMA": "a comma",
    "$END": "the end",
}


def named(terminal: str) -> str:
    """A terminal in plain words."""
    return _NAMED.get(terminal, terminal.strip("_").lower())


def spellings(terminal: str) -> list[str]:
    """The words that are this terminal."""
    return [word for word, found in WORDS.items() if found == terminal]


def rank(terminal: str) -> tuple[int, str]:
    """The order in which expected things are named: what most lines go on with first."""
    return _FIRST.index(terminal) if terminal in _FIRST else len(_FIRST), terminal


_FIRST = (
    "MEASURE",
    "AMOUNT",
    "DURATION",
    "ABOVE",
    "BELOW",
    "TEXT",
    "_NEW",
    "ENTERS",
    "_PHASE",
    "_AND",
    "_OR",
    "_ON",
)


class _Spelled:
    """Turns words and signs into the terminals they spell; what spells none stays and fits nowhere."""

    always_accept = ("WORD", "SIGN", "OTHER")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        for token in stream:
            terminal = (WORDS | SIGNS).get(token.value.lower()) if token.type in self.always_accept else None
            yield Token.new_borrow_pos(terminal, token.value.lower(), token) if terminal else token


PARSER = Lark(
    GRAMMAR,
    parser="lalr",
    lexer="basic",
    postlex=_Spelled(),
    propagate_positions=True,
    maybe_placeholders=False,
)
