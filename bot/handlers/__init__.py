"""Updates to answers: one module per user task. Handlers read storage and never call Grok."""

from __future__ import annotations

from contextlib import suppress

import structlog
from aiogram import Dispatcher
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramBadRequest, TelegramRetryAfter
from aiogram.types import ErrorEvent

from bot.handlers import (
    asking,
    charting,
    explaining,
    feedback,
    limiting,
    membership,
    operating,
    proposing,
    rest,
    retelling,
    ruling,
    settings,
    silencing,
    track_record,
    transferring,
    watching,
)
from bot.handlers.admission import Admission, ChangesByAdmins
from bot.handlers.room import Room
from bot.views import start

log = structlog.get_logger()
_MODULES = (
    membership,
    asking,
    explaining,
    charting,
    track_record,
    settings,
    silencing,
    feedback,
    retelling,
    limiting,
    proposing,
    ruling,
    watching,
    transferring,
    operating,
    rest,  # the last: it catches what nobody else understood
)


def make_dispatcher(room: Room, allowed: tuple[int, ...]) -> Dispatcher:
    """A dispatcher with every router; the one that catches the rest comes last."""
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher["room"] = room
    dispatcher["allowed"] = listed = frozenset(allowed)
    admission = Admission(room, listed)
    for observer in (dispatcher.message, dispatcher.callback_query, dispatcher.my_chat_member):
        observer.outer_middleware(admission)
    for acted in (dispatcher.message, dispatcher.callback_query):
        acted.middleware(ChangesByAdmins())
    for module in _MODULES:
        dispatcher.include_router(module.make_router())
    dispatcher.errors.register(stumbled)
    return dispatcher


async def stumbled(event: ErrorEvent) -> bool:
    """A handler broke: whoever asked is told, a pressed button stops spinning, and the log has the rest."""
    update, error = event.update, event.exception
    if isinstance(error, TelegramRetryAfter):
        raise error  # told in one line where updates come in: an answer now would only be refused again
    query, message = update.callback_query, update.message
    if isinstance(error, TelegramBadRequest) and "query is too old" in str(error):
        return True  # a press from before a restart: Telegram takes no answer to it any more
    log.exception("handler failed", update_id=update.update_id, exc_info=error)
    with suppress(TelegramAPIError, ClientDecodeError):
        if query is not None:
            await query.answer(start.stumbled())
        elif message is not None:
            await message.answer(start.stumbled())
    return True
