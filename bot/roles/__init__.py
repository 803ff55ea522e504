"""What a process may do of INTERN's work: all of it, or on PostgreSQL a part, beside others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:  # the command line names roles before anything heavy is loaded
    from aiogram import Bot

    from bot.clock import AppClock
    from bot.settings import Settings
    from storage.database import Database

Loop = Callable[[asyncio.Event], Awaitable[None]]


class Role(StrEnum):
    WEB = "web"  # takes updates and answers people
    WORKER = "worker"  # reads X, decides, plans digests
    SENDER = "sender"  # sends what was decided


EVERYTHING = frozenset(Role)


class Wakes(Protocol):
    """Who sends, as far as those who plan messages know."""

    def wake(self) -> None:
        """There may be something to send."""


class Elsewhere:
    """The sender is another process, which looks often enough by itself."""

    def wake(self) -> None:
        """It cannot be heard from here."""


class Common(NamedTuple):
    """What every role works with."""

    settings: Settings
    database: Database
    clock: AppClock
    bot: Bot
    sender: Wakes
