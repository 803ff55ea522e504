"""Whole turns against an xAI and an X of our own: what is asked, counted, looked up, told and written."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
import stamina
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.cycle import Wheel
from bot.judging import Judge, Made
from bot.outside import outside
from bot.sandbox.x import XServer
from bot.sandbox.xai import XaiServer
from bot.settings import load
from core.models import QuestionKind
from storage import alerts, mentions, narratives, observations, posts, scores, spend
from storage.tables import counts as count_rows
from storage.tables import engagement as engagement_rows
from storage.tables import grades as grade_rows
from storage.tables import records as record_rows
from storage.tables import spend as spend_rows
from tests.bot.stage import StillClock
from tests.bot.x_opened import NOW, TOKEN, WORLD
from tests.storage.facts import EVER, firing

HOUR = timedelta(hours=1)
KEY = "xai-key-of-turns"


class Turns:
    """Turns the wheel hour by hour; `told` is what the operator would hear."""

    def __init__(self, settings, database, xai, x, clock):
        self.settings, self.database, self.xai, self.x, self.clock = settings, database, xai, x, clock
        self.told, self.number = [], 0

    async def tell(self, what, facts):
        self.told.append((what, facts))

    async def go(self, turns, *, prepare=None):
        """So many turns, an hour apart; the last one's outcome."""
        async with outside(self.settings, self.database, self.clock, tell=self.tell) as world:
            if prepare is not None:
                await prepare(world)
            wheel = Wheel(
                settings=self.settings, database=self.database, clock=self.clock, tell=self.tell,
                **world._asdict(),
            )  # fmt: skip
            for _ in range(turns):
                outcome = await wheel.turn(f"{self.number:05d}")
                self.number += 1
                self.clock.move(hours=1)
        return outcome


@pytest_asyncio.fixture
async def opened(database):
    """`async with opened(**settings) as turns` on this database."""

    @asynccontextmanager
    async def context(*, counted=False, **changes):
        clock = StillClock(NOW - 30 * HOUR)
        xai = await XaiServer.start(world=WORLD, now=clock.now, api_key=KEY)
        x = await XServer.start(world=WORLD, now=clock.now, bearer=TOKEN)
        settings = load(
            bot_token="42:sandbox-token", xai_api_key=KEY, xai_base_url=xai.base, x_base_url=x.base,
            oembed_base_url=x.base, x_bearer_token=TOKEN if counted else None, **changes,
        )  # fmt: skip
        try:
            with stamina.set_testing(True, attempts=2, cap=True):
                yield Turns(settings, database, xai, x, clock)
        finally:
            await x.stop()
            await xai.stop()

    return context


async def rows(database, table):
    async with database.reading() as c:
        return (await c.execute(select(table))).mappings().all()


async def test_a_counts_meter_measures_what_searches_found(opened):
    async with opened(counted=True) as turns:
        outcome = await turns.go(4)
        counted = await rows(turns.database, count_rows)
        measured = [score for score in outcome.scores if score.meter == "counts"]
        assert measured and {row["narrative_id"] for row in counted} >= {s.narrative_id for s in measured}
        assert max(s.history_hours for s in measured) > 24, "a week of counts comes at once"
        async with turns.database.reading() as c:
            booked = await spend.breakdown(c, since=NOW - 40 * HOUR)
        asked = [call for call in turns.x.calls if call.billed_ticks]
        assert booked["counts"] == sum(call.billed_ticks for call in asked) > 0
        assert "backfill" not in booked


async def test_a_counts_meter_that_is_down_leaves_the_searches_to_measure(opened):
    async with opened(counted=True) as turns:
        turns.x.faults.add("server_error", count=None, door="counts")
        outcome = await turns.go(3)
        assert await rows(turns.database, count_rows) == []
        assert outcome.scores and {score.meter for score in outcome.scores} == {"samples"}


async def test_posts_people_see_are_looked_up_and_deleted_ones_are_never_shown(opened):
    async with opened() as turns:
        first = await turns.go(2)
        shown = [id for score in first.scores[:10] for id in score.evidence]
        async with turns.database.reading() as c:
            known = await posts.get(c, shown)
        looked_up = [post for post in known.values() if post.confirmed == "look-up"]
        authors = {str(post.id): post.author for post in WORLD.posts}
        assert looked_up and all(post.author == authors[post.id] for post in looked_up)
        turns.x.deleted |= {str(post.id) for post in WORLD.posts}
        last = await turns.go(2)
        async with turns.database.reading() as c:
            fresh = await posts.get(c, [id for score in last.scores[:10] for id in score.evidence])
        deleted = {post.id for post in fresh.values() if post.gone}
        assert deleted
        again = await turns.go(1)
        assert not deleted & {id for score in again.scores for id in score.evidence}


async def test_a_new_narratives_past_is_asked_for_within_its_budget(opened):
    async with opened(cycle={"backfills_per_day": 3}) as turns:
        await turns.go(6)
        async with turns.database.reading() as c:
            asked = await observations.polls(c, since=NOW - 90 * HOUR, known_by=NOW)
        past = [poll for poll in asked if poll.kind is QuestionKind.BACKFILL]
        assert 1 <= len(past) <= 3 and all(poll.until < poll.known_at - 2 * HOUR for poll in past)


async def test_every_kind_of_discovery_is_asked_in_a_day(opened):
    async with opened(cycle={"extras_per_day": 24, "refresh_per_cycle": 0}) as turns:
        await turns.go(8)
        async with turns.database.reading() as c:
            asked = await observations.polls(c, since=NOW - 90 * HOUR, known_by=NOW)
        ways = {(p.tool, p.mode if p.tool == "x_keyword_search" else "") for p in asked if p.ok}
        assert ways == {
            ("x_keyword_search", "Latest"),
            ("x_keyword_search", "Top"),
            ("x_semantic_search", ""),
        }
        assert all(p.covered_from is None for p in asked if not p.meters)


async def test_little_money_means_fewer_questions_and_not_a_blind_evening(opened):
    async with opened(grok={"daily_usd": 1.25, "hourly_usd": 1.0}) as turns:
        counts = []
        for _ in range(8):
            outcome = await turns.go(1)
            counts.append(len(outcome.polls))
        async with turns.database.reading() as c:
            day = await spend.spent(c, since=turns.clock.now() - 24 * HOUR)
        assert 3 <= sum(counts) <= 7 and max(counts) <= 2 and day <= 10**10
        assert sum(counts[-3:]) > 0, "there is money for the rest of the day"


async def test_a_served_model_that_changes_begins_another_series(opened):
    async with opened(cycle={"refresh_per_cycle": 12}, grok={"daily_usd": 100, "hourly_usd": 100}) as turns:
        before = await turns.go(5)
        turns.xai.served_model = "grok-4.6"
        after = await turns.go(1)
        refreshed = {
            poll.narrative_id for poll in after.polls if poll.kind is QuestionKind.REFRESH and poll.ok
        }
        was = {score.narrative_id: score.history_hours for score in before.scores}
        again = [s for s in after.scores if s.narrative_id in refreshed and was.get(s.narrative_id, 0) > 2]
        shorter = [score for score in again if score.history_hours < was[score.narrative_id]]
        assert len(shorter) > len(again) / 2  # one not asked for long sees as far back again


async def test_two_answers_that_agree_confirm_a_post(opened):
    async with opened(confirm={"look_up": False}) as turns:
        outcome = await turns.go(5)
        async with turns.database.reading() as c:
            known = await posts.get(c, [id for score in outcome.scores for id in score.evidence])
            live = await narratives.live(c, since=NOW - 90 * HOUR)
            seen = await mentions.read(
                c, since=NOW - 90 * HOUR, known_by=NOW, narrative_ids=[n.id for n in live]
            )
        assert {post.confirmed for post in known.values()} <= {None, "answers"}
        assert any(mention.confirmed for mention in seen)
        assert any(score.confirmed_24h for score in outcome.scores)
        assert turns.x.calls == []


async def test_an_empty_purse_is_told_by_name_and_nothing_is_asked(opened):
    async with opened(grok={"daily_usd": 0.0}) as turns:
        outcome = await turns.go(1)
        assert [poll.fault for poll in outcome.polls] == ["daily cap reached"] and turns.xai.calls == []
        assert [what for what, _ in turns.told] == ["daily cap reached"]


@pytest.mark.parametrize("fault", ["slow", "garbage", "server_error"])
async def test_a_look_up_in_trouble_costs_nothing_but_its_confirmation(opened, fault):
    async with opened(confirm={"timeout_seconds": 0.3}) as turns:
        turns.x.faults.add(fault, count=None, door="oembed")
        outcome = await turns.go(2)
        async with turns.database.reading() as c:
            assert await scores.as_of(c, EVER) and await alerts.unexpanded(c, 10) is not None
            known = await posts.get(c, [id for score in outcome.scores for id in score.evidence])
        assert not any(post.confirmed == "look-up" or post.gone for post in known.values())


async def test_every_look_at_a_posts_engagement_is_kept(opened, database):
    async with opened() as turns:
        outcome = await turns.go(2)
        now = turns.clock.now() - HOUR
    looks = await rows(database, engagement_rows)
    told = {post.id for post in outcome.posts if post.likes is not None}
    assert told and {row["post_id"] for row in looks if row["known_at"] == now} == told
    assert len({row["known_at"] for row in looks}) == 2


async def test_a_measure_that_breaks_is_logged_and_the_turn_goes_on(opened, database, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("core.signals.measures.velocity", broken)
    async with opened() as turns:
        with capture_logs() as logs:
            outcome = await turns.go(3)
    (line,) = [each for each in logs if each["event"] == "measures could not be computed"][-1:]
    assert line["velocity"] == len(outcome.scores) > 0
    assert all(score.momentum.inputs_ok for score in outcome.scores if score.posts_24h)


async def test_what_was_told_is_followed_graded_once_and_its_searches_booked_to_it(opened, monkeypatch):
    """Told in the fourth turn, to two chats; then killed and started again at every turn."""
    judged = Judge.judge

    async def tell(self, c, outcome, known, now):
        top = outcome.scores[0]
        told = [
            firing(
                f"f{chat}", chat, narrative_id=top.narrative_id, rule="plain", cycle_id=outcome.cycle.id,
                at=now, facts={"confidence": 0.7},
            )
            for chat in (1, 2)
        ]  # fmt: skip
        return Made([], told)

    async with opened() as turns:
        await turns.go(3)
        monkeypatch.setattr(Judge, "judge", tell)
        told = (await turns.go(1)).scores[0]
        monkeypatch.setattr(Judge, "judge", judged)
        for _ in range(5):
            await turns.go(1)
        kept = [r for r in await rows(turns.database, record_rows) if r["kind"] == "alert"]
        assert [(r["narrative_id"], r["baseline"], r["shown"]) for r in kept] == [
            (told.narrative_id, told.baseline_per_hour, 0.7)
        ]
        drawn = [r for r in await rows(turns.database, record_rows) if r["kind"] == "control"]
        assert drawn and told.narrative_id not in {r["narrative_id"] for r in drawn}
        graded = [g for g in await rows(turns.database, grade_rows) if g["record_id"] == kept[0]["id"]]
        assert [(g["horizon"], g["coverage"] >= 0.5, g["hit"] is None) for g in graded] == [
            ("3h", True, False)
        ]
        booked = [s for s in await rows(turns.database, spend_rows) if s["purpose"] == "grading"]
        assert len(booked) >= 3 and {s["narrative_id"] for s in booked} == {told.narrative_id}
