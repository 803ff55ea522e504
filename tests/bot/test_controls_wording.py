"""Everything said about rules, lists and limits is short: nine lines, a first line of sixty characters."""

import re
from pathlib import Path

import pytest

from bot.views.start import commands
from core.models.rules import RULES, Level, Measure, Scope
from storage import rules, watching
from tests.bot.stage import YOU
from tests.core.makers import NOW, narrative, score
from tests.storage import facts

README = Path(__file__).resolve().parents[2] / "README.md"
LONG = "a story whose title goes on and on so that no narrow screen could ever show all of it at once"
SAID = [
    "/start", "/help", "/alert", "/alerts", "/lists", "/mutes", "/quiet", "/zone", "/budget", "/sensitivity",
    "/kinds", "/import", "/watch", "/unwatch", "/ignore", "/unignore", "/follow", "/unfollow", "/mute",
    "/unmute", "/snooze", "/watch $SOL", f"/watch {LONG[:50]}", "/ignore #long", "/follow zk proofs",
    "/mute #long", "/mute story", "/snooze 8h", "/quiet 22-08", "/quiet nights",
    "/zone America/Argentina/Buenos_Aires",
    "/zone +2", "/zone Berlim", "/zone qqq", "/budget 0", "/budget many", "/sensitivity loud",
    "/alert momentm > 3x", "/alert " + "posts > 1 and " * 11 + "posts > 2",
    '/alert momentum crosses above 3x again below 2x and not (posts in 4h < 9 or mentions "hack") on #long '
    "once urgent every 12h until 2027-01-01",
]  # fmt: skip


@pytest.fixture
async def busy(stage):
    """A chat with as many rules and entries as it may have, all of them long."""
    await stage.fill(
        score("a1"), score("b2"),
        stories=[narrative("a1", slug="long", title=LONG), narrative("b2", title="Another story")],
    )  # fmt: skip
    async with stage.database.writing() as c:
        for n in range(RULES - 1):
            level = Level(kind="above", measure=Measure.COORDINATION, value=n / 100 + 0.12345)
            await rules.add(c, facts.rule(f"{n:012x}", YOU, expression=level))
        for n in range(40):
            await watching.add(c, YOU, "ignore", Scope(kind="topic", name=f"topic number {n}"), NOW)
    return stage


async def test_every_answer_fits_a_small_screen(busy):
    for text in SAID:
        for said in await busy.says(text):
            assert_short(said, text)


async def test_what_buttons_bring_fits_too(busy):
    await busy.answer("/alerts")
    for button in ("1", "Edit", "Pause", "Resume", "Delete", "Undo"):
        await busy.presses(button)
        assert_short(busy.heard()[-1]["text"], button)


def assert_short(said, why):
    """An answer of one sentence is read as a whole: it may wrap once more."""
    rows = said.splitlines()
    assert len(rows) <= 9, (why, said)
    assert len(rows[0]) <= (60 if len(rows) > 1 and "^" not in said else 120), (why, rows[0])


async def test_every_command_telegram_is_told_has_its_handler(stage):
    for command in commands():
        said = await stage.says(f"/{command.command}")
        assert said == [] or not said[0].startswith("I do not know that command"), command.command
    assert len({command.command for command in commands()}) == len(commands())


def test_the_readme_lists_every_command():
    shown = set(re.findall(r"`/([a-z]+)", README.read_text(encoding="utf-8")))
    assert {command.command for command in commands()} <= shown
