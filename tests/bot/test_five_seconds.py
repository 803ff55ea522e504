"""Seven messages somebody with no background understands in five seconds: short, and in the glossary's words.

`python -m pytest -s tests/bot/test_five_seconds.py` prints them.
"""

import re

import pytest

from bot import developments
from core.alerts.params import AlertParams
from core.models import RecordKind
from storage import posts
from tests.bot.stage import YOU
from tests.bot.test_alert_message import told
from tests.bot.test_track_record import book
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import attention, judged
from tests.storage import facts

NAME = "Korvane Bridge: users of three exchanges wait"  # as long as a name may be
STORY = narrative("a1", title=NAME, slug="korvane-bridge", earliest_post_at=NOW - 3 * HOUR)
FULL = {"surprise": 4.2, "ratio": 4.2, "posts_24h": 38, "authors_24h": 31, "confirmed_24h": 2}
JARGON = re.compile(
    r"z-?score|sigma|σ|poisson|gamma|posterior|log-?ratio|tweet|kol\b|trigger|null|none\b|nan\b|true\b.*false"
    r"|cycle|poll_|_id|utc\+0|\bbuy\b|\bsell\b|bullish on|moon",
    re.IGNORECASE,
)


@pytest.fixture
async def alerted(stage):
    """YOU got an alert about a story with a long name, with three posts."""
    await stage.keep(chat(YOU))
    await stage.fill(score("a1", **FULL), stories=[STORY], quotes=_posts())
    ruling = judged(
        [score("a1", evidence=("100", "101", "102"), **FULL)], [STORY], [chat(YOU)], allows=[attention(YOU)]
    )
    await told(stage, ruling)
    stage.clock.move(minutes=40)
    return stage


def _posts():
    said = (
        "withdrawals of three exchanges stay closed since noon and nobody of the team answers any more " * 2
    )
    return [facts.post(id, created_at=NOW - HOUR / 2, known_at=NOW, text=said, author="a" * 15) for id in
            ("100", "101", "102")]  # fmt: skip


async def turned(stage, **changed):
    async with stage.database.durable() as c:
        await developments.plan(c, [score("a1", **(FULL | changed))], stage.clock.now(), AlertParams())
    await stage.deliver()


async def an_alert(stage):
    return stage.heard()[0]["text"]


async def an_edit(stage):
    await turned(stage, confirmed_24h=6)
    return stage.heard()[0]["text"]


async def a_withdrawal(stage):
    async with stage.database.writing() as c:
        gone = [facts.post(id, text="", gone=True, created_at=NOW) for id in ("100", "101")]
        await posts.insert(c, gone)
    await turned(stage, posts_24h=2)
    return stage.heard()[0]["text"]


async def a_why(stage):
    return await stage.answer("/why korvane-bridge")


async def a_whynot(stage):
    return await stage.answer("/whynot korvane-bridge")


async def a_preview(stage):
    await stage.answer("/alert momentum > 3x and authors >= 10")
    return stage.heard()[-1]["text"]


async def a_record(stage):
    await book(stage, RecordKind.ALERT, 25, 16, ungraded=4)
    await book(stage, RecordKind.CONTROL, 8, 88)
    return await stage.answer("/record")


@pytest.mark.parametrize(
    "message",
    [an_alert, an_edit, a_withdrawal, a_why, a_whynot, a_preview, a_record],
    ids=lambda m: m.__name__,
)
async def test_a_message_is_short_and_plain(alerted, message):
    text = await message(alerted)
    print(f"\n--- {message.__name__}\n{text}")
    lines = text.splitlines()
    assert len(lines) <= 9
    assert 0 < len(lines[0]) <= 60
    assert not (found := JARGON.search(text)), found
    assert not re.search(r"<[a-z/]|[{}]", text), "no markup and no code shows"


async def test_each_message_about_a_story_begins_with_its_name_or_says_why(alerted):
    for message, begins in (
        (an_alert, "Korvane Bridge"),
        (a_why, "Why · Korvane"),
        (an_edit, "Korvane Bridge"),
    ):
        assert (await message(alerted)).startswith(begins)
