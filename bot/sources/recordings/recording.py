"""A recording read back: settings, turns, and what was asked in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from bot.sources.recordings import faults, lines
from bot.sources.recordings.kinds import KINDS, Kind
from bot.sources.recordings.tape import VERSION
from core.errors import BadInput, SourceError

Row = dict[str, Any]


class Turn(NamedTuple):
    """One turn of the wheel that was recorded to its end."""

    slot: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One thing asked and how it ended: with an answer, with a fault, or cut off before either."""

    turn: str | None
    key: str
    answer: Any = None
    fault: SourceError | None = None
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything a file holds. Lines of a turn that did not end are left out and counted."""

    settings: Row
    metered: bool  # whether X's own counts were asked for
    turns: Sequence[Turn]
    lines: Sequence[Line]
    unfinished: int = 0  # lines left out because their turn did not end
    torn: bool = False  # the file ends within a line


class _Unreadable(ValueError):
    """Why a line is no line of ours."""


def load(path: str | Path) -> Recording:
    """Read a recording. Raises BadInput that names the file, the line and what to do."""
    content = lines.whole(Path(path))
    head: Row = {}
    turns: list[Turn] = []
    asked: list[Line] = []
    for number, line in enumerate(content.lines, 1):
        try:
            row = _row(line)
            head = head or _head(row)
            if "ended" in row:
                turns.append(_turn(row))
            asked += [_line(kind, row) for kind in KINDS if kind.name in row]
        except _Unreadable as error:
            raise BadInput(f"{path}, line {number}: {error}.") from None
    if not head:
        raise BadInput(f"{path} is empty: make a recording with `python -m bot record --to FILE`.")
    ended = {turn.slot for turn in turns} | {None}
    kept = [line for line in asked if line.turn in ended]
    settings, metered = dict(head["settings"]), bool(head.get("metered"))
    return Recording(settings, metered, turns, kept, len(asked) - len(kept), content.torn)


def _row(line: bytes) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise _Unreadable("that is not JSON; take the line out or give another recording") from None
    if not isinstance(row, dict) or "v" not in row:
        raise _Unreadable("that is no line of a recording; `python -m bot record --to FILE` makes one")
    if row["v"] != VERSION:
        raise _Unreadable(f"it is of version {row['v']} and this INTERN reads {VERSION}; use its own INTERN")
    return row


def _head(row: Row) -> Row:
    """A file's first line, if it is one."""
    if not isinstance(row.get("settings"), dict):
        raise _Unreadable("the settings are missing, they come first; give a whole recording")
    return row


def _turn(row: Row) -> Turn:
    try:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None:
            raise ValueError("a time without its zone")
        return Turn(str(row["turn"]), at)
    except (KeyError, TypeError, ValueError):
        raise _Unreadable("a turn without its time; take the line out or give another recording") from None


def _line(kind: Kind, row: Row) -> Line:
    try:
        key = kind.key(kind.asked.validate_python(row[kind.name]))
        if "cut_off" in row:
            return Line(row.get("turn"), key, cut_off=True)
        if "fault" in row:
            return Line(row.get("turn"), key, fault=faults.raised(row["fault"]))
        return Line(row.get("turn"), key, answer=kind.answer.validate_python(row["answer"]))
    except (KeyError, TypeError, ValueError):
        raise _Unreadable(
            f"its {kind.name} or the answer cannot be read; take the line out or give another recording"
        ) from None
