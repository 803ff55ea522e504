"""What every handler finds at hand: storage, the board, the clock and the knobs it may read."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.board import Board
from bot.charts import Charts
from bot.clock import AppClock
from core.alerts.params import AlertParams
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
    params: AlertParams = field(default_factory=AlertParams)
    following: int = 0  # what one followed topic costs a day, in ticks
    charts: Charts = field(default_factory=Charts)
    words: bool = False  # whether answers may get Grok's words later
