"""Work that one process at a time does; the others stand by and take over when its seat is free."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.roles import Loop
from storage.seats import Seat

log = structlog.get_logger()
TRY = 0.1  # seconds between tries: how long the work of a dead process may rest
LOOK = 1.0  # seconds between looks whether the seat is still ours


def only_one(seat: Seat, work: Loop, *, duty: str) -> Loop:
    """The same work, done only while this process has the seat. `duty` says in the log what others do."""

    async def run(stop: asyncio.Event) -> None:
        told = False
        while not stop.is_set():
            if await _taken(seat):
                told = False
                try:
                    await _seated(seat, work, stop)
                finally:
                    await seat.leave()
            else:
                if not told:
                    log.warning(f"standing by: another process of this INTERN {duty}")
                told = True
                await _within(stop, TRY)
        await seat.leave()

    return run


async def _taken(seat: Seat) -> bool:
    try:
        return await seat.take()
    except (SQLAlchemyError, OSError) as error:
        log.warning("the database is away", why=type(error).__name__)
        await asyncio.sleep(LOOK)
        return False


async def _seated(seat: Seat, work: Loop, stop: asyncio.Event) -> None:
    """Work until `stop`, or until somebody else may have the seat; then what is in hand is finished."""
    over = asyncio.Event()
    working = asyncio.ensure_future(work(over))
    watching = asyncio.create_task(_watch(seat, stop, over))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        over.set()
        await working
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _watch(seat: Seat, stop: asyncio.Event, over: asyncio.Event) -> None:
    while not await _within(stop, LOOK):
        if not await seat.kept():
            log.warning("the seat is lost with its session: what is in hand is finished")
            break
    over.set()


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event comes within so many real seconds."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
