"""A rule's line as a person types it, understood with what its names stand for in this chat."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers import stories
from core.alerts.language import Known, parse
from core.models import Chat
from core.models.rules import Rule, Spec
from storage import attention, chats, narratives

_SLUG = re.compile(r"#([\w-]+)")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))  # as phones write them
_SUGGESTED = timedelta(days=3)  # a misspelt story is looked for among those spoken of lately


async def understood(c: AsyncConnection, line: str, chat: Chat, now: datetime) -> Spec:
    """The rule a line describes. Raises BadRule."""
    topics = (await attention.get(c, chat.id)).topics
    return parse(line, Known(await slugs(c, [line], now), topics))


async def slugs(c: AsyncConnection, texts: Iterable[str], now: datetime) -> dict[str, str]:
    """slug → story, of those named in the texts, and of those alive where one of them is not known."""
    named = {match[1].lower() for text in texts for match in _SLUG.finditer(text)}
    known = await stories.known_slugs(c, sorted(named))
    if named <= known.keys():
        return known
    alive = await narratives.live(c, since=now - _SUGGESTED)
    return {**{each.slug: each.id for each in alive}, **known}


def straight(line: str) -> str:
    """The line with the quotes the language knows, in one line."""
    return " ".join(line.translate(_QUOTES).split())


def made(spec: Spec, chat: Chat, source: str, at: datetime, *, name: str = "", id: str = "") -> Rule:
    """The rule a chat saves."""
    said = {field: getattr(spec, field) for field in Spec.model_fields}
    return Rule(
        id=id or secrets.token_hex(6), chat_id=chat.id, name=name, source=source, created_at=at, **said
    )


async def reached(c: AsyncConnection, chat: Chat, thread_id: int | None) -> None:
    """A chat's first wish decides in which topic it hears; one that could not be reached can again."""
    if not chat.subscribed and chat.digest_at is None and chat.thread_id is None and thread_id is not None:
        await chats.change(c, chat.id, thread_id=thread_id)
    if chat.paused is not None:
        await chats.resume(c, chat.id)
