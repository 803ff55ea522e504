"""One turn of the wheel: ask, let core think off the event loop, write everything in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import developments, tracking
from bot.clock import AppClock
from bot.confirmations import Confirmer
from bot.due_polls import DuePolls
from bot.inquiry import Heard, Inquiry
from bot.judging import Judge, alert_params
from bot.ledger import Purse
from bot.notices import Tell
from bot.recall import Recall
from bot.settings import Settings
from bot.sources import Meter, Source
from core import claims, plausibility
from core.models import Cycle, Mention, Narrative, Post
from core.narratives.recall import woken
from core.observing import Reply
from core.pipeline import COMPLETENESS, POLLS, History, Outcome, turn
from core.signals.engagement import WINDOW as UPTAKE
from core.voices import known_since
from storage import (
    alerts,
    counts,
    due_polls,
    engagement,
    mentions,
    narratives,
    observations,
    posts,
    scores,
    turns,
)
from storage.database import Database

log = structlog.get_logger()
TEXTS = timedelta(days=3)  # how far back words are counted as common and posts as copies
LOOSE = timedelta(days=1)  # how long a post without a narrative may still found one
SAID = timedelta(hours=48)  # what narratives are told by: how far back those that meet are compared
KNOWN = timedelta(days=14)  # without a post for so long a narrative is not counted any more
REMEMBERED = timedelta(days=30)  # … and after so long its words are new again
TODAY = timedelta(days=1)  # the talk that scores are made of
SHOWN = 10  # narratives at the top of the list whose posts people are likely to see
NEWEST = 100  # posts whose ids are held against the earlier ones
SHOCK = timedelta(hours=3)  # how long the shock reserve stays open after the whole market was loud


class Wheel:
    """Turns once when called; the schedule is somebody else's business."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        source: Source,
        clock: AppClock,
        meter: Meter | None = None,
        confirmer: Confirmer | None = None,
        ledger: Purse | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._db = database
        self._clock = clock
        self.polls = DuePolls(database, source)
        self._inquiry = Inquiry(
            settings=settings,
            database=database,
            polls=self.polls,
            clock=clock,
            meter=meter,
            ledger=ledger,
            tell=tell,
        )
        self._confirmer = confirmer
        self._ledger = ledger
        self._tell = tell
        self._judge = Judge(settings)
        self._alert_params = alert_params(settings)
        self._history = timedelta(days=min(settings.cycle.history_days, settings.retention.days))
        self._hash = params_hash(settings)
        self._recall = Recall(self._hash)
        self._turning = asyncio.Lock()

    async def turn(self, slot: str) -> Outcome:
        """One whole cycle for `slot`. A second call waits for the first: two cycles never interleave."""
        async with self._turning:
            with self._clock.hold():
                return await self._turn(slot)

    async def _turn(self, slot: str) -> Outcome:
        now = self._clock.now()
        cycle = Cycle(id=slot, started_at=now, known_at=now, params_hash=self._hash)
        heard = await self._inquiry.hear(slot, now)
        history = await self._read(now, heard)
        outcome = await asyncio.to_thread(
            turn, history, heard.replies, cycle=cycle, now=now, counts=heard.counts
        )
        self._open_reserve(outcome, now)
        looked_up = await self._look_up(history, outcome, now)
        fired = await self._write(outcome, looked_up, {n.id: n for n in history.narratives}, now)
        log.info(
            "cycle",
            slot=slot,
            polls=len(outcome.polls),
            ok=sum(poll.ok for poll in outcome.polls),
            posts=len(outcome.posts),
            junk=sum(post.junk is not None for post in outcome.posts),
            counts=len(outcome.counts),
            narratives=len(outcome.scores),
            fired=fired,
            contradicted=outcome.contradicted,
        )
        if outcome.broken:
            log.error("measures could not be computed", slot=slot, **outcome.broken)
        await self._watch_ids()
        await self._grade(now)
        return outcome

    async def _read(self, now: datetime, heard: Heard) -> History:
        since = now - self._history
        async with self._db.reading() as c:
            remembered = await narratives.live(c, since=now - REMEMBERED)
            live = [n for n in remembered if n.last_post_at >= now - KNOWN]
            live += await _woken(c, heard.replies, now)
            live += [n for n in heard.followed if all(n.id != other.id for other in live)]
            merged = await narratives.redirects(c, since=since)
            known = await self._recall.read(c, [*(n.id for n in live), *merged], since=since, now=now)
            return History(
                narratives=live,
                redirects=merged,
                log=known,
                since=since,
                polls=await observations.polls(c, since=now - POLLS, known_by=now),
                finds=await observations.finds(c, since=now - COMPLETENESS, known_by=now),
                previous=await scores.previous(c, [n.id for n in live]),
                known=await posts.get(c, _cited(heard.replies)),
                loose={post.id: post for post in await posts.loose(c, since=now - LOOSE)},
                recent=await posts.recent(c, since=now - TEXTS),
                said=await mentions.said(c, since=now - SAID),
                remembered=remembered,
                engagement=await engagement.read(c, since=now - UPTAKE, known_by=now),
                regulars=await _regulars(c, known.since(now - TODAY).mentioned(), heard.replies, now),
            )

    def _open_reserve(self, outcome: Outcome, now: datetime) -> None:
        """While the whole market is loud the hours' envelope is wider, so that the bot does not go blind."""
        if self._ledger is not None and outcome.common and outcome.common.kind == "whole market":
            log.warning("whole market", factor=round(outcome.common.factor, 1))
            self._ledger.shock(now + SHOCK)

    async def _look_up(self, history: History, outcome: Outcome, now: datetime) -> list[Post]:
        """What X itself says of the posts people are about to see."""
        if self._confirmer is None:
            return []
        shown = dict.fromkeys(id for score in outcome.scores[:SHOWN] for id in score.evidence)
        fresh = {post.id: post for post in outcome.posts}
        async with self._db.reading() as c:
            stored = await posts.get(c, [id for id in shown if id not in history.known])
        known = {**stored, **history.known, **fresh}
        return await self._confirmer.confirm([known[id] for id in shown if id in known], now)

    async def _watch_ids(self) -> None:
        """Say so when the ids of the newest posts look unlike the earlier ones; nothing is dropped for it."""
        async with self._db.reading() as c:
            ids = await posts.recent_ids(c, limit=NEWEST + plausibility.LEARNED)
        found = plausibility.drift(ids[NEWEST:], ids[:NEWEST])
        if found is None:
            return
        log.warning("post ids look unlike the earlier ones", **found.model_dump())
        if self._tell is not None:
            await self._tell("ids drift", found.model_dump())

    async def _grade(self, now: datetime) -> None:
        """What the turn wrote stands whatever becomes of this: what is not graded now is due next turn."""
        try:
            await tracking.grade_due(self._db, now)
        except Exception:
            log.exception("alerts not graded")

    async def _write(
        self, outcome: Outcome, looked_up: Iterable[Post], known: dict[str, Narrative], now: datetime
    ) -> int:
        async with self._db.durable() as c:
            await posts.insert(c, outcome.posts)
            await posts.insert(c, looked_up)
            await observations.append(c, outcome.cycle, outcome.polls, outcome.sightings)
            await counts.append(c, outcome.cycle.id, outcome.counts)
            await engagement.append(c, outcome.engagement)
            saved = await narratives.save(c, outcome.narratives)
            known |= {n.id: n for n in saved}
            await turns.note(c, outcome.cycle.id, outcome.cycle.known_at, outcome.common, saved)
            await mentions.append(c, outcome.mentions)
            await mentions.move(c, outcome.moves)
            await narratives.append_events(c, outcome.events)
            known_log = await self._recall.fold(
                c, outcome, (post.id for post in (*outcome.posts, *looked_up))
            )
            await scores.append(c, outcome.scores)
            made = await self._judge.judge(c, outcome, known, now)
            await alerts.append_decisions(c, made.decisions)
            await alerts.append_firings(
                c, await tracking.keep(c, outcome.cycle, outcome.scores, made.firings)
            )
            await developments.plan(c, outcome.scores, now, self._alert_params)
            await due_polls.forget(c, outcome.cycle.id)
        self._recall.keep(known_log, outcome.cycle.id)
        return len(made.firings)


async def _regulars(
    c: AsyncConnection, mentioned: Iterable[Mention], replies: Iterable[Reply], now: datetime
) -> set[str] | None:
    """Whom we have known for a while, of today's authors and those the answers name; None: nobody yet."""
    first = await observations.first_poll_at(c)
    before = known_since(first, now) if first is not None else None
    if before is None:
        return None
    authors = {m.author for m in mentioned if m.author and m.created_at > now - TODAY}
    for reply in replies:
        authors |= claims.authors(reply.answer.document) if reply.answer else set()
    return await posts.regulars(c, authors, before=before)


async def _woken(c: AsyncConnection, replies: Iterable[Reply], now: datetime) -> list[Narrative]:
    """Narratives silent for longer than `KNOWN` that the answers name again."""
    texts = [text for reply in replies if reply.answer for text in claims.excerpts(reply.answer.document)]
    ids = woken(await narratives.asleep(c, before=now - KNOWN), texts)
    return list((await narratives.by_ids(c, ids)).values())


def _cited(replies: Iterable[Reply]) -> list[str]:
    return sorted({id for reply in replies if reply.answer for id in reply.answer.cited})


def params_hash(settings: Settings) -> str:
    """A short stamp of every setting that changes what core computes."""
    text = settings.model_dump_json(include={"grok", "cycle", "alerts"})
    return hashlib.sha256(text.encode()).hexdigest()[:16]
