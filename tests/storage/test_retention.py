from sqlalchemy import func, select

from core.models import DeliveryState, Engagement
from storage import (
    alerts,
    chats,
    deliveries,
    engagement,
    mentions,
    narratives,
    observations,
    posts,
    retention,
    schedule,
    scores,
)
from storage.tables import job_runs
from tests.storage.facts import (
    DAY,
    EVER,
    NOON,
    chat,
    cycle,
    decision,
    firing,
    mention,
    narrative,
    planned,
    poll,
    post,
    score,
    sighting,
)

OLD = NOON - 200 * DAY


async def fill(c, at, tag):
    """One row of everything, all from the same moment."""
    await narratives.save(c, [narrative(f"n{tag}")])
    await posts.insert(c, [post(f"{tag}00", created_at=at, known_at=at, text="words")])
    await observations.append(
        c,
        cycle(f"c{tag}", started_at=at, known_at=at),
        [poll(f"p{tag}", cycle_id=f"c{tag}", since=at - DAY / 24, until=at, known_at=at)],
        [sighting(f"{tag}00", f"p{tag}", at)],
    )
    await engagement.append(c, [Engagement(f"{tag}00", at, likes=3)])
    await mentions.append(c, [mention(f"n{tag}", f"{tag}00", at, at)])
    await scores.append(c, [score(f"n{tag}", f"c{tag}", as_of=at)])
    await alerts.append_decisions(c, [decision(f"n{tag}", cycle_id=f"c{tag}", at=at)])
    await alerts.append_firings(c, [firing(f"f{tag}", at=at)])
    await alerts.mark_expanded(c, [f"f{tag}"])
    await deliveries.plan(c, [planned(f"firing:f{tag}", due_at=at, firing_ids=(f"f{tag}",))])


async def settle(c, state=DeliveryState.SENT):
    for row in await deliveries.for_chat(c, 1):
        if state is DeliveryState.SENT:
            await deliveries.sent(c, [deliveries.Arrived(row.id, 5, NOON)])


async def forget(c):
    return await retention.forget(c, texts_before=NOON - 30 * DAY, rows_before=NOON - 180 * DAY)


async def test_what_is_old_goes_and_what_is_young_stays(database):
    async with database.writing() as c:
        await chats.save(c, chat(1))
        await fill(c, OLD, "1")
        await fill(c, NOON, "2")
        await settle(c)
        await forget(c)
    async with database.reading() as c:
        assert set(await posts.get(c, ["100", "200"])) == {"200"}
        known = await observations.polls(c, since=OLD - DAY, known_by=NOON)
        assert [p.id for p in known] == ["p2"]
        assert [m.post_id for m in await mentions.read(c, since=OLD - DAY, known_by=NOON)] == ["200"]
        assert [s.cycle_id for s in await scores.as_of(c, EVER)] == ["c2"]
        told = await engagement.read(c, since=OLD - DAY, known_by=NOON)
        assert [row.post_id for row in told] == ["200"]
        assert [d.cause for d in await deliveries.for_chat(c, 1)] == ["firing:f2"]
        assert len(await alerts.remembered(c, ["n1"], since=NOON)) == 1  # the younger firing
        assert await chats.get(c, 1) is not None and await narratives.get(c, "n1") is not None


async def test_texts_go_before_ids_and_times(database):
    async with database.writing() as c:
        at = NOON - 60 * DAY
        await posts.insert(c, [post("100", created_at=at, known_at=at, text="words")])
        gone = await forget(c)
    async with database.reading() as c:
        kept = (await posts.get(c, ["100"]))["100"]
    assert gone["excerpts"] == 1 and (kept.text, kept.created_at) == ("", at)


async def test_a_message_still_on_its_way_is_never_forgotten(database):
    async with database.writing() as c:
        await chats.save(c, chat(1))
        await fill(c, OLD, "1")
        await forget(c)
        await forget(c)
    async with database.reading() as c:
        waiting = await deliveries.for_chat(c, 1)
        assert [d.state for d in waiting] == [DeliveryState.PENDING]
        assert len(await alerts.remembered(c, ["n1"], since=NOON)) == 1


async def test_forgetting_twice_forgets_nothing_more(database):
    async with database.writing() as c:
        await chats.save(c, chat(1))
        await fill(c, OLD, "1")
        await settle(c)
        first, second = await forget(c), await forget(c)
    assert first["observations"] == 3 and sum(second.values()) == 0


async def run_job(c, slot, at, *, done=True):
    lease = DAY / 1440
    assert await schedule.claim_slot(c, job="digests", slot=slot, owner="o", real_now=at, lease=lease)
    if done:
        assert await schedule.finish_slot(c, job="digests", slot=slot, owner="o", real_now=at)


async def test_slots_finished_or_abandoned_days_ago_are_forgotten_and_fresh_ones_stay_done(database):
    async with database.writing() as c:
        await run_job(c, "old", NOON - 3 * DAY)
        await run_job(c, "abandoned", NOON - 3 * DAY, done=False)
        await run_job(c, "fresh", NOON - DAY)
        await forget(c)
        assert (await c.execute(select(func.count()).select_from(job_runs))).scalar_one() == 3
        gone = await retention.forget(
            c,
            texts_before=NOON - 30 * DAY,
            rows_before=NOON - 180 * DAY,
            real_before=NOON - 2 * DAY,
        )
        assert gone["jobs"] == 2
        assert list((await c.execute(select(job_runs.c.slot))).scalars()) == ["fresh"]
        assert await schedule.done(c, "digests", "fresh")
