"""Due polls: the questions of a turn that is under way, each asked by whichever worker takes it up.

A row without a reply is due, or being asked by its owner while its lease runs. It is claimed at most twice:
one whose lease has run out twice ends with a fault. The turn's rows go with the transaction that writes the
turn. Times are real time: a lease must run out at the same pace for every process.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.models import Answer, Question
from core.observing import Reply
from storage import dialects
from storage.tables import due_polls

CLAIMS = 2  # of one question: a call that was cut off is made once more
INTERRUPTED = "interrupted"  # the fault of a question whose every claim ran out
_OPEN = due_polls.c.reply.is_(None)

Known = Sequence[tuple[str, str]]  # slugs and titles of narratives an answer may reuse


class DuePoll(NamedTuple):
    """A question in somebody's hands."""

    turn: str
    position: int  # within the turn, from 0
    question: Question
    known: Known
    owner: str
    claims: int  # this one included: it tells two claims of one owner apart


async def plan(
    c: AsyncConnection, turn: str, questions: Iterable[Question], known: Known, *, until: datetime
) -> None:
    """A turn wants to know. One that has begun before goes on with the questions and replies it has."""
    begun = (await c.execute(select(exists().where(due_polls.c.turn == turn)))).scalar_one()
    rows = [
        {
            "turn": turn,
            "position": position,
            "question": question.model_dump(mode="json"),
            "known": [list(pair) for pair in known],
            "claims": 0,
            "wanted_until": until,
        }
        for position, question in enumerate(questions)
    ]
    if rows and not begun:
        await c.execute(dialects.insert(c, due_polls).on_conflict_do_nothing(), rows)


async def want(c: AsyncConnection, turn: str, *, real_now: datetime, lease: timedelta) -> None:
    """Somebody still waits for the turn: nobody takes up questions of one that was abandoned.

    What was claimed twice in vain ends here. A lease that runs for longer than any does was taken before the
    clock was set back: it gets a lease's time from now on.
    """
    of_turn = update(due_polls).where(due_polls.c.turn == turn, _OPEN)
    await c.execute(of_turn.values(wanted_until=real_now + lease))
    until = real_now + lease
    await c.execute(of_turn.where(due_polls.c.lease_until > until).values(lease_until=until))
    spent = of_turn.where(due_polls.c.claims >= CLAIMS, due_polls.c.lease_until <= real_now)
    await c.execute(spent.values(reply=_told(None, INTERRUPTED)))


async def claim(
    c: AsyncConnection,
    *,
    owner: str,
    real_now: datetime,
    lease: timedelta,
    limit: int,
    turn: str | None = None,
) -> list[DuePoll]:
    """Take up to `limit` questions for `owner`, of one turn or of any that somebody waits for."""
    query = (
        select(due_polls)
        .where(
            _OPEN,
            due_polls.c.wanted_until > real_now,
            due_polls.c.claims < CLAIMS,
            or_(due_polls.c.lease_until.is_(None), due_polls.c.lease_until <= real_now),
            true() if turn is None else due_polls.c.turn == turn,
        )
        .order_by(due_polls.c.turn, due_polls.c.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await c.execute(query)).mappings().all()
    keys = [(row["turn"], row["position"]) for row in rows]
    if keys:
        taken = update(due_polls).where(tuple_(due_polls.c.turn, due_polls.c.position).in_(keys))
        await c.execute(
            taken.values(owner=owner, lease_until=real_now + lease, claims=due_polls.c.claims + 1)
        )
    return [
        DuePoll(
            row["turn"],
            row["position"],
            Question.model_validate(row["question"]),
            [(slug, title) for slug, title in row["known"]],
            owner,
            row["claims"] + 1,
        )
        for row in rows
    ]


async def renew(c: AsyncConnection, due: DuePoll, *, until: datetime) -> bool:
    """Its owner is still at it; False: the question is somebody else's by now, or over."""
    held = update(due_polls).where(_is(due), _OPEN, _held(due))
    return (await c.execute(held.values(lease_until=until))).rowcount == 1


async def end(c: AsyncConnection, due: DuePoll, reply: Reply) -> bool:
    """How it ended; False: too late.

    The first answer counts, whoever brings it; a fault only from whoever has the question now.
    """
    mine = true() if reply.answer else _held(due)
    told = _told(reply.answer, reply.fault)
    return (await c.execute(update(due_polls).where(_is(due), _OPEN, mine).values(reply=told))).rowcount == 1


async def left(c: AsyncConnection, turn: str) -> int:
    """How many of a turn's questions have no reply yet."""
    query = select(func.count()).where(due_polls.c.turn == turn, _OPEN)
    return (await c.execute(query)).scalar_one()


async def replies(c: AsyncConnection, turn: str) -> list[Reply]:
    """How a turn's questions ended, in their order."""
    query = select(due_polls.c.question, due_polls.c.reply).where(due_polls.c.turn == turn, ~_OPEN)
    rows = await c.execute(query.order_by(due_polls.c.position))
    return [_read(Question.model_validate(question), reply) for question, reply in rows]


async def forget(c: AsyncConnection, turn: str) -> None:
    """The turn is written: replies that come now are too late."""
    await c.execute(delete(due_polls).where(due_polls.c.turn == turn))


async def prune(c: AsyncConnection, before: datetime) -> int:
    """Forget turns that nobody has waited for since then; returns how many questions they had."""
    return (await c.execute(delete(due_polls).where(due_polls.c.wanted_until < before))).rowcount


def _is(due: DuePoll) -> ColumnElement[bool]:
    return (due_polls.c.turn == due.turn) & (due_polls.c.position == due.position)


def _held(due: DuePoll) -> ColumnElement[bool]:
    return (due_polls.c.owner == due.owner) & (due_polls.c.claims == due.claims)


def _told(answer: Answer | None, fault: str | None) -> str:
    """As text of our own: a model's JSON may hold what pydantic or PostgreSQL refuses (half a character)."""
    told = None
    if answer is not None:
        told = answer.model_dump(exclude={"document"}) | {"document": answer.document}
    return json.dumps({"answer": told, "fault": fault}, default=sorted)


def _read(question: Question, text: str) -> Reply:
    told = json.loads(text)
    answer = Answer.model_validate(told["answer"]) if told["answer"] is not None else None
    return Reply(question, answer, told["fault"])
