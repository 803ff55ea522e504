"""Days of three chats on a real database: judging, sending and mornings as in production, in this process.

Everything but the database can be thrown away at any moment; what left the house is with `telegram`.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import developments, digests, held_back
from bot.delivery import Sender
from bot.judging import Judge, alert_params
from core.models import Cycle, DeliveryKind, DeliveryState
from core.pipeline import Outcome
from storage import alerts, attention, chats, narratives, scores, tables
from storage.tables import decisions, deliveries, firings
from tests.bot.attention.clocks import quiet_at
from tests.bot.attention.telegram import Message, Telegram, named, what
from tests.bot.stage import StillClock

CATCH_UP = timedelta(hours=6)
TICK = timedelta(minutes=30)
EIGHT = datetime(2026, 1, 1, 8, tzinfo=UTC)


class CutOff(Exception):
    """The process ends in the middle of a turn."""


class Life:
    """What happens to the chats, one sentence each. Synchronous: a loop of its own runs underneath."""

    chat_ids = (1, 2, 3)

    def __init__(self, house, start):
        house.empty()
        self._db, self._run, self._settings = house.database, house.run, house.settings
        self._params = alert_params(house.settings)
        self.clock, self.awake = StillClock(start), True
        self.telegram, self.cut = Telegram(self.clock), []  # what kills cut off, arrived or not
        self._known = {}  # of LOOKS, what cannot have changed since it was looked at
        self._started()

    @property
    def now(self):
        return self.clock.now()

    def _started(self):
        self._judge = Judge(self._settings)
        self._sender = Sender(
            settings=self._settings, database=self._db, bot=self.telegram, clock=self.clock, render=named
        )
        self._run(self._sender._outbox.recover())
        self._changed("pushes")

    def restarted(self):
        """All that was in memory is gone."""
        self._started()
        self.sends()

    def sends(self, broken=None):
        """What is due leaves, unless the sender is down; `broken` kills it on the way."""
        if not self.awake:
            return
        self.telegram.broken = broken

        async def work():
            going = asyncio.ensure_future(self._sender._work(asyncio.Event()))
            self.telegram.kill = going.cancel
            with suppress(asyncio.CancelledError):
                await going
            await self._sender._outbox._begin.settled()
            await self._sender._outbox._arrived.settled()

        self._run(work())
        self._changed("pushes", "decided")
        died, self.telegram.broken = broken and self.telegram.broken is None, None
        if died:
            on_their_way = [row for row in self.pushes() if row.state == DeliveryState.SENDING]
            self.cut += [Message(row.chat_id, 0, self.now, **what(row)) for row in on_their_way]
            self.restarted()

    # --- what people and stories do -------------------------------------------------------------------

    def write(self, act, *given, changes=(), **fields):
        """One transaction of a storage function; `changes`: of LOOKS, if not any of them."""

        async def work():
            async with self._db.writing() as c:
                return await act(c, *given, **fields)

        self._changed(*(changes or LOOKS))
        return self._run(work())

    def _look(self, at):
        """What is there, asked again only after it may have changed."""
        if at not in self._known:
            self._run(self._looks_up())
        return self._known[at]

    async def _looks_up(self):
        async with self._db.reading() as c:
            self._known |= {at: await look(c) for at, look in LOOKS.items() if at not in self._known}

    def _changed(self, *what):
        for each in what:
            self._known.pop(each, None)

    def chat(self, id):
        return next(chat for chat in self._look("chats") if chat.id == id)

    def allows(self, id):
        return self._look("allows")[id]

    def rules(self, id):
        return [rule for rule in self._look("rules") if rule.chat_id == id]

    def judges(self, scored, common, *, cut_off=False):
        """One turn's scores; a turn that is cut off leaves nothing and is made again."""
        if cut_off:
            with suppress(CutOff):
                self.write(self._turn, scored, common, cut_off=True, changes=OF_A_TURN)
        return self.write(self._turn, scored, common, changes=OF_A_TURN)

    async def _turn(self, c, scored, common, *, cut_off=False):
        made = await turn(c, self._judge, self._params, scored, common, self.now)
        if cut_off:
            raise CutOff
        return made

    # --- time -----------------------------------------------------------------------------------------

    def passes(self, until, after_ring, broken=None):
        """Time up to `until`; wherever somebody's morning comes on the way, the job looks around.

        `broken`: how the process ends while it sends what comes first on the way.
        """
        moment = self.now + TICK  # lives begin at full half hours
        mornings = [_mornings(self.chat(id), self.allows(id).quiet) for id in self.chat_ids]
        while moment <= until:
            if any(f"{moment.astimezone(place):%H:%M}" in hours for place, hours in mornings):
                self.clock.put(moment)
                planned = self._run(rings(self._db, moment))
                self._changed("pushes")
                after_ring(self.notes()[-planned:] if planned else [])
                if planned:
                    self.sends(broken)
                    broken = None
            moment += TICK
        self.clock.put(until)

    def asks_for_digest(self, id):
        """The narratives that `/digest` says were held back."""

        async def compose(c):
            made = await digests.compose(c, await chats.get(c, id), self.now)
            await chats.change(c, id, last_digest_at=self.now)
            return {held.narrative_id for held in made.held}

        return self.write(compose)

    # --- what is written down -------------------------------------------------------------------------

    def notes(self):
        """Digests and notes ever planned, oldest first."""
        return [row for row in self.pushes() if row.kind == DeliveryKind.DIGEST]

    def pushes(self):
        """Every message ever planned."""
        return self._look("pushes")

    def decided(self):
        return self._look("decided")

    def fired(self):
        return self._look("fired")


async def turn(c, judge, params, scored, common, now):
    """What is decided of these scores, written down as a cycle does."""
    cycle = Cycle(id=f"{now:%Y-%m-%dT%H:%M:%SZ}", started_at=now, known_at=now, params_hash="h")
    outcome = Outcome(
        cycle=cycle, polls=(), posts=(), sightings=(), counts=(), engagement=(), narratives=(),
        mentions=(), moves=(), events=(), scores=tuple(scored), common=common, contradicted=0, broken={},
    )  # fmt: skip
    known = await narratives.by_ids(c, [s.narrative_id for s in scored])
    await scores.append(c, outcome.scores)
    made = await judge.judge(c, outcome, known, now)
    await alerts.append_decisions(c, made.decisions)
    await alerts.append_firings(c, made.firings)
    await developments.plan(c, outcome.scores, now, params)
    return made


async def rings(database, now):
    """The job of mornings looks around: how many notes and digests are new."""
    async with database.reading() as c:
        with_digest = await chats.with_digest(c)
        without = await held_back.waiting(c, now, CATCH_UP)
    planned = 0
    for made, wanting in ((digests.plan_due, with_digest), (held_back.plan_note, without)):
        for chat in wanting:
            async with database.durable() as c:
                planned += await made(c, chat, now, CATCH_UP)
    return planned


def _rows(query):
    async def look(c):
        return [SimpleNamespace(**row) for row in (await c.execute(query)).mappings()]

    return look


LOOKS = {
    "chats": _rows(select(tables.chats)),
    "allows": partial(attention.of_chats, chat_ids=Life.chat_ids),
    "rules": _rows(select(tables.rules).order_by(tables.rules.c.created_at, tables.rules.c.id)),
    "decided": _rows(select(decisions).order_by(decisions.c.at, decisions.c.fired)),
    "fired": _rows(select(firings).order_by(firings.c.at, firings.c.id)),
    "pushes": _rows(select(deliveries).order_by(deliveries.c.id)),
}
OF_A_TURN = ("rules", "decided", "fired", "pushes")


def _mornings(chat, quiet):
    """When on the chat's clock something may come, and the hour before a digest: too early for it."""
    asleep = quiet is not None and quiet_at(quiet, UTC, EIGHT)
    hours = {"07:00", "08:00"} if chat.digest_at else {quiet.end if asleep else "08:00"}
    return ZoneInfo(chat.zone), hours
