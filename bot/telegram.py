"""The Bot object: which server it speaks to, and patience for answers that hit a limit."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import LinkPreviewOptions

from bot.settings import Settings

log = structlog.get_logger()
pushing: ContextVar[bool] = ContextVar("pushing", default=False)  # set by the sender: the outbox retries
PATIENCE = 15  # seconds an answer waits at most for "too many requests"; a handler lives for 20


class Patient(BaseRequestMiddleware):
    """Answers to people wait out a short 429 once; pushes bring their own pacing and handle it themselves."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as error:
            if pushing.get() or error.retry_after > PATIENCE:
                raise
            log.info("answer waits", method=type(method).__name__, seconds=error.retry_after)
            await asyncio.sleep(error.retry_after)
            return await make_request(bot, method)


def make_bot(settings: Settings, *, timeout: float = 60.0) -> Bot:
    """A bot on the configured server; HTML throughout, no link previews."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.telegram_api_base), timeout=timeout)
    session.middleware(Patient())
    properties = DefaultBotProperties(
        parse_mode=ParseMode.HTML, link_preview=LinkPreviewOptions(is_disabled=True)
    )
    return Bot(settings.bot_token.get_secret_value(), session=session, default=properties)
