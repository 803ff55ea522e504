"""Digests: once per chat and local date, whatever the clock, the zone or a downtime does."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import digests
from core.models import ChatKind, DeliveryKind, DeliveryState, Phase
from core.models.attention import Kind, Mode
from storage import attention, chats, deliveries
from tests.bot.stage import ADMIN, GROUP, YOU
from tests.core.makers import NOW, chat, narrative, score

CATCH_UP = timedelta(hours=6)


async def ring(stage, moment):
    """The digest job looks at every chat at `moment`; how many digests it planned."""
    stage.clock.put(moment)
    planned = 0
    async with stage.database.reading() as c:
        waiting = await chats.with_digest(c)
    for each in waiting:
        async with stage.database.durable() as c:
            planned += await digests.plan_due(c, each, moment, CATCH_UP)
    return planned


async def ring_through(stage, first, last, every=timedelta(minutes=20)):
    """UTC moments at which a digest was planned."""
    moment, planned = first, []
    while moment <= last:
        planned += [moment] * await ring(stage, moment)
        moment += every
    return planned


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),  # 02:30 does not exist
        ("Europe/Berlin", date(2026, 10, 25)),  # 02:30 comes twice
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Asia/Tokyo", date(2026, 10, 25)),  # no clock change
    ],
)
@pytest.mark.parametrize("at", ["02:30", "08:00"])
async def test_one_digest_a_local_date_even_when_clocks_change(stage, zone, around, at):
    await stage.keep(chat(YOU, zone=zone, digest_at=at, subscribed=False))
    here = ZoneInfo(zone)
    first = datetime.combine(around - timedelta(days=1), time(), here).astimezone(UTC)
    planned = await ring_through(stage, first, first + timedelta(days=3))
    days = [around + timedelta(days=n) for n in (-1, 0, 1)]
    due = [datetime.combine(day, time.fromisoformat(at), here).astimezone(UTC) for day in days]
    assert [moment.astimezone(here).date() for moment in planned] == days
    assert all(
        timedelta(0) <= moment - d < timedelta(minutes=20) for moment, d in zip(planned, due, strict=True)
    )


async def test_after_a_downtime_a_digest_is_caught_up_within_six_hours(stage):
    await stage.keep(chat(YOU, digest_at="08:00"))
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert await ring(stage, eight + timedelta(hours=5, minutes=59)) == 1
    assert await ring(stage, eight + timedelta(hours=5, minutes=59)) == 0
    assert await ring(stage, eight + timedelta(days=1, hours=6)) == 0  # too late: tomorrow's comes
    assert await ring(stage, eight + timedelta(days=2)) == 1


async def test_a_digest_is_never_sent_beyond_its_catch_up_time(stage):
    await stage.keep(chat(YOU, digest_at="08:00"))
    await stage.fill(score("a1"))
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await ring(stage, eight)
    stage.clock.put(eight + CATCH_UP + timedelta(minutes=1))
    await stage.deliver()
    (push,) = await stage.pushes()
    assert push.state is DeliveryState.EXPIRED and stage.heard() == []


async def test_a_time_that_has_passed_today_waits_for_tomorrow(stage):
    said = await stage.answer("/digest daily 09:00")  # it is 12:00
    assert said.splitlines() == [
        "You will get a digest every day at 09:00 (UTC). The next one comes tomorrow.",
        "/digest off stops it.",
    ]
    assert await ring(stage, NOW + timedelta(minutes=1)) == 0
    assert await ring(stage, NOW + timedelta(hours=21)) == 1


async def test_a_time_still_to_come_is_kept_today(stage):
    assert "The next one comes today." in await stage.answer("/digest daily 13:00")
    assert await ring(stage, NOW + timedelta(minutes=59)) == 0
    assert await ring(stage, NOW + timedelta(hours=1)) == 1


async def test_changing_the_time_makes_no_second_digest_of_a_day(stage):
    await stage.answer("/digest daily 12:30")
    assert await ring(stage, NOW + timedelta(minutes=30)) == 1
    await stage.answer("/digest daily 13:00")
    assert await ring(stage, NOW + timedelta(hours=1)) == 0


async def test_off_is_off_and_paused_chats_get_none(stage):
    await stage.answer("/digest daily 13:00")
    assert "is off" in await stage.answer("/digest off")
    assert await ring(stage, NOW + timedelta(hours=1)) == 0
    await stage.keep(chat(YOU, digest_at="13:00", paused="blocked by the user"))
    assert await ring(stage, NOW + timedelta(hours=1)) == 0


async def test_the_digest_arrives_in_the_chats_zone_and_tells_the_delta_only(stage):
    await stage.answer("/digest daily 22:00 Asia/Tokyo")
    await stage.fill(
        score("a1", evidence=("100",)),
        score("b2", rank=2, phase=Phase.QUIET),
        stories=[
            narrative("a1", title="Fee cut", first_seen_at=NOW - timedelta(hours=2)),
            narrative("b2", title="Old tale"),
        ],
    )
    assert await ring(stage, NOW + timedelta(hours=1)) == 1
    await stage.deliver()
    said = stage.heard()[-1]["text"]
    assert said.startswith("Digest · since 19 Nov 22:00 (Asia/Tokyo)")
    assert "NEW Fee cut" in said and "Old tale" not in said and "1 other unchanged" in said
    (push,) = await stage.pushes()
    assert (push.kind, push.state) == (DeliveryKind.DIGEST, DeliveryState.SENT)
    assert "Nothing changed since then." in await stage.answer("/digest")


async def test_asked_digests_move_the_mark_too(stage):
    await stage.fill(
        score("a1"), stories=[narrative("a1", title="Fee cut", first_seen_at=NOW - timedelta(hours=2))]
    )
    assert "NEW Fee cut" in await stage.answer("/digest")
    stage.clock.move(minutes=5)
    assert "Nothing changed since then." in await stage.answer("/digest")


async def test_a_digest_that_was_cut_off_is_not_sent_again(stage):
    await stage.keep(chat(YOU, digest_at="13:00"))
    await ring(stage, NOW + timedelta(hours=1))
    async with stage.database.durable() as c:
        (claimed,) = await deliveries.claim(
            c, owner="dead", now=stage.clock.now(), real_now=NOW, lease=CATCH_UP, limit=1
        )
        await deliveries.begin(c, [claimed.id], "dead")
    await stage.deliver()
    (push,) = await stage.pushes()
    assert push.state is DeliveryState.UNKNOWN and stage.heard() == []


async def test_a_time_corrected_the_same_morning_still_rings_that_day(stage):
    stage.clock.put(NOW.replace(hour=9))
    await stage.answer("/digest daily 08:00")  # has passed: tomorrow
    await stage.answer("/digest daily 10:00")
    assert await ring(stage, NOW.replace(hour=9, minute=30)) == 0
    assert await ring(stage, NOW.replace(hour=10, minute=1)) == 1


async def test_moving_the_time_after_todays_digest_gives_no_second_one_that_day(stage):
    await stage.keep(chat(YOU, digest_at="08:00", subscribed=False))
    assert await ring(stage, NOW.replace(hour=8, minute=1)) == 1
    assert "The next one comes tomorrow." in await stage.answer("/digest daily 10:00")
    assert await ring(stage, NOW.replace(hour=10, minute=1)) == 0
    assert await ring(stage, NOW.replace(hour=10, minute=1) + timedelta(days=1)) == 1


async def test_a_group_that_moved_gets_no_second_digest_of_its_day(stage):
    await stage.keep(chat(GROUP, kind=ChatKind.GROUP, digest_at="08:00", subscribed=False))
    assert await ring(stage, NOW.replace(hour=8, minute=1)) == 1
    new = stage.acts.upgrade_group(GROUP)
    await stage.settled()
    said = await stage.answer("/digest daily 10:00", chat=new, user=ADMIN)
    assert "The next one comes tomorrow." in said
    assert await ring(stage, NOW.replace(hour=10, minute=1)) == 0


@pytest.mark.parametrize(
    ("downtime", "caught_up"),
    [(timedelta(minutes=1), 1), (timedelta(hours=1), 1), (timedelta(hours=25), 1), (timedelta(hours=31), 0)],
)
async def test_after_a_downtime_over_digest_times_one_comes_and_never_two(stage, downtime, caught_up):
    """From half a minute before eight on: 25 hours outlast one window and end in the next."""
    await stage.keep(chat(YOU, digest_at="08:00", subscribed=False))
    back = datetime(2026, 11, 21, 8, tzinfo=UTC) - timedelta(seconds=30) + downtime
    assert await ring(stage, back) == caught_up
    assert await ring_through(stage, back, back + timedelta(hours=6), timedelta(minutes=30)) == []
    (tomorrow,) = await ring_through(stage, back + timedelta(hours=6), back + timedelta(hours=25))
    assert (tomorrow.hour, tomorrow - back > timedelta(hours=6)) == (8, True)


async def test_clocks_that_jump_ahead_or_back_give_no_date_a_second_digest(stage):
    await stage.keep(chat(YOU, digest_at="08:00", subscribed=False))
    eight, hour, day = datetime(2026, 11, 21, 8, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)
    jumps = (eight, eight - hour, eight, eight + day, eight + hour, eight + day, eight + 2 * day)
    assert [await ring(stage, moment) for moment in jumps] == [1, 0, 0, 1, 0, 0, 1]


# --- what was missed -------------------------------------------------------------------------------------


async def missed(stage, who=YOU):
    """The dates written down as missed, with the reasons, oldest first."""
    return [
        (push.cause.removeprefix("digest:"), push.state, push.reason)
        for push in sorted(await stage.pushes(who), key=lambda push: push.due_at)
        if push.reason is not None
    ]


def written_off(*days):
    return [(f"2026-11-{day}", DeliveryState.EXPIRED, digests.MISSED) for day in days]


async def had(stage, moment):
    """The chat has its digest at eight, and got that of `moment`'s date."""
    await stage.keep(chat(YOU, digest_at="08:00", subscribed=False))
    assert await ring(stage, moment) == 1
    await stage.deliver()


async def test_a_digest_missed_beyond_its_window_is_written_down_and_told(stage):
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await had(stage, eight)
    assert await ring(stage, eight + timedelta(days=1, hours=6)) == 0
    assert await missed(stage) == written_off(22)
    assert (
        "Missed digests: 22 Nov. I was not running, or could not write here; the next one tells it all."
        in await stage.answer("/status")
    )
    assert await ring(stage, eight + timedelta(days=1, hours=7)) == 0 and await missed(stage) == written_off(
        22
    )
    assert await ring(stage, eight + timedelta(days=2)) == 1  # and that of the next day comes as ever
    await stage.deliver()
    assert len(stage.heard()) == 3 and "since 21 Nov 08:00" in stage.heard()[-1]["text"]


async def test_a_week_later_nobody_is_told_of_a_missed_digest_any_more(stage):
    eight = datetime(2026, 11, 13, 8, tzinfo=UTC)
    await had(stage, eight)
    await ring(stage, eight + timedelta(days=1, hours=7))
    assert "Missed digests: 14 Nov." in await stage.answer("/status")
    await ring_through(stage, eight + timedelta(days=2), eight + timedelta(days=9), timedelta(hours=5))
    assert "Missed digests" not in await stage.answer("/status")


async def test_every_date_of_a_long_downtime_is_written_down_once(stage):
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await had(stage, eight)
    assert await ring(stage, eight + timedelta(days=4, hours=1)) == 1
    assert await missed(stage) == written_off(22, 23, 24)


async def test_a_digest_that_is_caught_up_was_not_missed(stage):
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await had(stage, eight)
    assert await ring(stage, eight + timedelta(days=1, hours=5)) == 1
    assert await missed(stage) == [] and "Missed" not in await stage.answer("/status")


async def test_nobody_missed_what_was_not_to_come_yet_or_is_off(stage):
    await stage.answer("/digest daily 09:00")  # it is 12:00: tomorrow
    await ring(stage, NOW + timedelta(hours=8))
    await wish(stage, Mode.OFF)
    await ring(stage, NOW + timedelta(days=1, hours=8))
    await wish(stage, Mode.ON)
    await ring(stage, NOW + timedelta(days=1, hours=9))
    assert await missed(stage) == []


async def wish(stage, mode):
    async with stage.database.writing() as c:
        await attention.change(c, YOU, kinds={Kind.DIGEST: mode})


async def test_whoever_asked_for_a_digest_after_its_time_has_missed_none(stage):
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await had(stage, eight)
    stage.clock.put(eight + timedelta(days=1, hours=7))
    await stage.answer("/digest")
    assert await ring(stage, eight + timedelta(days=1, hours=8)) == 0 and await missed(stage) == []


async def test_a_digest_written_off_by_a_clock_that_was_ahead_comes_when_it_is_time(stage):
    seven = datetime(2026, 11, 22, 7, tzinfo=UTC)
    await had(stage, seven - timedelta(hours=23))
    assert await ring(stage, seven + timedelta(days=1)) == 0
    assert await missed(stage) == written_off(22)
    assert await ring(stage, seven + timedelta(hours=1)) == 1
    await stage.deliver()
    assert await missed(stage) == [] and len(stage.heard()) == 2


async def test_a_chat_that_was_paused_learns_which_digests_it_missed(stage):
    eight = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await had(stage, eight)
    stage.acts.block(YOU)
    assert await ring(stage, eight + timedelta(days=1)) == 1
    await stage.deliver()
    assert await ring(stage, eight + timedelta(days=2)) == 0
    stage.acts.unblock(YOU)
    await stage.settled()
    assert await ring(stage, eight + timedelta(days=2, hours=9)) == 0
    await stage.fire(id="wakes the sender")
    await stage.deliver()
    assert await missed(stage) == [
        ("2026-11-22", DeliveryState.EXPIRED, "too old to send"),
        *written_off(23),
    ]
