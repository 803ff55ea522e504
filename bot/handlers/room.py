"""What every handler finds at hand: storage, the board, the clock and the knobs it may read."""

from __future__ import annotations

from dataclasses import dataclass

from bot.board import Board
from bot.clock import AppClock
from core.budget import Caps
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Room:
    """Injected into handlers by the name `room`."""

    database: Database
    board: Board
    clock: AppClock
    caps: Caps
    admins: frozenset[int] = frozenset()
    words: bool = False  # whether answers may get Grok's words later
