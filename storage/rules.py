"""Rules: what each chat wants to hear of, at most so many a chat."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import BadInput
from core.models.rules import RULES, Expression, Rule, Scope
from storage import dialects
from storage.tables import chats, rules

_EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)
_ELSEWHERE = timedelta(days=1)  # it may still be the day before somewhere


async def add(c: AsyncConnection, rule: Rule) -> None:
    """Save a new rule. Raises BadInput when the chat has as many as it may."""
    await c.execute(select(chats.c.id).where(chats.c.id == rule.chat_id).with_for_update())
    held = (await c.execute(select(func.count()).where(rules.c.chat_id == rule.chat_id))).scalar_one()
    if held >= RULES:
        raise BadInput(f"This chat has {RULES} rules, which is the most: delete one first.")
    await c.execute(insert(rules).values(_row(rule)))


async def replace(c: AsyncConnection, rule: Rule) -> None:
    """Change a saved rule, all but its id and chat. Raises LookupError if the chat has no such rule."""
    values = {name: value for name, value in _row(rule).items() if name not in ("id", "chat_id")}
    mine = and_(rules.c.id == rule.id, rules.c.chat_id == rule.chat_id)
    if (await c.execute(update(rules).where(mine).values(values))).rowcount == 0:
        raise LookupError(f"chat {rule.chat_id} has no rule {rule.id}")


async def remove(c: AsyncConnection, chat_id: int, rule_id: str) -> bool:
    """Delete a chat's rule; False if it had none of that id."""
    gone = delete(rules).where(rules.c.id == rule_id, rules.c.chat_id == chat_id)
    return (await c.execute(gone)).rowcount == 1


async def get(c: AsyncConnection, chat_id: int, rule_id: str) -> Rule | None:
    """A chat's rule."""
    return next(iter(await _read(c, and_(rules.c.id == rule_id, rules.c.chat_id == chat_id))), None)


async def taken(c: AsyncConnection, rule_id: str) -> bool:
    """Whether some chat has a rule of this id."""
    return (await c.execute(select(rules.c.id).where(rules.c.id == rule_id))).first() is not None


async def of_chat(c: AsyncConnection, chat_id: int) -> list[Rule]:
    """All rules of a chat, oldest first; paused and ended ones too."""
    return await _read(c, rules.c.chat_id == chat_id)


async def live(c: AsyncConnection, now: datetime) -> list[Rule]:
    """Rules of all chats that can be reached which are neither paused, nor over in every zone, nor done.

    Rules with equal expressions share one object.
    """
    reachable = exists().where(chats.c.id == rules.c.chat_id, chats.c.paused.is_(None))
    last = (now - _ELSEWHERE).date().isoformat()
    return await _read(
        c,
        and_(
            rules.c.paused.is_(False),
            rules.c.done_at.is_(None),
            or_(rules.c.until.is_(None), rules.c.until >= last),
            reachable,
        ),
    )


async def finish(c: AsyncConnection, rule_ids: Iterable[str], at: datetime) -> None:
    """These rules were for once and have fired."""
    for chunk in dialects.chunks(rule_ids):
        await c.execute(update(rules).where(rules.c.id.in_(chunk)).values(done_at=at))


def _row(rule: Rule) -> dict[str, Any]:
    row = rule.model_dump(exclude={"expression", "scope", "until"})
    return row | {
        "expression": _EXPRESSION.dump_json(rule.expression).decode(),
        "scope": rule.scope.model_dump_json(),
        "until": rule.until.isoformat() if rule.until else None,
    }


async def _read(c: AsyncConnection, condition: ColumnElement[bool]) -> list[Rule]:
    rows = await c.execute(select(rules).where(condition).order_by(rules.c.created_at, rules.c.id))
    return [_rule(dict(row)) for row in rows.mappings()]


def _rule(row: dict[str, Any]) -> Rule:
    """What was checked when it was saved is not checked again: there may be very many."""
    return Rule.model_construct(
        **{
            **row,
            "expression": _expression(row["expression"]),
            "scope": _scope(row["scope"]),
            "until": date.fromisoformat(row["until"]) if row["until"] else None,
        }
    )


@lru_cache(maxsize=1 << 16)
def _expression(text: str) -> Expression:
    return _EXPRESSION.validate_json(text)


@lru_cache(maxsize=1 << 16)
def _scope(text: str) -> Scope:
    return Scope.model_validate_json(text)
