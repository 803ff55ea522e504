"""The role that reads X and decides: several of its kind share the schedule, and what each turn asks."""

from __future__ import annotations

from contextlib import AsyncExitStack

from bot.cycle import Wheel
from bot.jobs import Jobs
from bot.notices import Notices
from bot.outside import outside, wording
from bot.roles import Common, Loop
from bot.words import WordingWorker


async def make(common: Common, stack: AsyncExitStack) -> list[Loop]:
    """Its loops; what they talk to is closed with the stack."""
    settings, database, clock, _, sender = common
    notices = Notices(database, clock, settings.admin_ids, sender.wake)
    world = await stack.enter_async_context(outside(settings, database, clock, tell=notices.tell))
    wheel = Wheel(settings=settings, database=database, clock=clock, tell=notices.tell, **world._asdict())
    jobs = Jobs(settings=settings, database=database, clock=clock, wheel=wheel, sender=sender)
    loops: list[Loop] = [jobs.run]
    if database.dialect == "postgresql":
        loops.append(wheel.polls.help)
    if not settings.words.enabled or settings.posts_file is not None:
        return loops
    smith = await stack.enter_async_context(wording(settings, world.ledger))
    worker = WordingWorker(database=database, clock=clock, smith=smith, wake=sender.wake)
    return [*loops, worker.run]
