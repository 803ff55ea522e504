"""300 pushes over 30 chats while Telegram does its worst: where does each of them end?"""

import asyncio
import random
import tempfile
from collections import Counter
from pathlib import Path

from bot.sandbox.telegram.faults import Fault
from core.models import DeliveryState
from storage import alerts, deliveries
from tests.bot.stage import alert_facts, stage
from tests.core.makers import NOW, chat
from tests.storage import facts

PRIVATE, GROUPS, EACH = range(100, 120), range(-209, -199), 10
OFTEN, SELDOM = 0.05, 0.02
PAIRS = [
    *((kind, OFTEN) for kind in ("retry_after", "server_error", "bad_gateway")),
    *((kind, OFTEN) for kind in ("reset_before", "reset_after", "truncated")),
    *((kind, SELDOM) for kind in ("forbidden", "chat_not_found")),
]
MOVES = 6  # groups that become supergroups under way: 2 % of the pushes
AGAIN = {"retry_after", "server_error", "bad_gateway", "migrate"}
ENDS = {
    "reset_before": DeliveryState.UNKNOWN,
    "reset_after": DeliveryState.UNKNOWN,
    "truncated": DeliveryState.UNKNOWN,
    "forbidden": DeliveryState.DEAD,
    "chat_not_found": DeliveryState.DEAD,
}
MOVED = -1_000_000_000_000
HEALTHY = 999


async def run(seed):
    """Figures of one run."""
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        async with stage(Path(folder), Path(folder) / "template.db", seed=seed) as made:
            await prepare(made)
            for kind, share in PAIRS:
                made.faults.add(
                    Fault(kind=kind, method="sendMessage", times=None, probability=share, retry_after=1)
                )
            await asyncio.gather(made.deliver(patience=120), move(made, random.Random(seed)))
            made.faults.clear()
            await let_the_rest_expire(made)
            return await figures(made)


async def prepare(made):
    """Chats that want alerts and the alerts that wait."""
    for who in (*PRIVATE, HEALTHY):
        made.acts.add_private(who, f"Person {who}")
    for group in GROUPS:
        made.acts.add_group(group, f"Group {group}", {2: "Admin"}, [2])
    await made.keep(*map(chat, (*PRIVATE, HEALTHY)), *(chat(g, kind="group") for g in GROUPS))
    planned = [
        facts.firing(f"{who}-{n}", who, at=NOW, facts=alert_facts(NOW, title=f"Tale {who}-{n}", evidence=[]))
        for who in (*PRIVATE, *GROUPS)
        for n in range(EACH)
    ]
    async with made.database.durable() as c:
        await alerts.append_firings(c, planned)


async def move(made, rng):
    """Now and then a group moves house, found out by a push or by its own message."""
    for number, group in enumerate(rng.sample(list(GROUPS), MOVES)):
        await made.server.wait_for(lambda n=number: len(sends(made)) > 15 * (n + 1), timeout=60)
        made.acts.upgrade_group(group)


def sends(made):
    return [call for call in made.server.calls if call.method == "sendMessage"]


async def let_the_rest_expire(made):
    """What waits for chats that are gone grows too old; one more message makes the sender look."""
    made.clock.move(hours=3)
    await made.fire(HEALTHY, id="last", title="Tale last")
    await made.deliver()


async def figures(made):
    async with made.database.reading() as c:
        rows = [row for who in everybody() for row in await deliveries.for_chat(c, who)]
    pushes = {row.payload["title"]: row for row in rows if row.cause != "firing:last"}
    tried = history(made, pushes)
    shown = Counter(
        m["text"].split(" — ")[0]
        for each in made.server.desk.chats.chats.values()
        for m in each.messages.values()
        if "text" in m
    )
    states = Counter(row.state for row in pushes.values())
    wrong = [t for t, row in pushes.items() if not expected(row, tried[t])]
    return {
        "pushes": len(pushes),
        "lost": len(PRIVATE) * EACH + len(GROUPS) * EACH - sum(settled(row) for row in pushes.values()),
        "duplicated": sum(shown[title] > 1 for title in pushes),
        "wrong_state": len(wrong),
        "others_affected": others_affected(pushes, tried),
        "violations": len(made.server.violations),
        **{f"pushes_{state.value}": states[state] for state in ENDED},
        "pushes_unknown_but_arrived": sum(
            shown[t] == 1 for t, row in pushes.items() if row.state is DeliveryState.UNKNOWN
        ),
    }


ENDED = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.UNKNOWN, DeliveryState.EXPIRED)


def everybody():
    return [*PRIVATE, *GROUPS, *(MOVED + group for group in GROUPS), HEALTHY]


def settled(row):
    return row.state is DeliveryState.SENT or (row.state in ENDED and bool(row.reason))


def history(made, titles):
    """What happened to every attempt, by title: the fault's name, or "ok"."""
    tried = {title: [] for title in titles}
    for call in sends(made):
        title = call.params["text"].removeprefix("<b>").split("</b>")[0]
        if title in tried:
            tried[title].append(what(call))
    return tried


def what(call):
    if call.fault is not None:
        return call.fault.value
    return "ok" if call.code == 200 else "migrate"  # the only refusal of the sandbox itself here


def expected(row, attempts):
    """Whether the state follows from what really happened."""
    if not attempts or attempts[-1] in AGAIN:
        return row.state is DeliveryState.EXPIRED
    return row.state is ENDS.get(attempts[-1], DeliveryState.SENT)


def others_affected(pushes, tried):
    """Chats that met no trouble of their own and yet miss something."""
    by_chat = {}
    for title, row in pushes.items():
        by_chat.setdefault(row.chat_id, []).append((row, tried[title]))
    calm = [rows for rows in by_chat.values() if all(attempts == ["ok"] for _, attempts in rows)]
    troubled = [rows for rows in by_chat.values() if any(set(attempts) & ENDS.keys() for _, attempts in rows)]
    missing = [rows for rows in by_chat.values() if any(r.state is not DeliveryState.SENT for r, _ in rows)]
    return sum(rows in calm or rows not in troubled for rows in missing)
