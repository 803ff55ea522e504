"""People name what they care about: /watch, /ignore, /follow and their opposites, and /lists."""

from __future__ import annotations

from typing import cast

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers import stories
from bot.handlers.admission import CHANGES
from bot.handlers.room import Room
from bot.views import lists
from core.errors import BadInput
from core.models import Chat, Narrative
from core.models.attention import Topic
from core.models.rules import Scope
from core.narratives.topics import topic_narrative
from storage import attention, narratives, watching
from storage.watching import List

_TOPIC: TypeAdapter[str] = TypeAdapter(Topic)


async def put(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    """`/watch` and `/ignore`."""
    to = cast(List, command.command)
    said = (command.args or "").strip()
    if not said:
        await message.answer(lists.usage(to))
        return
    async with room.database.reading() as c:
        entry, near = await _entry(c, said)
    if entry is None:
        await message.answer(lists.unfit())
        return
    try:
        async with room.database.writing() as c:
            added = await watching.add(c, chat.id, to, entry, room.clock.now())
    except BadInput:
        await message.answer(lists.full(to))
        return
    await message.answer(lists.added(to, entry, already=not added, near=near))


async def _entry(c: AsyncConnection, said: str) -> tuple[Scope | None, list[Narrative]]:
    """A token, one story, or a topic with the stories that come close to it; None: it can be none of them."""
    ticker = stories.token(said)
    if ticker:
        return Scope(kind="token", name=ticker), []
    story = await stories.exact(c, said)
    if story is not None:
        return Scope(kind="narrative", name=story.slug, narrative_id=story.id), []
    topic = topic_of(said.lstrip("#"))
    if topic is None:
        return None, []
    return Scope(kind="topic", name=topic), await narratives.find(c, topic)


def topic_of(said: str) -> str | None:
    """A topic as it is kept: small letters, single spaces; None for what cannot be one."""
    plain = " ".join(said.strip(" \"“”„'").lower().split())
    try:
        return _TOPIC.validate_python(plain) if '"' not in plain else None
    except ValidationError:
        return None


async def take(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    """`/unwatch` and `/unignore`."""
    off: List = "watch" if command.command == "unwatch" else "ignore"
    said = (command.args or "").strip()
    if not said:
        await message.answer(lists.usage(command.command))
        return
    async with room.database.writing() as c:
        allowed = await attention.get(c, chat.id)
        gone = await _matching(c, said, allowed.watch if off == "watch" else allowed.ignore)
        for entry in gone:
            await watching.drop(c, chat.id, off, entry)
    await message.answer(lists.dropped(off, gone[0]) if gone else lists.absent(off, said))


async def _matching(c: AsyncConnection, said: str, entries: tuple[Scope, ...]) -> list[Scope]:
    """The entries a person means: by the name they are shown under, or any name of the same story."""
    wanted = " ".join(said.strip(" \"“”„'").casefold().split())
    named = [each for each in entries if wanted in (lists.name(each).casefold(), each.name.casefold())]
    story = await stories.exact(c, said)
    if story is None:
        return named
    ids = await stories.family(c, story.id)
    return named + [each for each in entries if each.narrative_id in ids and each not in named]


async def follow(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    said = (command.args or "").strip()
    topic = topic_of(said)
    if topic is None:
        await message.answer(lists.unfit() if said else lists.usage("follow"))
        return
    try:
        topic_narrative(topic, room.clock.now())
    except BadInput:
        await message.answer(lists.too_common(topic))
        return
    try:
        async with room.database.writing() as c:
            added = await watching.follow(c, chat.id, topic, room.clock.now())
            count = len((await attention.get(c, chat.id)).topics)
    except BadInput:
        await message.answer(lists.full_topics())
        return
    await message.answer(lists.following(topic, already=not added, count=count))


async def unfollow(message: Message, command: CommandObject, room: Room, chat: Chat) -> None:
    said = (command.args or "").strip()
    topic = topic_of(said)
    if topic is None:
        await message.answer(lists.usage("unfollow"))
        return
    async with room.database.writing() as c:
        followed = (await attention.get(c, chat.id)).topics
        same = [each for each in followed if each.casefold() == topic]
        for each in same:
            await watching.unfollow(c, chat.id, each)
    await message.answer(lists.unfollowed(topic) if same else lists.not_followed(said))


async def ask_lists(message: Message, room: Room, chat: Chat) -> None:
    async with room.database.reading() as c:
        allowed = await attention.get(c, chat.id)
    await message.answer(lists.shown(allowed))


def make_router() -> Router:
    router = Router(name="watching")
    router.message.register(put, Command("watch", "ignore"), flags=CHANGES)
    router.message.register(take, Command("unwatch", "unignore"), flags=CHANGES)
    router.message.register(follow, Command("follow"), flags=CHANGES)
    router.message.register(unfollow, Command("unfollow"), flags=CHANGES)
    router.message.register(ask_lists, Command("lists"))
    return router
