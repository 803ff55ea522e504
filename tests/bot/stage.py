"""INTERN's chat side wired as in production, in this process: a Bot API server on loopback, a SQLite file,
intake, handlers, sender. Time stands still unless a test moves it."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.board import Board
from bot.clock import AppClock
from bot.delivery import Sender
from bot.handlers import make_dispatcher
from bot.handlers.room import Room
from bot.intake import Intake
from bot.judging import alert_params
from bot.ledger import caps
from bot.messages import Messages
from bot.sandbox.telegram import TelegramServer
from bot.settings import load
from bot.telegram import make_bot
from core.models import Cycle, DeliveryState, Mention
from storage import alerts, chats, deliveries, mentions, narratives, observations, posts, scores
from storage.database import Database
from storage.migrate import migrate
from tests.core import makers
from tests.core.makers import NOW
from tests.storage import facts

TOKEN = "42:sandbox-token"
YOU, ADMIN, MEMBER, GROUP = 1, 2, 3, -10
OTHER = 77  # another person, of whom a test has to tell Telegram


class StillClock(AppClock):
    """A replay clock that only moves when told to."""

    def __init__(self, start=NOW):
        super().__init__(start, 0.0)

    def move(self, **span):
        self._start += timedelta(**span)

    def put(self, moment):
        self._start = moment


class Stage:
    """What a test sees: `acts` are the people, `heard` what the bot said, `database` what it remembers."""

    def __init__(self, settings, server, database, bot, clock):
        self.settings, self.server, self.database, self.clock = settings, server, database, clock
        self.acts, self.faults, self.bot = server.acts, server.faults, bot
        self.room = Room(
            database=database,
            board=Board(database, clock),
            clock=clock,
            caps=caps(settings),
            admins=frozenset(settings.admin_ids),
            params=alert_params(settings),
            words=settings.words.enabled,
        )
        self.sender = Sender(
            settings=settings,
            database=database,
            bot=bot,
            clock=clock,
            render=Messages(database, clock).render,
        )
        self.opens()

    def opens(self):
        """The process that takes updates in begins, with nothing in memory."""
        self.intake = Intake(
            bot=self.bot,
            dispatcher=make_dispatcher(self.room, self.settings.allowed_chats),
            database=self.database,
            clock=self.clock,
        )
        self._stop = asyncio.Event()
        self._running = asyncio.create_task(self.intake.run(self._stop))

    async def closes(self):
        """It ends, after what it has in hand."""
        self._stop.set()
        await self._running

    # --- people ---------------------------------------------------------------------------------------

    async def settled(self):
        """Everything people did has been handled and confirmed."""
        await self.server.wait_for(lambda: not len(self.server.desk.updates), timeout=10)

    def heard(self, chat_id=YOU):
        """The bot's messages in a chat, oldest first."""
        mine = self.server.desk.bot["id"]
        return [m for m in self.server.messages(chat_id) if m["from"]["id"] == mine and "text" in m]

    async def says(self, text, *, chat=YOU, user=YOU, **how):
        """Somebody writes; the texts the bot answers with."""
        before = len(self.heard(chat))
        self.acts.user_says(chat, user, text, **how)
        await self.settled()
        return [m["text"] for m in self.heard(chat)[before:]]

    async def answer(self, text, **how):
        """Somebody writes and gets exactly one answer: its text."""
        (said,) = await self.says(text, **how)
        return said

    async def presses(self, button, *, chat=YOU, user=YOU, data=None):
        """Somebody presses the newest button that reads `button` (or carries `data`); what a popup says."""
        message, found = self._button(button, chat)
        query = self.acts.user_presses(
            chat, user, message["message_id"], data or found, even_if_gone=data is not None
        )
        await self.settled()
        return self.server.desk.presses[query]

    def _button(self, text, chat):
        for message in reversed(self.heard(chat)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == text:
                        return message, button["callback_data"]
        raise AssertionError(f"no button {text!r} in chat {chat}")

    # --- the world behind -----------------------------------------------------------------------------

    async def fill(self, *ranked, stories=None, quotes=(), polls=None):
        """One finished cycle: narratives, their scores and the posts they rest on."""
        now = self.clock.now()
        stories = stories or [
            makers.narrative(s.narrative_id, earliest_post_at=now - timedelta(days=5)) for s in ranked
        ]
        cycle = Cycle(id=f"{now:%Y-%m-%dT%H:%M:%SZ}", started_at=now, known_at=now, params_hash="h")
        polls = [
            each.model_copy(update={"cycle_id": cycle.id})
            for each in polls or [makers.poll(until=now, id=f"p{now}")]
        ]
        async with self.database.writing() as c:
            await posts.insert(c, quotes or [_post(i, now) for i in ("100", "101", "102")])
            await observations.append(c, cycle, polls, [])
            await narratives.save(c, stories)
            await scores.append(c, ranked)

    async def join(self, narrative_id, post_ids):
        """These posts are the narrative's."""
        now = self.clock.now()
        rows = [Mention(narrative_id, id, now - timedelta(minutes=30), now, metered=True) for id in post_ids]
        async with self.database.writing() as c:
            await mentions.append(c, rows)

    async def failed_cycle(self, fault):
        """A finished cycle in which every question ended with `fault`."""
        now = self.clock.now()
        poll = makers.poll(
            until=now, id=f"p{now}", cycle_id=f"c{now}", ok=False, fault=fault, covered_from=None
        )
        cycle = Cycle(id=f"c{now}", started_at=now, known_at=now, params_hash="h")
        async with self.database.writing() as c:
            await observations.append(c, cycle, [poll], [])

    async def keep(self, *kept):
        async with self.database.writing() as c:
            for chat in kept:
                await chats.save(c, chat)

    async def kept(self, chat_id=YOU):
        async with self.database.reading() as c:
            return await chats.get(c, chat_id)

    # --- pushes ---------------------------------------------------------------------------------------

    async def fire(self, chat_id=YOU, *, id="f1", at=None, **changed):
        """A rule came true for a chat."""
        at = at or self.clock.now()
        told = alert_facts(at, **changed)
        async with self.database.writing() as c:
            await alerts.append_firings(c, [facts.firing(id, chat_id, at=at, facts=told)])

    async def fire_all(self, *fired):
        """Rules came true: firings as decisions make them."""
        async with self.database.writing() as c:
            await alerts.append_firings(c, fired)

    async def deliver(self, patience=15):
        """Run the sender until nothing is due or on its way any more."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.sender.run(stop))
        async with asyncio.timeout(patience):
            while await self._busy():
                await asyncio.sleep(0.01)
        stop.set()
        await running

    async def _busy(self):
        async with self.database.reading() as c:
            if await alerts.unexpanded(c, 1) or await deliveries.pending_due(c, self.clock.now()):
                return True
            return (await deliveries.counts(c))[DeliveryState.SENDING] > 0

    async def pushes(self, chat_id=YOU):
        """Everything ever planned for a chat."""
        async with self.database.reading() as c:
            return await deliveries.for_chat(c, chat_id)


def alert_facts(at, **changed):
    """Facts of an alert as a cycle writes them."""
    return {
        "narrative_id": "a1",
        "title": "Story a1",
        "slug": "story-a1",
        "reason": "surprise",
        "phase": "emerging",
        "ratio": 4.2,
        "confidence": 0.7,
        "surprise": 3.5,
        "posts": 20,
        "authors": 15,
        "near_copies": 0,
        "sentiment": 0.7,
        "sentiment_confidence": 0.5,
        "earliest": (at - timedelta(hours=3)).isoformat(),
        "seen": (at - timedelta(hours=2)).isoformat(),
        "decided": at.isoformat(),
        "evidence": ["100", "101"],
    } | changed


def _post(id, now):
    return facts.post(
        id, created_at=now - timedelta(minutes=30), known_at=now, text="fees drop fast", author="a"
    )


async def open_database(folder, template):
    """A fresh migrated SQLite file."""
    if not template.exists():
        await migrate(f"sqlite:///{template}")
    url = f"sqlite:///{shutil.copy(template, folder / 'intern.db')}"
    return url, await Database.open(url)


@asynccontextmanager
async def stage(folder, template, *, seed=0, **settings):
    """A private chat with YOU and a group of ADMIN and MEMBER; updates are taken in until the end."""
    clock = StillClock()
    server = await TelegramServer.start(token=TOKEN, now=clock.now, limits=False, page=False, seed=seed)
    server.acts.add_private(YOU, "You")
    server.acts.add_group(GROUP, "Desk", {ADMIN: "Admin", MEMBER: "Member"}, [ADMIN])
    url, database = await open_database(folder, template)
    fast = {"per_second": 10_000, "per_chat_seconds": 0, "per_group_minute": 10_000}
    known = load(
        **{
            "bot_token": TOKEN,
            "xai_api_key": "xai-key-of-tests",
            "database_url": url,
            "telegram_api_base": server.base,
            "telegram": fast,
        }
        | settings
    )
    bot = make_bot(known, timeout=10)
    made = Stage(known, server, database, bot, clock)
    try:
        yield made
    finally:
        await made.closes()
        await (await bot.session.create_session()).close()  # aiogram's own close waits for TLS
        await database.close()
        await server.stop()
