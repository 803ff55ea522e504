"""`/cost`: for the operator alone, what the day and the month cost and on what."""

from datetime import timedelta

import pytest

from bot.views.cost import usd
from core.budget import TICKS
from storage import alerts, spend
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.core.makers import NOW, narrative, score
from tests.storage import facts

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CENT = TICKS // 100


@pytest.fixture
async def desk(opened):
    async with opened(admin_ids=(YOU, ADMIN)) as made:
        yield made


async def book(stage, *rows):
    """(purpose, narrative, hours ago, cents, billed)"""
    async with stage.database.durable() as c:
        for number, (purpose, about, ago, cents, billed) in enumerate(rows):
            line = facts.entry(
                f"e{number}",
                at=NOW - ago * HOUR,
                purpose=purpose,
                narrative_id=about,
                reserved_ticks=cents * CENT,
            )
            await spend.reserve(c, line)
            if billed:
                await spend.settle(c, line.id, ticks=cents * CENT, response_id="r")


async def test_the_account_of_a_day(desk):
    await desk.fill(
        score("a1"),
        score("b2"),
        stories=[narrative("a1", title="Fee cut"), narrative("b2", title="<b>Drain")],
    )
    await book(
        desk,
        ("discover", None, 0, 20, True),
        ("refresh", "a1", 3, 30, True),
        ("refresh", "b2", 6, 50, True),
        ("words", "a1", 0, 5, True),
        ("refresh", "b2", 30, 100, True),  # yesterday
        ("backfill", "a1", 20 * 24, 300, True),  # last month
        ("refresh", "a1", 1, 15, False),
    )
    async with desk.database.writing() as c:
        await alerts.append_firings(
            c,
            [
                facts.firing(f"f{n}", chat, narrative_id=about, cycle_id=cycle, at=NOW - DAY)
                for n, (chat, about, cycle) in enumerate(
                    [(1, "a1", "c1"), (2, "a1", "c1"), (1, "b2", "c1"), (1, "a1", "c2"), (1, "b2", "c9")]
                )
            ],
        )
    lines = (await desk.answer("/cost")).splitlines()
    assert lines == [
        "Cost · 12:00 (UTC)",
        "This hour $0.25 of $1.20",
        "Today $1.20 of $10.00 · at this pace $1.80",
        "Of a day $1.00 is kept for people, $1.00 for loud hours",
        "This month $2.20 of $300.00 · at this pace $14.80",
        "This month on: looking again $1.95 · finding stories $0.20 · words $0.050",
        "$1.30 per alert (4 alerts in 30 days)",
        "Dearest stories, 30 days:",
        "$3.50 Fee cut",
        "$1.50 <b>Drain",
        "1 call without a bill, booked at $0.15",
    ]
    assert len(lines) <= 15 and max(map(len, lines)) <= 76, "two lines at most on a phone of 320 px"


async def test_an_account_of_nothing(desk):
    assert (await desk.answer("/cost")).splitlines() == [
        "Cost · 12:00 (UTC)",
        "This hour $0.00 of $1.20",
        "Today $0.00 of $10.00 · at this pace $0.00",
        "Of a day $1.00 is kept for people, $1.00 for loud hours",
        "This month $0.00 of $300.00 · at this pace $0.00",
        "No alert in 30 days, $0.00 spent",
    ]


async def test_only_the_dearest_five_are_named_and_a_long_title_is_cut(desk):
    ids = [f"n{i}" for i in range(7)]
    await desk.fill(*(score(i) for i in ids), stories=[narrative(i, title=f"{i} " + "x" * 80) for i in ids])
    await book(desk, *(("refresh", id, 1, 10 + n, True) for n, id in enumerate(ids)))
    lines = (await desk.answer("/cost")).splitlines()
    named = lines[lines.index("Dearest stories, 30 days:") + 1 :]
    assert [line[:8] for line in named] == [f"$0.{10 + n} n{n}" for n in (6, 5, 4, 3, 2)]
    assert max(map(len, named)) <= 40


async def test_everybody_else_gets_one_plain_sentence(desk):
    assert await desk.answer("/cost", chat=GROUP, user=MEMBER) == (
        "/cost is for my operator. /status shows how well I see."
    )


async def test_money_is_not_talked_about_in_groups(desk):
    assert await desk.answer("/cost", chat=GROUP, user=ADMIN) == "Ask me /cost in our private chat."


async def test_without_an_operator_it_says_how_to_become_one(stage):
    assert "ADMIN_IDS" in await stage.answer("/cost")


async def test_the_times_are_in_the_chats_zone(desk):
    await desk.answer("/digest daily 08:00 Asia/Tokyo")
    assert "21:00 (Asia/Tokyo)" in await desk.answer("/cost")


@pytest.mark.parametrize(
    ("cents", "said"), [(0, "$0.00"), (0.5, "$0.005"), (9.99, "$0.100"), (10, "$0.10"), (12_345, "$123.45")]
)
def test_small_sums_keep_a_third_digit(cents, said):
    assert usd(round(cents * CENT)) == said
