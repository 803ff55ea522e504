"""Four chats on the sandbox's Telegram and a real database: updates taken in, turns judged, messages sent as
in production, in this process. Everything but the database can be thrown away at any moment."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from aiogram.methods import SendMessage
from sqlalchemy import select

from bot.board import Board
from bot.delivery import Sender
from bot.handlers import make_dispatcher
from bot.handlers.room import Room
from bot.intake import Intake
from bot.judging import Judge, alert_params
from bot.ledger import caps
from bot.sandbox.telegram import TelegramServer
from bot.sandbox.telegram.faults import Fault
from bot.telegram import make_bot
from core.models import DeliveryState
from storage.tables import decisions, deliveries, entries, feedback, firings, metadata
from tests.bot.attention.life import rings, turn
from tests.bot.attention.telegram import named, what
from tests.bot.stage import TOKEN, StillClock

ADMIN = 7
COOLDOWN_HOURS = 1.0  # so that a story can be told again soon
PATIENCE = 20  # real seconds for anything


@dataclass(eq=False)
class Place:
    """A chat under whatever id it has by now; `asks` is who speaks for it there."""

    id: int
    kind: str
    asks: int
    topic: int | None = None
    was: tuple[int, ...] = ()
    present: bool = True  # the bot can write there
    wants: bool = True  # alerts, as was answered last
    watching: bool = False
    muted: set[str] = field(default_factory=set)

    @property
    def ids(self):
        return {self.id, *self.was}


class Push(NamedTuple):
    """A message that tried to leave, or one that is there."""

    chat_id: int
    kind: str
    cause: str
    told: tuple[str, ...]


class Town:
    """What happens to the chats, one sentence each. Synchronous: the house's loop runs underneath."""

    def __init__(self, house, start):
        house.empty()
        self._db, self._run = house.database, house.run
        self.clock = StillClock(start)
        self.tried, self.cut, self.kills = [], [], 0  # pushes that tried to leave; that kills cut off
        self._break, self._working = None, None
        you, other = Place(1, "private", 1), Place(2, "private", 2)
        self.places = [you, Place(-10, "group", ADMIN), Place(-1_000_000_000_500, "supergroup", ADMIN), other]
        self._run(self._opens(house.settings))

    async def _opens(self, settings):
        self.server = await TelegramServer.start(token=TOKEN, now=self.clock.now, limits=False, page=False)
        self.acts = self.server.acts
        for each in self.places:
            if each.kind == "private":
                self.acts.add_private(each.id, f"Person {each.id}")
            else:
                forum = each.kind == "supergroup"
                self.acts.add_group(each.id, "Desk", {ADMIN: "Admin"}, [ADMIN], kind=each.kind, forum=forum)
                each.topic = self.acts.add_topic(each.id, "Alerts") if forum else None
        alerts = settings.alerts.model_copy(update={"cooldown_hours": COOLDOWN_HOURS})
        self._settings = settings.model_copy(update={"alerts": alerts, "telegram_api_base": self.server.base})
        self._params = alert_params(self._settings)
        self._bot = make_bot(self._settings, timeout=PATIENCE)
        self._bot.session.middleware(self._leaves)
        room = Room(
            database=self._db, board=Board(self._db, self.clock), clock=self.clock,
            caps=caps(self._settings), admins=frozenset(), params=self._params, words=False,
        )  # fmt: skip
        self._handlers = make_dispatcher(room, self._settings.allowed_chats)
        await self._starts()

    async def _closes(self):
        await (await self._bot.session.create_session()).close()
        await self.server.stop()

    def closes(self):
        self._run(self._closes())

    @property
    def now(self):
        return self.clock.now()

    async def _starts(self):
        """A process begins, with nothing in memory."""
        self._judge = Judge(self._settings)
        self._sender = Sender(
            settings=self._settings, database=self._db, bot=self._bot, clock=self.clock, render=named
        )
        await self._sender._outbox.recover()

    def restarted(self):
        self._run(self._starts())

    # --- updates in -----------------------------------------------------------------------------------

    @property
    def unheard(self):
        """Whether Telegram has something to tell that the bot has not heard yet."""
        return len(self.server.desk.updates) > 0

    def _intake(self):
        """What takes updates in, with nothing in memory (the handlers keep nothing between updates)."""
        return Intake(bot=self._bot, dispatcher=self._handlers, database=self._db, clock=self.clock)

    def hears(self, *, forgets=False):
        """Everything people did is handled; `forgets`: a first process dies before it could confirm that."""
        if self.unheard:
            self._run(self._hears(forgets))

    async def _hears(self, forgets):
        if forgets:
            kinds = self._handlers.resolve_used_update_types()
            await self._intake().handle(await self._bot.get_updates(timeout=0, allowed_updates=kinds))
        stop = asyncio.Event()
        running = asyncio.create_task(self._intake().run(stop))
        await self.server.wait_for(lambda: not self.unheard, timeout=PATIENCE)
        stop.set()
        await running

    def says(self, place, text, *, thread_id=None):
        """Its person writes; the texts of the bot's answers."""
        mine, chat = self.server.desk.bot["id"], self.server.desk.chats.chats[place.id]
        before = set(chat.messages)
        self.acts.user_says(place.id, place.asks, text, thread_id=thread_id)
        self.hears()
        return [m["text"] for id, m in chat.messages.items() if id not in before and m["from"]["id"] == mine]

    # --- turns and mornings ---------------------------------------------------------------------------

    def write(self, act, *given, **fields):
        """One transaction of a storage function."""

        async def work():
            async with self._db.writing() as c:
                return await act(c, *given, **fields)

        return self._run(work())

    def judges(self, scored):
        """One turn's scores; what fired."""
        return self.write(turn, self._judge, self._params, scored, None, self.now).firings

    def rings(self):
        """Digests whose time has come are planned."""
        self._run(rings(self._db, self.now))

    # --- messages out ---------------------------------------------------------------------------------

    def sends(self, broken=None, *, lost=False):
        """What is due leaves; `broken`: ("before" or "after" one arrives, how many go well, of which kind or
        "") the process dies; `lost`: the first arrives, and its sender never hears that it did."""
        if lost:
            self.server.faults.add(Fault(kind="reset_after", method="sendMessage"))
        self._run(self._sends(broken))
        self.server.faults.clear()

    async def _sends(self, broken):
        self._break = broken
        self._working = asyncio.create_task(self._sender._work(asyncio.Event()))
        async with asyncio.timeout(PATIENCE):
            with suppress(asyncio.CancelledError):
                await self._working
        died, self._break = self._working.cancelled(), None
        if died:
            self.kills += 1
            await self._sender._outbox._begin.settled()
            await self._sender._outbox._arrived.settled()
            self.cut += [_push(row) for row in await self._rows() if row.state == DeliveryState.SENDING]
            await self._starts()

    async def _leaves(self, make_request, bot, method):
        """Every call of the bot; pushes are remembered, and may be the last thing the process does."""
        if not _is_push(method):
            return await make_request(bot, method)
        push = _read(method.chat_id, method.text)
        self.tried.append(push)
        broken = self._breaks(push)
        if broken != "before":
            answer = await make_request(bot, method)
        if broken is None:
            return answer
        self._working.cancel()
        raise asyncio.CancelledError

    def _breaks(self, push):
        how, well, kind = self._break or (None, 0, "")
        if kind not in ("", push.kind):
            return None
        self._break = (how, well - 1, kind) if well else None
        return None if well else how

    # --- what is there --------------------------------------------------------------------------------

    def arrived(self):
        """The pushes that stand in the chats."""
        mine = self.server.desk.bot["id"]
        return [
            _read(chat.id, message["text"])
            for chat in self.server.desk.chats.chats.values()
            for message in chat.messages.values()
            if message["from"]["id"] == mine and message.get("text", "").startswith("{")
        ]

    def rows(self):
        """Every message ever planned."""
        return self._run(self._rows())

    async def _rows(self):
        async with self._db.reading() as c:
            return (await c.execute(select(deliveries).order_by(deliveries.c.id))).all()

    def fired(self):
        """Every firing ever made."""

        async def work():
            async with self._db.reading() as c:
                return (await c.execute(select(firings))).all()

        return self._run(work())

    def withdrawn(self):
        """Decisions to tell nothing because the chat wants silence."""

        async def work():
            async with self._db.reading() as c:
                query = select(decisions).where(decisions.c.reason.in_(["muted", "off"]))
                return (await c.execute(query)).all()

        return self._run(work())

    def kept(self):
        """What people said that stays: (chat, firing, user) → verdict, and the chats that watch something."""

        async def work():
            async with self._db.reading() as c:
                said, watching = (await c.execute(select(feedback))).all(), await c.execute(select(entries))
                verdicts = {(row.chat_id, row.firing_id, row.user_id): row.verdict for row in said}
                return verdicts, {row.chat_id for row in watching}

        return self._run(work())

    def carry(self, chat_id):
        """The tables in which something carries this chat's id."""

        async def work():
            async with self._db.reading() as c:
                tables = [table for table in metadata.sorted_tables if "chat_id" in table.c]
                return {
                    table.name for table in tables
                    if (await c.execute(select(table.c.chat_id).where(table.c.chat_id == chat_id))).first()
                }  # fmt: skip

        return self._run(work())


def _is_push(method):
    return isinstance(method, SendMessage) and method.text.startswith("{")


def _read(chat_id, text):
    said = json.loads(text)
    return Push(chat_id, said["kind"], said["cause"], tuple(said["told"]))


def _push(row):
    return Push(row.chat_id, **what(row))
