"""Updates to answers: one module per user task. Handlers read storage and never call Grok."""

from __future__ import annotations

from aiogram import Dispatcher

from bot.handlers import asking, membership, rest, settings
from bot.handlers.admission import Admission
from bot.handlers.room import Room


def make_dispatcher(room: Room, allowed: tuple[int, ...]) -> Dispatcher:
    """A dispatcher with every router; the one that catches the rest comes last."""
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher["room"] = room
    admission = Admission(room, allowed)
    for observer in (dispatcher.message, dispatcher.callback_query, dispatcher.my_chat_member):
        observer.outer_middleware(admission)
    for module in (membership, asking, settings, rest):
        dispatcher.include_router(module.make_router())
    return dispatcher
