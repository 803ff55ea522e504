"""The role that sends: one process at a time, the others of its kind ready to take over."""

from __future__ import annotations

from datetime import timedelta

from bot.delivery import IDLE, Sender
from bot.messages import Messages
from bot.roles import Common, Loop
from bot.standby import only_one
from storage.dialects import Lock
from storage.seats import Seat

APART = 0.25  # seconds between looks when those who plan messages may be other processes
KEPT = 0.25  # seconds for which what all chats are told of a story is not read again


def make(common: Common, *, together: bool) -> tuple[Sender, Loop]:
    """The sender and its loop; `together`: this process has all roles."""
    settings, database, clock, bot, _ = common
    alone = together and database.dialect == "sqlite"
    every = timedelta(minutes=settings.cycle.every_minutes)
    sender = Sender(
        settings=settings,
        database=database,
        bot=bot,
        clock=clock,
        render=Messages(database, clock, every=every, kept=KEPT).render,
        idle=IDLE if alone else APART,
    )
    return sender, only_one(Seat(database, Lock.SENDER), sender.run, duty="sends")
