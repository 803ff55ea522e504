"""First words, help, and everything nobody else understood. This router comes last."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandStart
from aiogram.types import CallbackQuery, Message

from bot.views import start


async def hello(message: Message) -> None:
    text, keyboard = start.hello()
    await message.answer(text, reply_markup=keyboard)


async def help_me(message: Message) -> None:
    await message.answer(start.help_text())


async def unknown(message: Message) -> None:
    await message.answer(start.unknown())


async def talk(message: Message) -> None:
    """In groups other people's talk is none of our business; in private it gets a hint."""
    await message.answer(start.talk())


async def expired(query: CallbackQuery) -> None:
    await query.answer(start.expired())


def make_router() -> Router:
    router = Router(name="rest")
    router.message.register(hello, CommandStart())
    router.message.register(help_me, Command("help"))
    router.message.register(unknown, F.chat.type == ChatType.PRIVATE, F.text.startswith("/"))
    router.message.register(talk, F.chat.type == ChatType.PRIVATE)
    router.callback_query.register(expired)
    return router
