"""One turn of the wheel: ask, let core think off the event loop, write everything in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import AppClock
from bot.settings import Settings
from bot.sources import Source
from core import plan
from core.alerts import decide
from core.errors import SourceError
from core.models import Cycle, Decision, Firing, Narrative, Question, Score
from core.narratives.merging import survivor
from core.pipeline import History, Outcome, Reply, turn
from storage import alerts, chats, narratives, observations, posts, scores
from storage.database import Database

log = structlog.get_logger()
TEXTS = timedelta(days=3)  # how far back "common words" are learnt
LOOSE = timedelta(days=1)  # how long a post without a narrative may still found one
SAID = timedelta(hours=48)  # what narratives are told by: how far back those that meet are compared
DISCOVERY = timedelta(days=14)
KNOWN = 40  # narratives named to the model, so that it may reuse their slugs


class Wheel:
    """Turns once when called; the schedule is somebody else's business."""

    def __init__(self, *, settings: Settings, database: Database, source: Source, clock: AppClock) -> None:
        self._db = database
        self._source = source
        self._clock = clock
        self._history = timedelta(days=settings.cycle.history_days)
        self._plan = plan.PlanParams(
            every=timedelta(minutes=settings.cycle.every_minutes),
            languages=settings.cycle.languages,
            refreshes=settings.cycle.refresh_per_cycle,
            limit=settings.cycle.posts_per_search,
        )
        self._alerts = alert_params(settings)
        self._hash = params_hash(settings)
        self._turning = asyncio.Lock()

    async def turn(self, slot: str) -> Outcome:
        """One whole cycle for `slot`. A second call waits for the first: two cycles never interleave."""
        async with self._turning:
            with self._clock.hold():
                return await self._turn(slot)

    async def _turn(self, slot: str) -> Outcome:
        now = self._clock.now()
        cycle = Cycle(id=slot, started_at=now, known_at=now, params_hash=self._hash)
        replies = await self._ask(await self._questions(now))
        history = await self._read(now, replies)
        outcome = await asyncio.to_thread(turn, history, replies, cycle=cycle, now=now)
        fired = await self._write(outcome, {n.id: n for n in history.narratives})
        log.info(
            "cycle",
            slot=slot,
            polls=len(outcome.polls),
            ok=sum(poll.ok for poll in outcome.polls),
            posts=len(outcome.posts),
            narratives=len(outcome.scores),
            fired=fired,
        )
        return outcome

    async def _questions(self, now: datetime) -> list[Question]:
        async with self._db.reading() as c:
            return plan.questions(
                self._plan,
                narratives=await narratives.live(c, since=now - timedelta(days=3)),
                scores={s.narrative_id: s for s in await scores.latest(c)},
                polls=await observations.polls(c, since=now - timedelta(days=3), known_by=now),
                now=now,
            )

    async def _ask(self, questions: Sequence[Question]) -> list[Reply]:
        async with self._db.reading() as c:
            recent = await narratives.live(c, since=self._clock.now() - timedelta(days=1))
        known = [(narrative.slug, narrative.title) for narrative in recent[:KNOWN]]
        return list(await asyncio.gather(*(self._one(question, known) for question in questions)))

    async def _one(self, question: Question, known: Sequence[tuple[str, str]]) -> Reply:
        try:
            return Reply(question, answer=await self._source.ask(question, known=known))
        except SourceError as error:
            log.warning("question failed", kind=question.kind.value, fault=error.fault, why=str(error))
            return Reply(question, fault=error.fault)
        except Exception:  # the answers to the other questions are paid for and must not go with it
            log.exception("question failed unexpectedly", kind=question.kind.value)
            return Reply(question, fault=SourceError.fault)

    async def _read(self, now: datetime, replies: Iterable[Reply]) -> History:
        since = now - self._history
        cited = sorted({i for r in replies if r.answer for i in r.answer.cited})
        async with self._db.reading() as c:
            live = await narratives.live(c, since=now - timedelta(days=14))
            ids = [n.id for n in live]
            merged = await narratives.redirects(c, since=since)
            counted = [*ids, *merged]
            return History(
                narratives=live,
                redirects=merged,
                mentions=await narratives.mentions(c, since=since, known_by=now, narrative_ids=counted),
                polls=await observations.polls(c, since=since, known_by=now),
                discovered=await observations.discovered(c, since=now - DISCOVERY, known_by=now),
                previous=await scores.previous(c, ids),
                known=await posts.get(c, cited),
                loose={post.id: post for post in await posts.loose(c, since=now - LOOSE)},
                recent_texts=await posts.texts(c, since=now - TEXTS),
                said=await narratives.said(c, since=now - SAID),
            )

    async def _write(self, outcome: Outcome, known: dict[str, Narrative]) -> int:
        async with self._db.durable() as c:
            await posts.insert(c, outcome.posts)
            await observations.append(c, outcome.cycle, outcome.polls, outcome.sightings)
            known |= {n.id: n for n in await narratives.save(c, outcome.narratives)}
            await narratives.append_mentions(c, outcome.mentions)
            await narratives.append_events(c, outcome.events)
            await scores.append(c, outcome.scores)
            decisions, firings = await self._decide(c, outcome.scores, known)
            await alerts.append_decisions(c, decisions)
            await alerts.append_firings(c, firings)
        return len(firings)

    async def _decide(
        self, c: AsyncConnection, ranked: Iterable[Score], known: dict[str, Narrative]
    ) -> tuple[list[Decision], list[Firing]]:
        """Judge each narrative once; only where it passes are the subscribed chats looked at."""
        judged = [
            (score, verdict)
            for score in ranked
            if (verdict := decide.judge(score, known[score.narrative_id], self._alerts))
        ]
        if not judged:
            return [], []
        audience = await chats.subscribed(c)
        last = await self._last_firings(c, {s.narrative_id for s, _ in judged})
        decisions: list[Decision] = []
        firings: list[Firing] = []
        for score, verdict in judged:
            made, fired = decide.decide(
                score, known[score.narrative_id], verdict, chats=audience, last=last, params=self._alerts
            )
            decisions += made
            firings += fired
        return decisions, firings

    async def _last_firings(self, c: AsyncConnection, ids: set[str]) -> dict[tuple[int, str], Firing]:
        """The newest firing per chat and narrative; what a merged one fired counts for its survivor."""
        redirects = await narratives.redirects(c, since=self._clock.now() - self._history)
        merged = {id: survivor(id, redirects) for id in redirects}
        asked = ids | {id for id, to in merged.items() if to in ids}
        newest: dict[tuple[int, str], Firing] = {}
        fired = await alerts.last_firings(c, decide.RULE, asked)
        for (chat_id, id), firing in sorted(fired.items(), key=lambda item: item[1].at):
            newest[(chat_id, merged.get(id, id))] = firing
        return newest


def alert_params(settings: Settings) -> decide.AlertParams:
    knobs = settings.alerts
    return decide.AlertParams(
        surprise=knobs.surprise,
        confidence=knobs.confidence,
        min_posts=knobs.min_posts,
        min_authors=knobs.min_authors,
        reported_weight=knobs.reported_weight,
        warm_up=timedelta(hours=knobs.warm_up_hours),
        cooldown=timedelta(hours=knobs.cooldown_hours),
        escalation=knobs.escalation,
        escalation_after=timedelta(hours=knobs.escalation_after_hours),
    )


def params_hash(settings: Settings) -> str:
    """A short stamp of every setting that changes what core computes."""
    text = settings.model_dump_json(include={"grok", "cycle", "alerts"})
    return hashlib.sha256(text.encode()).hexdigest()[:16]
