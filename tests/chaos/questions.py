"""200 questions to a Grok that fails in every way it can: no crash, no invented post, no lost cent."""

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.sandbox.world import simulated_world
from bot.sandbox.xai import XaiServer
from bot.sandbox.xai.faults import KINDS
from bot.settings import load
from bot.sources.grok import open_source
from bot.sources.grok.prices import TICKS
from core.errors import SourceError
from core.evidence import SLACK, examine, post_time
from core.models import Question, QuestionKind
from core.narratives.query import discovery_queries
from storage.tables import spend
from tests.bot.stage import TOKEN, StillClock, open_database
from tests.core.makers import NOW

QUESTIONS, SHARE, AT_ONCE = 200, 0.30, 8
KEY = "xai-key-of-chaos"


async def run(seed):
    """Figures of one run."""
    clock = StillClock(NOW)
    world = await asyncio.to_thread(simulated_world, seed=seed, start=NOW - timedelta(days=3), days=4)
    server = await XaiServer.start(world=world, now=clock.now, api_key=KEY, seed=seed)
    probability = 1 - (1 - SHARE) ** (1 / len(KINDS))
    for kind in KINDS:
        server.faults.add(kind, count=None, probability=probability, delay=0.2)
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as folder:
        url, database = await open_database(Path(folder), Path(folder) / "template.db")
        source = open_source(settings(url, server.base), database, clock, monotonic=Patience().now)
        try:
            ends = await ask_all(source)
            async with database.reading() as c:
                ledger = (await c.execute(select(spend))).mappings().all()
        finally:
            await source.close()
            await database.close()
            await server.stop()
    return figures(ends, ledger, server.calls)


class Patience:
    """The breakers' clock: every look is an hour later, so no fault silences the next question."""

    def __init__(self):
        self.at = 0.0

    def now(self):
        self.at += 3600.0
        return self.at


def settings(url, base):
    return load(
        bot_token=TOKEN,
        xai_api_key=KEY,
        database_url=url,
        xai_base_url=base,
        grok={"timeout_seconds": 2, "daily_usd": 10_000},
    )


def questions():
    """Discovery and refreshes over many windows."""
    queries = discovery_queries((), ("en", "zh"))
    for number in range(QUESTIONS):
        until = NOW - timedelta(minutes=17 * number % (60 * 48))
        span = {"since": until - timedelta(hours=1 + number % 6), "until": until}
        if number % 2:
            yield Question(kind=QuestionKind.DISCOVER, query=queries[number // 2 % len(queries)], **span)
        else:
            yield Question(kind=QuestionKind.REFRESH, query="$BTC OR bitcoin", narrative_id="n", **span)


async def ask_all(source):
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(question):
        async with gate:
            return await end_of(source, question)

    return await asyncio.gather(*(one(question) for question in questions()))


async def end_of(source, question):
    """(question, how it ended, accepted posts)."""
    try:
        answer = await source.ask(question, known=())
        verdict = examine(question, answer, now=NOW)
    except SourceError as error:
        return question, error.fault, ()
    except Exception as error:  # the very thing that must not happen is counted, not raised
        return question, f"crash: {error!r}", ()
    return question, "ok" if verdict.ok else verdict.fault, verdict.posts


def figures(ends, ledger, calls):
    found = {i for call in calls for i in call.returned_ids}
    invented = [
        post
        for question, _, accepted in ends
        for post in accepted
        if post.id not in found or not inside(question, post)
    ]
    how = Counter(end if not end.startswith("crash") else "crash" for _, end, _ in ends)
    return {
        "grok_questions": len(ends),
        "grok_calls": len(calls),
        "grok_calls_with_faults": sum(bool(call.faults) for call in calls),
        "grok_answers_ok": how["ok"],
        "grok_crashes": how["crash"],
        "grok_posts_accepted": sum(len(accepted) for _, _, accepted in ends),
        "grok_posts_invented": len(invented),
        **money(ledger, calls),
    }


def inside(question, post):
    return question.since - SLACK <= post_time(post.id) <= question.until + SLACK


def money(ledger, calls):
    """Our ledger against the server's bills; what was cut off keeps its reservation and stands apart."""
    billed = {call.response_id: call.billed_ticks for call in calls if call.billed_ticks}
    settled = {row["response_id"]: row["settled_ticks"] for row in ledger if row["response_id"]}
    open_ones = [row for row in ledger if row["settled_ticks"] is None]
    silent = set(billed) - set(settled)
    error = sum(abs(billed.get(i, 0) - ticks) for i, ticks in settled.items())
    return {
        "ledger_error_usd": error / TICKS,
        "ledger_usd": sum(settled.values()) / TICKS,
        "grok_calls_cut_off": len(silent),
        "grok_calls_cut_off_unbooked": max(0, len(silent) - len(open_ones)),
        "grok_reservations_open": len(open_ones),
        "grok_calls_unbooked": len(calls) - len(ledger),
    }
