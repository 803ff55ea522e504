"""What a database holds before a story begins: chats that want alerts, and alerts that wait for them."""

from datetime import UTC, datetime

from storage import alerts, chats
from storage.database import Database
from storage.migrate import migrate
from tests.bot.stage import alert_facts
from tests.core.makers import chat
from tests.storage import facts

START = datetime(2026, 11, 18, 10, tzinfo=UTC)
CLOCK = "2026-11-18T10:00:00Z@1"


def title(chat_id, number):
    return f"Tale {chat_id}-{number}"


async def plant(url, people, each):
    """`each` alerts for every one of `people`; their titles are unique."""
    await migrate(url)
    database = await Database.open(url)
    try:
        async with database.durable() as c:
            for who in people:
                await chats.save(c, chat(who))
            await alerts.append_firings(
                c,
                [
                    facts.firing(
                        f"f{who}-{n}",
                        who,
                        at=START,
                        facts=alert_facts(START, title=title(who, n), evidence=[]),
                    )
                    for who in people
                    for n in range(each)
                ],
            )
    finally:
        await database.close()


def copies(state, people, each):
    """How often each planted alert stands in its chat: (chat, number) → times."""
    texts = {
        c["id"]: [m["text"].split(" — ")[0] for m in c["messages"] if "text" in m] for c in state["chats"]
    }
    return {(who, n): texts[who].count(title(who, n)) for who in people for n in range(each)}
