"""The Bot object: which server it speaks to, and patience for answers that hit a limit."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from functools import cache
from typing import Any, cast

import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramNotFound, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import LinkPreviewOptions
from aiohttp import ClientTimeout

from bot.settings import Settings
from core.errors import ConfigError

log = structlog.get_logger()
pushing: ContextVar[bool] = ContextVar("pushing", default=False)  # set by the sender: the outbox retries
PATIENCE = 15  # seconds an answer waits at most for "too many requests"; a handler lives for 20
CONNECT_SECONDS = 10.0  # a connection that is not there by then has carried nothing: worth another try


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


@cache
def _reader(returned: Any) -> Any:
    """What reads such an answer, kept: once it is collected as garbage, aiogram makes it anew in 10 ms."""
    return Response[returned]


class Session(AiohttpSession):
    """aiogram's own, but a connection that never comes about ends as aiohttp's ConnectionTimeoutError."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 — aiogram's signature
    ) -> TelegramType:
        _reader(method.__returning__)
        limit = ClientTimeout(total=timeout or self.timeout, connect=CONNECT_SECONDS)
        # aiogram hands its timeout to aiohttp as it is, which takes this as well as a number.
        return await super().make_request(bot, method, timeout=cast(int, limit))


def refused(error: TelegramUnauthorizedError | TelegramNotFound) -> ConfigError:
    """What the operator reads when Telegram does not let this bot in."""
    if isinstance(error, TelegramNotFound):
        return ConfigError(
            "no such bot at that address (404): look whether BOT_TOKEN is complete and TELEGRAM_API_BASE "
            "is the address of a Bot API server."
        )
    return ConfigError("BOT_TOKEN was refused by Telegram: ask @BotFather for the current token.")


def make_bot(settings: Settings, *, timeout: float = 60.0) -> Bot:
    """A bot on the configured server; HTML throughout, no link previews."""
    session = Session(api=TelegramAPIServer.from_base(settings.telegram_api_base), timeout=timeout)
    session.middleware(Patient())
    properties = DefaultBotProperties(
        parse_mode=ParseMode.HTML, link_preview=LinkPreviewOptions(is_disabled=True)
    )
    return Bot(settings.bot_token.get_secret_value(), session=session, default=properties)
