"""`python -m bot check`: try once, and cheaply, all that the configuration needs; say what a day costs."""

from __future__ import annotations

from datetime import timedelta
from typing import TextIO

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)

from bot.clock import AppClock
from bot.ledger import Ledger, caps
from bot.logs import Scrub
from bot.probe import Probe
from bot.settings import Settings
from bot.sources.grok import prices
from bot.sources.grok.client import GrokClient
from bot.sources.x import open_lookup, open_meter
from bot.sources.x.embed import FIRST_POST
from bot.telegram import make_bot
from bot.views import check as say
from bot.views import probe as shown
from bot.views.check import Finding, Mark
from core import plan
from core.budget import TICKS
from core.errors import CapReached, ConfigError, SourceError
from core.evidence import PAGE
from core.models import Question
from storage.address import normalise, place
from storage.database import Database
from storage.migrate import migrate

TELEGRAM_S = 20.0
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def check(settings: Settings, clock: AppClock, out: TextIO) -> int:
    """Try everything, one line a finding on `out`; at most three small paid calls, booked like all others.

    Returns 0 when everything works (warnings included) and 1 when something does not. Raises ConfigError
    for a DATABASE_URL that cannot be one.
    """
    url = settings.database_url.get_secret_value()
    normalise(url)
    told = _Told(settings, out)
    database, finding = await _database(url)
    told.say(finding)
    told.say(await _telegram(settings))
    questions = _discoveries(settings, clock)
    told.say(await _look_up(settings))
    if database is None:  # without a ledger nothing may be spent
        told.say(*([say.counts_untried()] if settings.x_bearer_token else []))
        told.say(shown.untried(shown.names().values()), *_day(settings, questions, settings.grok.model))
        return told.conclude()
    try:
        told.say(*await _counts(settings, database, clock, questions[0]))
        served = await _grok(settings, database, clock, questions[0], told)
    finally:
        await database.close()
    told.say(*_day(settings, questions, served))
    return told.conclude()


class _Told:
    """What was found so far: every finding goes out as soon as it is known, secrets scrubbed."""

    def __init__(self, settings: Settings, out: TextIO) -> None:
        self._scrub = Scrub(settings.secrets)
        self._out = out
        self._findings: list[Finding] = []

    def say(self, *findings: Finding) -> None:
        for finding in findings:
            self._findings.append(finding)
            text = self._scrub(None, "", {"text": finding.text})["text"]
            line = say.render(finding._replace(text=text), self._out.encoding or "utf-8")
            print(line, file=self._out, flush=True)

    def conclude(self) -> int:
        verdict = say.verdict(self._findings)
        self.say(verdict)
        return int(verdict.mark is Mark.BAD)


async def _database(url: str) -> tuple[Database | None, Finding]:
    """The migrated database, or None and why there is none."""
    try:
        await migrate(url)
        return await Database.open(url), say.database_ready(place(normalise(url)))
    except ConfigError as error:
        return None, say.database_failed(str(error))


async def _telegram(settings: Settings) -> Finding:
    bot = make_bot(settings, timeout=TELEGRAM_S)
    try:
        return say.telegram_ready((await bot.get_me()).username)
    except (
        TelegramUnauthorizedError,
        TelegramNotFound,
    ):  # 404 is for what Telegram takes for no token at all
        return say.telegram_refused()
    except TelegramNetworkError:
        return say.telegram_unreachable()
    except (TelegramAPIError, ClientDecodeError) as error:
        return say.telegram_odd(type(error).__name__)
    finally:
        await bot.session.close()


async def _look_up(settings: Settings) -> Finding:
    """Ask about the one post that X has always had."""
    embeds = open_lookup(settings)
    if embeds is None:
        return say.look_up_off()
    try:
        found = await embeds.look_up(FIRST_POST)
    finally:
        await embeds.close()
    return say.look_up_works() if found and not found.gone else say.look_up_fails()


async def _counts(
    settings: Settings, database: Database, clock: AppClock, question: Question
) -> list[Finding]:
    """Count the posts of the last hour by one paid request, if there is a token."""
    meter = open_meter(settings, Ledger(database, clock, caps(settings)), clock, attempts=1)
    if meter is None:
        return []
    try:
        await meter.count("", question.query, since=question.until - HOUR, until=question.until)
    except CapReached as error:
        return [say.counts_capped(str(error))]
    except SourceError as error:
        return [say.counts_fail(str(error))]
    finally:
        await meter.close()
    return [say.counts_work(prices.COUNTS / TICKS)]


async def _grok(
    settings: Settings, database: Database, clock: AppClock, question: Question, told: _Told
) -> str:
    """Ask about one post of the past day; the model that answered, or the one that should have."""
    client = GrokClient(
        base_url=settings.xai_base_url,
        api_key=settings.xai_api_key,
        timeout_s=settings.grok.timeout_seconds,
        stream=settings.grok.stream,
    )
    tiny = question.model_copy(update={"limit": 1, "since": question.until - DAY})
    probe = Probe(settings, database=database, clock=clock, client=client, question=tiny)
    try:
        told.say(*await probe.run())
        told.say(await probe.cost())
    finally:
        await client.close()
    return probe.served or settings.grok.model


def _discoveries(settings: Settings, clock: AppClock) -> list[Question]:
    """What a turn asks before any narrative is known."""
    params = plan.PlanParams(
        every=timedelta(minutes=settings.cycle.every_minutes),
        languages=settings.cycle.languages,
        refreshes=settings.cycle.refresh_per_cycle,
        limit=settings.cycle.posts_per_search,
    )
    return plan.questions(params, narratives=(), scores={}, polls=(), now=clock.now())


def _day(settings: Settings, discoveries: list[Question], model: str) -> list[Finding]:
    """What the configuration costs a day with that model, and what its cap means."""
    cycle = settings.cycle
    posts = min(cycle.posts_per_search, PAGE)
    call = prices.planned(posts, model) / TICKS
    turns = DAY / timedelta(minutes=cycle.every_minutes)
    counted = cycle.counts_per_cycle * turns * prices.COUNTS / TICKS if settings.x_bearer_token else 0.0
    searches = (len(discoveries) + cycle.refresh_per_cycle) * turns + cycle.extras_per_day
    cost = (searches + cycle.backfills_per_day) * call + counted
    findings = [
        say.day(
            usd=cost,
            questions=len(discoveries) + cycle.refresh_per_cycle,
            turns=turns,
            extras=cycle.extras_per_day,
            backfills=cycle.backfills_per_day,
            call=call,
            posts=posts,
        )
    ]
    if counted:
        findings.append(say.day_counts(usd=counted, requests=cycle.counts_per_cycle, turns=turns))
    if model not in prices.PRICES:
        findings.append(say.unpriced(model))
    return findings + _cap(settings, cost)


def _cap(settings: Settings, cost: float) -> list[Finding]:
    """What the day's cap is, and what it means for a day of that cost (dollars)."""
    knobs = settings.grok
    own = knobs.daily_usd * (1 - knobs.users_share - knobs.shock_share)
    findings = [say.cap(knobs.daily_usd)]
    if cost > knobs.daily_usd:
        findings.append(say.cap_short(own / cost))
    elif cost > own:
        findings.append(say.cap_binds(own))
    return findings
