"""What the wheel has in mind is what the database says, whatever happened in between."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from bot.recall import Recall
from core.models import Count, Move, QuestionKind
from core.pipeline import Outcome
from core.signals import Log, build
from core.signals.log import united
from storage import counts, mentions, narratives, observations, posts, snapshots
from storage import log as rows
from storage.tables import cycles
from storage.tables import snapshots as pages
from tests.core.signals.test_panel import same
from tests.storage.facts import HOUR, NOON, cycle, mention, narrative, poll, post, sighting

IDS = ("a", "b", "c")
DAYS = timedelta(days=30)


def turned(number, chance):
    """One turn's rows: late posts, repeated and failed polls, another model, better words, counts."""
    now = NOON + number * HOUR
    id = f"t{number:02}"
    asked = [
        poll(
            f"{id}.{i}", cycle_id=id, kind=QuestionKind.REFRESH if name else QuestionKind.DISCOVER,
            narrative_id=name, query=f"about {name}", since=now - 2 * HOUR, until=now, known_at=now,
            covered_from=now - chance.choice([1, 2]) * HOUR, ok=chance.random() < 0.8,
            served_model=chance.choice(["m", "m", "m", "n"]),
        )
        for i, name in enumerate([*IDS, None])
    ]  # fmt: skip
    told, joined, seen = {}, [], []
    for ask in asked:
        for n in chance.sample(range(40), 6):
            at = NOON + (n % 9 - 6) * HOUR
            if at > now:
                continue
            told[str(n)] = post(
                str(n), created_at=at, known_at=now, author=chance.choice([None, f"x{n % 4}"]),
                stance=chance.choice([None, 0.5]), signature=chance.choice([0, n % 5]),
                confirmed=chance.choice([None, None, "answers"]), likes=chance.choice([None, number]),
                junk=chance.choice([None] * 9 + ["price bot"]),
            )  # fmt: skip
            seen.append(sighting(str(n), ask.id, now))
            owner = ask.narrative_id or chance.choice(IDS)
            joined.append(mention(owner, str(n), created_at=at, known_at=now, metered=bool(ask.narrative_id)))
    counted = [Count("c", "q", now - HOUR, now, chance.randrange(50), now)] if number > 3 else []
    looked = [
        post(str(n), created_at=NOON + (n % 9 - 6) * HOUR, known_at=now, looked_up_at=now, author="seen",
             confirmed="look-up", gone=chance.random() < 0.5)
        for n in chance.sample(sorted(map(int, told)), 2)
    ]  # fmt: skip
    gone = chance.sample(range(40), 5) if number % 3 == 2 else []  # these leave one narrative for another
    moves = tuple(Move("a", "b", str(n)) for n in gone)
    return looked, Outcome(
        cycle=cycle(id, started_at=now, known_at=now), polls=tuple(asked), posts=tuple(told.values()),
        sightings=tuple(dict.fromkeys(seen)), counts=tuple(counted),
        narratives=tuple(narrative(n, slug=n, first_seen_at=NOON, earliest_post_at=NOON, last_post_at=NOON)
                         for n in IDS if number == 0 or n == "a"),
        mentions=tuple(joined), moves=moves, events=(), scores=(), common=None, contradicted=0,
        engagement=(), broken={},
    )  # fmt: skip


async def lived(database, recall, number, chance):
    """One turn as the wheel writes it."""
    looked, outcome = turned(number, chance)
    async with database.reading() as c:
        await recall.read(c, IDS if number else (), since=NOON - DAYS, now=outcome.cycle.started_at)
    async with database.durable() as c:
        await posts.insert(c, outcome.posts)
        await posts.insert(c, looked)
        await observations.append(c, outcome.cycle, outcome.polls, outcome.sightings)
        await counts.append(c, outcome.cycle.id, outcome.counts)
        await narratives.save(c, outcome.narratives)
        await mentions.append(c, outcome.mentions)
        await mentions.move(c, outcome.moves)
        known = await recall.fold(c, outcome, (p.id for p in (*outcome.posts, *looked)))
    recall.keep(known, outcome.cycle.id)
    return known


async def read_anew(database, now):
    async with database.reading() as c:
        whole = await rows.whole(c, IDS, since=NOON - DAYS, known_by=now)
        return united([whole, await rows.found(c, since=NOON - DAYS, known_by=now)])


async def read_by(recall, database, now, ids=IDS):
    async with database.reading() as c:
        return await recall.read(c, ids, since=NOON - DAYS, now=now)


@pytest.mark.parametrize("seed", range(4))
async def test_what_turns_fold_in_is_the_whole_log_bit_for_bit(database, seed):
    chance, recall = random.Random(seed), Recall("p")
    for number in range(10):
        now = NOON + number * HOUR
        if chance.random() < 0.3:
            recall = Recall("p")  # the process was started anew
        known = await lived(database, recall, number, chance)
        whole = await read_anew(database, now)
        assert known.same(whole)
        assert same(*(build(IDS, log, now=now, hours=48) for log in (known, whole)))


async def grown(database, turns=4):
    recall, chance = Recall("p"), random.Random(9)
    for number in range(turns):
        known = await lived(database, recall, number, chance)
    return recall, known, NOON + (turns - 1) * HOUR


async def test_a_restart_reads_the_snapshot_and_not_the_log(database, monkeypatch):
    _, known, now = await grown(database)

    async def refuse(*_, **__):
        raise AssertionError("the log was read")

    monkeypatch.setattr(rows, "whole", refuse)
    assert (await read_by(Recall("p"), database, now)).same(known)


async def test_without_a_usable_snapshot_the_log_is_read(database):
    recall, known, now = await grown(database)
    assert (await read_by(Recall("other parameters"), database, now)).same(known)
    async with database.writing() as c:
        await c.execute(update(pages).where(pages.c.narrative_id == "b").values(page=b"broken"))
    assert (await read_by(Recall("p"), database, now)).same(known)
    async with database.writing() as c:
        await c.execute(delete(pages).where(pages.c.narrative_id == "a"))
    assert (await read_by(Recall("p"), database, now)).same(known)
    async with database.writing() as c:
        await c.execute(delete(pages))
    for mind in (Recall("p"), recall):
        assert (await read_by(mind, database, now)).same(known)


async def test_a_turn_of_another_process_is_seen(database):
    recall, _, _ = await grown(database)
    after = await lived(database, Recall("p"), 4, random.Random(5))
    assert (await read_by(recall, database, NOON + 4 * HOUR)).same(after)
    async with database.writing() as c:  # by a program that keeps no snapshot
        await observations.append(c, cycle("t05", started_at=NOON + 5 * HOUR), [], [])
        await c.execute(delete(pages).where(pages.c.narrative_id == "never"))
        assert (await c.execute(cycles.select())).first()
    assert (await read_by(recall, database, NOON + 5 * HOUR)).same(after)


async def test_a_turn_that_was_not_committed_is_not_in_mind(database):
    recall, known, now = await grown(database)
    looked, outcome = turned(4, random.Random(4))
    with pytest.raises(ZeroDivisionError):
        async with database.durable() as c:
            await observations.append(c, outcome.cycle, outcome.polls, outcome.sightings)
            await recall.fold(c, outcome, (p.id for p in looked))
            raise ZeroDivisionError
    assert (await read_by(recall, database, now)).same(known)


async def test_who_left_the_mind_has_no_page_and_comes_back_whole(database):
    recall, known, now = await grown(database)
    assert (await read_by(recall, database, now, ["a"])).ids == {"a"}
    _, outcome = turned(4, random.Random(4))
    async with database.durable() as c:
        await observations.append(c, outcome.cycle, [], [])
        after = await recall.fold(c, outcome, ())
        assert set(await snapshots.load(c, recall.stamp, IDS)) == {"a"}
    recall.keep(after, outcome.cycle.id)
    assert (await read_by(recall, database, now + HOUR)).same(await read_anew(database, now + HOUR))
    assert isinstance(known, Log)
