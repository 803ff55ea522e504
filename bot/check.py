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
from bot.logs import Scrub
from bot.probe import Probe
from bot.settings import Settings
from bot.sources.grok import prices
from bot.sources.grok.client import GrokClient
from bot.telegram import make_bot
from bot.views import check as say
from bot.views import probe as shown
from bot.views.check import Finding, Mark
from core import plan
from core.errors import ConfigError
from core.evidence import PAGE
from core.models import Question
from storage.address import normalise, place
from storage.database import Database
from storage.migrate import migrate

TELEGRAM_S = 20.0
DAY = timedelta(days=1)


async def check(settings: Settings, clock: AppClock, out: TextIO) -> int:
    """Try everything, one line a finding on `out`; at most two small paid calls, booked like all others.

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
    if database is None:  # without a ledger nothing may be spent
        told.say(shown.untried(shown.names().values()), *_day(settings, questions, settings.grok.model))
        return told.conclude()
    try:
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
    posts = min(settings.cycle.posts_per_search, PAGE)
    typical = discoveries[0].model_copy(update={"limit": posts})
    # A reservation holds every planned post twice: the price of a call that obeys is one half less of them.
    call = (prices.reservation(typical, model) - posts * prices.POST) / prices.TICKS
    count = len(discoveries) + settings.cycle.refresh_per_cycle
    turns = DAY / timedelta(minutes=settings.cycle.every_minutes)
    cap, cost = settings.grok.daily_usd, count * turns * call
    findings = [say.day(questions=count, turns=turns, call=call, posts=posts), say.cap(cap)]
    if model not in prices.PRICES:
        findings.append(say.unpriced(model))
    if cost > cap:
        findings.append(say.cap_short(24 * cap / cost))
    return findings
