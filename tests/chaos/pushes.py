"""10,000 pushes over 2,000 chats at ten times the real rate while Telegram does its worst: where does each of
them end, and do chats without trouble notice anything?"""

import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from bot.sandbox.telegram.faults import Fault
from bot.sandbox.telegram.limits import Limits
from core.models import DeliveryState
from storage import alerts
from storage.tables import deliveries
from tests.bot.stage import alert_facts, stage
from tests.chaos.crowd import ENDED, TIMES
from tests.core.makers import NOW, chat
from tests.storage import facts

PRIVATE, GROUPS, FORUMS = (
    range(1000, 1300),
    range(-2900, -2000),
    range(-1_002_000_000_800, -1_002_000_000_000),
)
EACH = 5
HEALTHY = 999
OFTEN, SELDOM = 0.05, 0.02
HANG = Fault(
    kind="slow", delay=2.5
)  # longer than the sender's patience of 2 s; the message arrives all the same
NETWORK = [
    (OFTEN / 2, Fault(kind="retry_after", retry_after=1)),
    (OFTEN / 2, Fault(kind="too_many")),
    *((OFTEN, Fault(kind=kind)) for kind in ("server_error", "bad_gateway", "truncated", "reset_after")),
    (OFTEN, HANG),
    (SELDOM, Fault(kind="chat_not_found")),
]
ALL = len(PRIVATE) + len(GROUPS) + len(FORUMS)
AGAIN = {"retry_after", "too_many", "server_error", "bad_gateway", "migrated", "topic deleted"}
ENDS = {
    "ok": DeliveryState.SENT,
    "truncated": DeliveryState.UNKNOWN,
    "reset_after": DeliveryState.UNKNOWN,
    "slow": DeliveryState.UNKNOWN,
    "chat_not_found": DeliveryState.DEAD,
    "blocked": DeliveryState.DEAD,
    "kicked": DeliveryState.DEAD,
}
SAID = {
    "upgraded to a supergroup": "migrated",
    "thread not found": "topic deleted",
    "blocked by the user": "blocked",
    "bot was kicked": "kicked",
    "Too Many Requests": "retry_after",
}


class Trouble:
    """In place of the sandbox's own faults: what happens to a send depends on the chat it goes to."""

    def __init__(self, made, seed):
        self._made, self._random = made, random.Random(seed)
        self.blocked = set()

    def strike(self, method, chat_id):
        if method != "sendMessage" or chat_id == HEALTHY:
            return None
        luck = self._random.random()
        for share, fault in NETWORK:
            luck -= share
            if luck < 0:
                return fault
        if luck < SELDOM * ALL / len(self._kind(chat_id)):
            self._happens(chat_id)
        elif chat_id in GROUPS and luck < 2 * SELDOM * ALL / len(GROUPS):
            self._made.acts.upgrade_group(chat_id)
        return None

    @staticmethod
    def _kind(chat_id):
        return next((kind for kind in (PRIVATE, GROUPS, FORUMS) if chat_id in kind), range(10**9))

    def _happens(self, chat_id):
        """Blocked, kicked, or its topic deleted: the send meets it, as the service would have it."""
        if chat_id in PRIVATE:
            self.blocked.add(chat_id)
            self._made.acts.block(chat_id)
        elif chat_id in GROUPS:
            self._made.acts.kick_bot(chat_id)
        else:
            self._made.server.desk.chats.chats[chat_id].topics.clear()


async def run(seed):
    """Figures of one run."""
    paced = {
        "per_second": 28.5 * TIMES,
        "per_chat_seconds": 1 / TIMES,
        "per_group_minute": 18 * TIMES,
        "concurrency": 100,
    }
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        async with stage(Path(folder), Path(folder) / "template.db", seed=seed, telegram=paced) as made:
            made.server._counter._limits = Limits(TIMES, 3, 20 * TIMES, 30 * TIMES)
            made.bot.session.timeout = 2
            await prepare(made)
            begun = time.monotonic()
            trouble = Trouble(made, seed)
            calm, made.faults.strike = made.faults.strike, trouble.strike
            await made.deliver(patience=600)
            made.faults.strike = calm
            back = sorted(trouble.blocked)[::2]
            for who in back:
                made.acts.unblock(who)
            await made.settled()
            await made.fire(HEALTHY, id="second", title="Tale second")
            await made.deliver(patience=120)
            await let_the_rest_expire(made)
            return await figures(made, back) | {"pushes_s": time.monotonic() - begun}


async def prepare(made):
    """Chats that want alerts and the alerts that wait."""
    known = []
    for who in (*PRIVATE, HEALTHY):
        made.acts.add_private(who, f"Person {who}")
        known.append(chat(who))
    for group in GROUPS:
        made.acts.add_group(group, f"Group {group}", {2: "Admin"}, [2])
        known.append(chat(group, kind="group"))
    for forum in FORUMS:
        made.acts.add_group(forum, f"Forum {forum}", {2: "Admin"}, [2], kind="supergroup", forum=True)
        known.append(chat(forum, kind="supergroup", thread_id=made.acts.add_topic(forum, "Alerts")))
    await made.keep(*known)
    planned = [
        facts.firing(f"{who}-{n}", who, at=NOW, facts=alert_facts(NOW, title=f"Tale {who}-{n}", evidence=[]))
        for who in (*PRIVATE, *GROUPS, *FORUMS)
        for n in range(EACH)
    ]
    async with made.database.durable() as c:
        await alerts.append_firings(c, planned)


async def let_the_rest_expire(made):
    """What waits for chats that are gone grows too old; one more message makes the sender look."""
    made.clock.move(hours=3)
    await made.fire(HEALTHY, id="last", title="Tale last")
    await made.deliver()


async def figures(made, back):
    async with made.database.reading() as c:
        found = (await c.execute(select(deliveries).where(deliveries.c.chat_id != HEALTHY))).mappings().all()
    rows = {row["payload"]["title"]: row for row in found}
    tried = history(made, rows)
    shown = Counter(
        m["text"].split(" — ")[0]
        for each in made.server.desk.chats.chats.values()
        for m in each.messages.values()
        if "text" in m
    )
    states = Counter(row["state"] for row in rows.values())
    met = Counter(what for attempts in tried.values() for what in attempts)
    return {
        "pushes": ALL * EACH,
        "lost": ALL * EACH - sum(settled(row) for row in rows.values()),
        "duplicated": sum(shown[title] > 1 for title in rows),
        "wrong_state": sum(not expected(row, tried[t]) for t, row in rows.items()),
        "others_affected": others_affected(rows, tried),
        "back_again_without": left_without(rows, tried, back),
        "violations": len(made.server.violations),
        **{f"met_{what.replace(' ', '_')}": met[what] for what in sorted(met)},
        **{f"pushes_{state.value}": states[state] for state in sorted(ENDED)},
        "pushes_unknown_but_arrived": sum(
            shown[t] == 1 for t, row in rows.items() if row["state"] == DeliveryState.UNKNOWN
        ),
    }


def settled(row):
    return row["state"] == DeliveryState.SENT or (row["state"] in ENDED and bool(row["reason"]))


def history(made, titles):
    """What happened to every attempt, by title."""
    tried = {title: [] for title in titles}
    for call in made.server.calls:
        title = str(call.params.get("text", "")).removeprefix("<b>").split("</b>")[0]
        if call.method == "sendMessage" and title in tried:
            tried[title].append(what(call))
    return tried


def what(call):
    if call.fault is not None:
        return call.fault.value
    if call.code == 200:
        return "ok"
    return next((name for text, name in SAID.items() if text in call.result), call.result)


def expected(row, attempts):
    """Whether the state follows from what really happened."""
    if not attempts or attempts[-1] in AGAIN:
        return row["state"] == DeliveryState.EXPIRED
    return row["state"] == ENDS.get(attempts[-1])


def others_affected(rows, tried):
    """Chats that met no trouble of their own and yet miss something."""
    by_chat = {}
    for title, row in rows.items():
        by_chat.setdefault(row["chat_id"], []).append((row, tried[title]))
    ends = {name for name, state in ENDS.items() if state != DeliveryState.SENT}
    missing = [each for each in by_chat.values() if any(r["state"] != DeliveryState.SENT for r, _ in each)]
    return sum(not any(set(attempts) & ends for _, attempts in each) for each in missing)


def left_without(rows, tried, back):
    """Pushes that waited for a chat that came back and did not get there."""
    waited = [t for t, row in rows.items() if row["chat_id"] in back and not tried[t]]
    return len(waited)
