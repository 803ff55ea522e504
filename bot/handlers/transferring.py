"""A chat's configuration as a file: `/export` writes it, `/import` takes it over, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, Document, Message
from aiohttp import ClientError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers import rule_lines
from bot.handlers.admission import CHANGES
from bot.handlers.room import Room
from bot.handlers.settings import thread_of
from bot.views import transfer as view
from core.alerts import configuration
from core.alerts.configuration import LARGEST, Imported
from core.alerts.language import Known
from core.alerts.wording import text_of
from core.errors import BadInput
from core.models import Chat
from core.models.rules import Rule, Scope
from storage import attention, chats, rules, watching

_NAME = re.compile(r'"name"\s*:\s*"([\w-]+)"')  # of list entries: stories are there without their #
MOST_BYTES = 4 * LARGEST  # of a file: no character takes more


async def export(message: Message, room: Room, chat: Chat) -> None:
    async with room.database.reading() as c:
        text = await _exported(c, chat)
    await message.answer_document(_file(text), caption=view.exported())


async def _exported(c: AsyncConnection, chat: Chat) -> str:
    return configuration.exported(chat, await attention.get(c, chat.id), await rules.of_chat(c, chat.id))


def _file(text: str) -> BufferedInputFile:
    return BufferedInputFile(text.encode(), "intern.json")


async def take_over(message: Message, room: Room, chat: Chat, bot: Bot) -> None:
    """Read the file, then change everything in one transaction; what was before comes back as a file."""
    answered = message.reply_to_message
    document = message.document or (answered.document if answered else None)
    if document is None:
        await message.answer(view.usage())
        return
    try:
        text = await _text(document, bot)
        async with room.database.writing() as c:
            before = await _exported(c, chat)
            wanted = await _understood(c, text, room.clock.now())
            await _apply(c, wanted, chat, room.clock.now())
            await rule_lines.reached(c, chat, thread_of(message))
    except BadInput as error:
        await message.answer(view.refused(str(error)))
        return
    await message.answer_document(_file(before), caption=view.imported(wanted.configuration))


async def _text(document: Document, bot: Bot) -> str:
    """Raises BadInput for what is too large or no text."""
    too_large = view.too_large(LARGEST)
    if document.file_size is None or document.file_size > MOST_BYTES:
        raise BadInput(too_large)
    content = BytesIO()
    try:
        await bot.download(document, destination=content)
    except (TelegramAPIError, ClientError, TimeoutError):
        raise BadInput(view.unreachable()) from None
    try:
        return content.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(view.no_text()) from None


async def _understood(c: AsyncConnection, text: str, now: datetime) -> Imported:
    """Raises BadInput with a sentence that says where."""
    entries = (f"#{name}" for name in _NAME.findall(text))
    return configuration.imported(text, Known(await rule_lines.slugs(c, [text, *entries], now)))


async def _apply(c: AsyncConnection, wanted: Imported, chat: Chat, now: datetime) -> None:
    said = wanted.configuration
    await chats.change(c, chat.id, zone=said.zone, subscribed=said.subscribed, digest_at=said.digest_at)
    await attention.change(
        c, chat.id, quiet=said.quiet, budget=said.budget, sensitivity=said.sensitivity, kinds=said.kinds
    )
    await _replace_lists(c, wanted, chat.id, now)
    await _replace_rules(c, wanted, chat, now)


async def _replace_lists(c: AsyncConnection, wanted: Imported, chat_id: int, now: datetime) -> None:
    allowed = await attention.get(c, chat_id)
    held: dict[watching.List, tuple[Scope, ...]] = {"watch": allowed.watch, "ignore": allowed.ignore}
    for name, entries in held.items():
        for entry in entries:
            await watching.drop(c, chat_id, name, entry)
    for topic in allowed.topics:
        await watching.unfollow(c, chat_id, topic)
    for at, topic in zip(_moments(now), wanted.configuration.topics, strict=False):
        await watching.follow(c, chat_id, topic, at)
    for at, entry in zip(_moments(now), wanted.ignore, strict=False):
        await watching.add(c, chat_id, "ignore", entry, at)
    for at, entry in zip(_moments(now), wanted.watch, strict=False):
        await watching.add(c, chat_id, "watch", entry, at)


def _moments(now: datetime) -> Iterator[datetime]:
    """One after the other, so that everything keeps the order of the file."""
    return (now + n * timedelta(microseconds=1) for n in count())


async def _replace_rules(c: AsyncConnection, wanted: Imported, chat: Chat, now: datetime) -> None:
    """A rule that is there already keeps its id, and with it its cooldowns."""
    held: dict[str, list[Rule]] = {}
    for rule in await rules.of_chat(c, chat.id):
        held.setdefault(text_of(rule), []).append(rule)
        await rules.remove(c, chat.id, rule.id)
    lines = zip(wanted.configuration.rules, wanted.specs, strict=True)
    for at, (line, spec) in zip(_moments(now), lines, strict=False):
        same = held.get(text_of(spec), [])
        old = same.pop(0) if same else None
        made = rule_lines.made(
            spec, chat, line.rule, old.created_at if old else at, name=line.name, id=old.id if old else ""
        )
        await rules.add(c, made.model_copy(update={"paused": line.paused}))


def make_router() -> Router:
    router = Router(name="transferring")
    router.message.register(export, Command("export"))
    router.message.register(take_over, Command("import"), flags=CHANGES)
    return router
