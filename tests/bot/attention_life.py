"""Days of three chats on a real database: judging, sending and mornings as in production, in this process.

Everything but the database can be thrown away at any moment; what left the house is written in `sent`.
"""

import asyncio
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import digests, held_back
from bot.delivery import Sender
from bot.judging import Judge
from bot.settings import load
from core.models import Cycle, DeliveryKind
from core.pipeline import Outcome
from storage import alerts, attention, chats, deliveries, narratives, scores
from storage.database import Database
from storage.migrate import migrate
from storage.tables import decisions, firings
from storage.tables import deliveries as delivery_rows
from tests.bot.stage import TOKEN, StillClock

CATCH_UP = timedelta(hours=6)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk that need not be waited for
TICK = timedelta(minutes=30)
FAST = {"per_second": 100_000, "per_chat_seconds": 0, "per_group_minute": 100_000}


class CutOff(Exception):
    """The process ends in the middle of a turn."""


class Telegram:
    """Takes messages; `broken` ends the process while one is sent, before or after it arrived."""

    def __init__(self):
        self.sent, self.cut, self.broken = [], [], None

    async def send_message(self, chat_id, *, text, **_):
        broken, self.broken = self.broken, None
        if broken != "before":
            self.sent.append((chat_id, text))
        if broken:
            self.cut.append((chat_id, text))
            raise asyncio.CancelledError
        return SimpleNamespace(message_id=len(self.sent))


class Life:
    """What happens to the chats, one sentence each. Synchronous: a loop of its own runs underneath."""

    def __init__(self, template, start):
        self._folder = TemporaryDirectory(prefix="intern-life-", dir=MEMORY)
        self._runner = asyncio.Runner()
        self.clock, self.telegram, self.awake = StillClock(start), Telegram(), True
        self._url = f"sqlite:///{Path(self._folder.name) / 'intern.db'}"
        self._settings = load(
            bot_token=TOKEN, xai_api_key="xai-key-of-tests", database_url=self._url, telegram=FAST
        )
        if not template.exists():
            self.run(migrate(f"sqlite:///{template}"))
        shutil.copy(template, Path(self._folder.name) / "intern.db")
        self._started()

    def run(self, work):
        return self._runner.run(work)

    def close(self):
        self.run(self._db.close())
        self._runner.close()
        self._folder.cleanup()

    @property
    def now(self):
        return self.clock.now()

    def _started(self):
        self._db = self.run(Database.open(self._url))
        self._judge = Judge(self._settings)
        self._sender = Sender(
            settings=self._settings, database=self._db, bot=self.telegram, clock=self.clock, render=_named
        )
        self.run(self._sender._recover())

    def restarted(self):
        """All that was in memory is gone."""
        self.run(self._db.close())
        self._started()
        self.sends()

    def sends(self, broken=None):
        """What is due leaves, unless the sender is down; `broken` kills it on the way."""
        if not self.awake:
            return
        self.telegram.broken = broken

        async def work():
            with suppress(asyncio.CancelledError):
                await self._sender._work(asyncio.Event())

        self.run(work())
        if broken and self.telegram.broken is None:
            self.restarted()
        self.telegram.broken = None

    # --- what people and stories do -------------------------------------------------------------------

    def write(self, act, *given, **named):
        """One transaction of a storage function."""

        async def work():
            async with self._db.writing() as c:
                return await act(c, *given, **named)

        return self.run(work())

    def read(self, look, *given, **named):
        async def work():
            async with self._db.reading() as c:
                return await look(c, *given, **named)

        return self.run(work())

    def chat(self, id):
        return self.read(chats.get, id)

    def allows(self, id):
        return self.read(attention.get, id)

    def judges(self, scored, *, cut_off=False):
        """One turn's scores; a turn that is cut off leaves nothing and is made again."""
        if cut_off:
            with suppress(CutOff):
                self.run(self._turn(scored, cut_off=True))
        return self.run(self._turn(scored))

    async def _turn(self, scored, *, cut_off=False):
        now = self.now
        cycle = Cycle(id=f"{now:%Y-%m-%dT%H:%M:%SZ}", started_at=now, known_at=now, params_hash="h")
        outcome = Outcome(
            cycle=cycle, polls=(), posts=(), sightings=(), counts=(), engagement=(), narratives=(),
            mentions=(), moves=(), events=(), scores=tuple(scored), common=None, contradicted=0, broken={},
        )  # fmt: skip
        async with self._db.writing() as c:
            known = await narratives.by_ids(c, [s.narrative_id for s in scored])
            await scores.append(c, outcome.scores)
            made = await self._judge.judge(c, outcome, known, now)
            await alerts.append_decisions(c, made.decisions)
            await alerts.append_firings(c, made.firings)
            if cut_off:
                raise CutOff
        return made

    # --- time -----------------------------------------------------------------------------------------

    def passes(self, until, after_ring):
        """Time up to `until`; wherever somebody's morning comes on the way, the job looks around."""
        moment = self.now + TICK  # lives begin at full hours
        mornings = [(ZoneInfo(self.chat(id).zone), self.allows(id).quiet) for id in self.chat_ids]
        while moment <= until:
            if any(_morning(place, quiet, moment) for place, quiet in mornings):
                self.clock.put(moment)
                before = len(self.notes())
                self.run(self._rings(moment))
                after_ring(self.notes()[before:])
                self.sends()
            moment += TICK
        self.clock.put(until)
        self.sends()

    chat_ids = (1, 2, 3)

    async def _rings(self, now):
        async with self._db.reading() as c:
            with_digest = await chats.with_digest(c)
            without = await held_back.waiting(c, now, CATCH_UP)
        for made, wanting in ((digests.plan_due, with_digest), (held_back.plan_note, without)):
            for chat in wanting:
                async with self._db.durable() as c:
                    await made(c, chat, now, CATCH_UP)

    def asks_for_digest(self, id):
        """The narratives that `/digest` says were held back."""

        async def compose(c):
            made = await digests.compose(c, await chats.get(c, id), self.now)
            await chats.change(c, id, last_digest_at=self.now)
            return {held.narrative_id for held in made.held}

        return self.write(compose)

    # --- what is written down -------------------------------------------------------------------------

    def notes(self):
        """Digests and notes ever planned, oldest first: (chat, from when, held narratives)."""
        query = select(delivery_rows).where(delivery_rows.c.kind == DeliveryKind.DIGEST)
        return [_note(row) for row in self._rows(query.order_by(delivery_rows.c.id))]

    def decided(self):
        return self._rows(select(decisions).order_by(decisions.c.at, decisions.c.fired))

    def fired(self):
        return self._rows(select(firings).order_by(firings.c.at, firings.c.id))

    def _rows(self, query):
        async def look(c):
            return [SimpleNamespace(**row) for row in (await c.execute(query)).mappings()]

        return self.read(look)

    def pending(self):
        return self.read(deliveries.pending_due, self.now)


def _morning(place, quiet, moment):
    local = moment.astimezone(place).strftime("%H:%M")
    return local == "08:00" or (quiet is not None and local == quiet.end)


async def _named(delivery):
    """A message that reads as what it tells of: one firing a line, or the digest's cause."""
    told = delivery.payload.get("alerts", [delivery.payload])
    return "\n".join(each.get("firing", delivery.cause) for each in told), None


def _note(row):
    note = row.payload.get("note", row.payload)
    return row.chat_id, row.due_at, {held["narrative_id"] for held in note["held"]}
