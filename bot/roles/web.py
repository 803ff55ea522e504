"""The role people meet: updates in, answers out. One process at a time polls Telegram."""

from __future__ import annotations

from datetime import timedelta

from bot.board import Board
from bot.handlers import make_dispatcher
from bot.handlers.room import Room
from bot.inquiry import following_costs
from bot.intake import Intake
from bot.judging import alert_params
from bot.ledger import caps
from bot.roles import Common, Loop
from bot.standby import only_one
from storage.dialects import Lock
from storage.seats import Seat


def make(common: Common) -> Loop:
    """The loop that takes updates and answers them."""
    settings, database, clock, bot, _ = common
    room = Room(
        database=database,
        board=Board(database, clock, every=timedelta(minutes=settings.cycle.every_minutes)),
        clock=clock,
        caps=caps(settings),
        admins=frozenset(settings.admin_ids),
        params=alert_params(settings),
        following=following_costs(settings),
        words=settings.words.enabled and settings.posts_file is None,
    )
    dispatcher = make_dispatcher(room, settings.allowed_chats)
    intake = Intake(bot=bot, dispatcher=dispatcher, database=database, clock=clock)
    return only_one(Seat(database, Lock.POLLER), intake.run, duty="takes updates from Telegram")
