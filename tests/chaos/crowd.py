"""Chats that want alerts, a Telegram with its limits ten times as high, and what became of every alert."""

import asyncio
import time
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import select

from bot.sandbox.telegram import TelegramServer
from bot.sandbox.telegram.faults import Fault
from bot.sandbox.telegram.limits import Limits
from core.models import DeliveryState
from storage import alerts, chats
from storage.database import Database
from storage.migrate import migrate
from storage.tables import deliveries
from tests.bot.stage import alert_facts
from tests.core.makers import chat
from tests.storage import facts

TOKEN = "42:sandbox-token-of-chaos"
TIMES = 10  # as fast as the real limits
LATENCY = 0.06
ENDED = {DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.UNKNOWN, DeliveryState.EXPIRED}
ENVIRONMENT = {
    "BOT_TOKEN": TOKEN,
    "XAI_API_KEY": "xai-key-of-chaos",
    "XAI_BASE_URL": "http://127.0.0.1:9/v1",  # nobody there, and no money to ask with
    "GROK__DAILY_USD": "0",
    "CONFIRM__LOOK_UP": "false",
    "WORDS__ENABLED": "false",
    "TELEGRAM__PER_SECOND": str(28.5 * TIMES),
    "TELEGRAM__PER_CHAT_SECONDS": str(1 / TIMES),
    "TELEGRAM__PER_GROUP_MINUTE": str(18 * TIMES),
    "TELEGRAM__CONCURRENCY": "60",  # at 285 a second and 60 ms 17 are on their way
}

MIGRATING = asyncio.Lock()  # Alembic keeps what it is at in a module


class Crowd:
    """The chats of one run and their alerts; `arrivals` are the moments at which a send came in."""

    def __init__(self, server, database, url, people):
        self.server, self.database, self.url, self.people = server, database, url, people
        self.titles = {}
        self.arrivals = []
        self._strike = server.faults.strike
        server.faults.strike = self._arrives

    def _arrives(self, method, chat_id):
        if method == "sendMessage":
            self.arrivals.append(time.time())
        return self._strike(method, chat_id)

    @property
    def environment(self):
        return ENVIRONMENT | {"DATABASE_URL": self.url, "TELEGRAM_API_BASE": self.server.base}

    def first_after(self, moment):
        return next((at for at in reversed(self._since(moment))), None)

    def _since(self, moment):
        """Arrivals since then, the latest first."""
        found = []
        for at in reversed(self.arrivals):
            if at < moment:
                break
            found.append(at)
        return found

    async def plant(self, each, people=None):
        """`each` more alerts for everybody, or for some, decided now."""
        now = datetime.now(UTC)
        wave = len(self.titles)
        made = []
        for who in people or self.people:
            for n in range(each):
                id = f"f{who}-{wave}-{n}"
                self.titles[f"Tale {who}-{wave}-{n}"] = f"firing:{id}"
                told = alert_facts(now, title=f"Tale {who}-{wave}-{n}", evidence=[])
                made.append(facts.firing(id, who, at=now, facts=told, cycle_id=f"c{wave}"))
        async with self.database.durable() as c:
            await alerts.append_firings(c, made)

    def copies(self):
        """How often each planted alert stands in a chat: title → times."""
        shown = Counter(
            message["text"].split(" — ")[0]
            for each in self.server.desk.chats.chats.values()
            for message in each.messages.values()
            if "text" in message
        )
        return {title: shown[title] for title in self.titles}

    async def rows(self):
        """The deliveries by the title they tell."""
        async with self.database.reading() as c:
            found = (await c.execute(select(deliveries))).mappings().all()
        by_cause = {row["cause"]: row for row in found}
        return {title: by_cause.get(cause) for title, cause in self.titles.items()}

    async def closed(self):
        """Let go of the database, so that its files may be touched."""
        await self.database.close()

    async def opened(self):
        self.database = await Database.open(self.url)

    async def settled(self):
        """Whether every alert has ended in a state."""
        return all(row is not None and row["state"] in ENDED for row in (await self.rows()).values())


@asynccontextmanager
async def crowd(url, people, *, slow=True):
    """A migrated database of `people` (negative: groups) and their Telegram."""
    async with MIGRATING:
        await migrate(url)
    database = await Database.open(url)
    limits = Limits(chat_rate=TIMES, chat_burst=3, group_minute=20 * TIMES, overall_second=30 * TIMES)
    server = await TelegramServer.start(token=TOKEN, now=lambda: datetime.now(UTC), limits=limits, page=False)
    made = Crowd(server, database, url, people)
    try:
        for who in people:
            if who > 0:
                server.acts.add_private(who, f"Person {who}")
            else:
                server.acts.add_group(who, f"Group {who}", {2: "Admin"}, [2])
        async with database.writing() as c:
            for who in people:
                await chats.save(c, chat(who, kind="private" if who > 0 else "group"))
        if slow:
            server.faults.add(Fault(kind="slow", method="sendMessage", times=None, delay=LATENCY))
        yield made
    finally:
        await made.database.close()
        await server.stop()
