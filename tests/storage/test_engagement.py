"""What was told of posts' engagement comes back as it was told, and as far as it was known."""

from core.models import Engagement
from storage import engagement
from tests.storage.facts import DAY, HOUR, NOON


async def everything(c, since=NOON - DAY, known_by=NOON + DAY):
    return await engagement.read(c, since=since, known_by=known_by)


async def test_every_look_is_kept_and_twice_is_once(database):
    first = Engagement("100", NOON, likes=2**40, reposts=0, replies=None, views=7)
    later = Engagement("100", NOON + HOUR, likes=5)
    async with database.writing() as c:
        await engagement.append(c, [later, first])
        await engagement.append(c, [first._replace(likes=1), later])
        await engagement.append(c, [])
        assert await everything(c) == [first, later]


async def test_it_is_read_as_it_was_known_then(database):
    rows = [Engagement(str(100 + hour), NOON + hour * HOUR, likes=hour) for hour in range(4)]
    async with database.writing() as c:
        await engagement.append(c, rows)
    async with database.reading() as c:
        assert await everything(c, since=NOON, known_by=NOON + 2 * HOUR) == rows[1:3]


async def test_old_looks_are_forgotten(database):
    rows = [Engagement("100", NOON - HOUR, likes=1), Engagement("100", NOON, likes=2)]
    async with database.writing() as c:
        await engagement.append(c, rows)
        assert await engagement.prune(c, NOON) == 1
        assert await everything(c) == rows[1:]
