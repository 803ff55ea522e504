"""Seven messages somebody with no background understands in five seconds: short, and in the glossary's words.

`python -m pytest -q -s tests/bot/test_five_seconds.py -k worded` prints them, each with all it can have.
"""

import re
from datetime import timedelta

import pytest

from bot import developments
from bot.views import preview as previewing
from bot.views import rules as proposing
from core.alerts.language import Known, parse
from core.alerts.params import AlertParams
from core.alerts.preview import Preview, Told
from core.models import RecordKind
from core.models.attention import QuietHours
from storage import attention, posts, rules
from tests.bot.stage import YOU
from tests.bot.test_alert_message import told
from tests.bot.test_track_record import book
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import attention as allowing
from tests.core.rule_makers import judged, rule
from tests.storage import facts

NAMES = {
    "worded": "Korvane Bridge: users of three exchanges wait for withdrawals",
    "unbroken": "跨链桥提款暂停后三家交易所的用户等待" * 4,
    "shouted": "W" * 80,
}
FULL = {
    "surprise": 4.2, "ratio": 4.2, "posts_24h": 1238, "authors_24h": 1031, "original_authors_24h": 1031,
    "confirmed_24h": 4, "near_copies_24h": 400, "lasting_hours": 30.0, "history_hours": 400.0,
    "evidence": ("100", "101", "102"),
}  # fmt: skip
LONG_RULE = "authors >= 10 and (momentum > 3x or surprise > 4) and not (authors > 5000 or posts > 9000)"
KNOWN = Known(narratives={"korvane-bridge": "a1"})
# Words of trading, of statistics and of programs; and other names for what the glossary names.
JARGON = re.compile(
    r"z-?score|sigma|σ|poisson|gamma|posterior|log-?ratio|percentile|p-?value|tweet|\bkol\b|influencer|trigger"
    r"|null|none\b|\bnan\b|\bcycle|poll_|_id\b|\bbuy|\bsell|\bmoon|hype\b(?! \d)|buzz|mentions?\b"
    r"|contributors?|creators?|first post\b",
    re.IGNORECASE,
)


def _posts():
    """Three posts by different authors, one of them confirmed, one that denies it."""
    said = {
        "100": "withdrawals of three exchanges stay closed since noon and nobody of the team answers those "
        "who have waited for nine hours",
        "101": "提款仍然关闭",
        "102": "The team denies it: no evidence that anything is closed",
    }
    langs = {"100": "en", "101": "zh", "102": "en"}
    return [
        facts.post(
            id, created_at=NOW - HOUR / 2, known_at=NOW, text=text, lang=langs[id], author=f"somebody_{id}",
            confirmed="answers" if id == "100" else None,
        )
        for id, text in said.items()
    ]  # fmt: skip


@pytest.fixture(params=NAMES, ids=str)
async def alerted(stage, request):
    """YOU, far from UTC, got an alert about a story with a long name, for and against, with three posts."""
    story = narrative(
        "a1",
        title=NAMES[request.param],
        slug="korvane-bridge",
        earliest_post_at=NOW - 30 * HOUR,
        first_seen_at=NOW - 29 * HOUR,
    )
    here = chat(YOU, zone="America/Argentina/Buenos_Aires")
    await stage.keep(here)
    await stage.fill(score("a1", **FULL), stories=[story], quotes=_posts())
    await stage.join("a1", ["100", "101", "102"])
    stage.story = story
    await told(stage, judged([score("a1", **FULL)], [story], [here], allows=[allowing(YOU)]))
    stage.clock.move(minutes=40)
    return stage


async def turned(stage, **changed):
    async with stage.database.durable() as c:
        await developments.plan(c, [score("a1", **(FULL | changed))], stage.clock.now(), AlertParams())
    await stage.deliver()


async def an_alert(stage):
    return stage.heard()[0]["text"]


async def an_alert_of_a_new_story(stage):
    young = stage.story.model_copy(update={"earliest_post_at": NOW - 23 * HOUR, "first_seen_at": NOW - HOUR})
    here = await stage.kept()
    (made,) = await told(
        stage,
        judged([score("a1", **FULL)], [young], [here], allows=[allowing(YOU)], cycle_id="new"),
    )
    assert " — new: 1031 authors in " in made["text"]
    return made["text"]


async def an_alert_of_ones_own_rule(stage):
    mine = rule(parse(LONG_RULE), "r1", name="Bridges that are closed for longer than people like it")
    other = rule(parse("authors >= 10"), "r2")
    here = await stage.kept()
    (made,) = await told(
        stage,
        judged(
            [score("a1", **FULL)], [stage.story], [here.model_copy(update={"subscribed": False})],
            rules=[mine, other], allows=[allowing(YOU)], cycle_id="own",
        ),
    )  # fmt: skip
    assert "Your rule: Bridges that are closed" in made["text"] and "1 more of yours" in made["text"]
    return made["text"]


async def a_bundle(stage):
    many = [score(f"b{n}", rank=n, **(FULL | {"surprise": 4 + n / 10})) for n in range(1, 13)]
    stories = [narrative(s.narrative_id, title=f"{s.narrative_id} {stage.story.title}") for s in many]
    here = await stage.kept()
    (made,) = await told(
        stage, judged(many, stories, [here], allows=[allowing(YOU, budget=20)], cycle_id="many")
    )
    return made["text"]


async def an_edit(stage):
    await turned(stage, confirmed_24h=8)
    return stage.heard()[0]["text"]


async def a_withdrawal(stage):
    async with stage.database.writing() as c:
        gone = [facts.post(id, text="", gone=True, created_at=NOW) for id in ("100", "101")]
        await posts.insert(c, gone)
    await turned(stage, posts_24h=2)
    return stage.heard()[0]["text"]


async def the_answer_to_a_withdrawal(stage):
    await a_withdrawal(stage)
    return stage.heard()[-1]["text"]


async def a_why(stage):
    return await stage.answer("/why korvane-bridge")


async def a_why_of_ones_own_rule(stage):
    await an_alert_of_ones_own_rule(stage)
    return await stage.answer("/why korvane-bridge")


async def a_whynot(stage):
    async with stage.database.writing() as c:
        for n in range(9):
            await rules.add(c, rule(parse(f"{LONG_RULE} and posts > {2000 + n}"), f"{n:012x}"))
        await attention.change(c, YOU, quiet=QuietHours(start="00:00", end="23:00"))
    return await stage.answer("/whynot korvane-bridge")


async def a_preview(stage):
    """A month in which the rule spoke often, was held back for each reason, and of which all is known."""
    spec = parse(f"{LONG_RULE} on #korvane-bridge every 12h until 2026-12-31", KNOWN)
    made = [Told(facts.firing(f"x{i}", at=NOW - timedelta(days=i % 29, hours=i)), score()) for i in range(90)]
    found = Preview(
        rule=rule(spec), since=NOW - timedelta(days=30), until=NOW, turns=720, told=made,
        held={"quiet hours": 31, "budget": 44, "cooldown": 112}, daily=rule(spec),
    )  # fmt: skip
    lines = previewing.told(
        found, zone="America/Argentina/Buenos_Aires", ticks_a_day=10**9, graded=previewing.Graded(31, 88, 2)
    )
    return _plain(proposing.proposed(spec, preview=lines)[0])


async def a_preview_as_it_is_asked_for(stage):
    await stage.answer("/alert momentum > 3x and authors >= 10")
    return stage.heard()[-1]["text"]


async def a_record(stage):
    await book(stage, RecordKind.ALERT, 25, 16, ungraded=4)
    await book(stage, RecordKind.ALERT, 12, 26, horizon="24h")
    await book(stage, RecordKind.CONTROL, 8, 88)
    await book(stage, RecordKind.NAIVE, 9, 31)
    await book(stage, RecordKind.CHANGE, 7, 31)
    await book(stage, RecordKind.HYPE, 5, 36)
    return await stage.answer("/record")


def _plain(text):
    return re.sub(r"<[^>]+>", "", text).replace("&gt;", ">")


MESSAGES = [
    an_alert, an_alert_of_a_new_story, an_alert_of_ones_own_rule, a_bundle, an_edit, a_withdrawal,
    the_answer_to_a_withdrawal, a_why, a_why_of_ones_own_rule, a_whynot, a_preview,
    a_preview_as_it_is_asked_for, a_record,
]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.__name__)
async def test_a_message_is_short_and_plain(alerted, message):
    text = await message(alerted)
    print(f"\n--- {message.__name__}\n{text}")
    lines = text.splitlines()
    assert len(lines) <= 9
    assert 0 < len(lines[0]) <= 60
    words = text.replace(alerted.story.title, "")
    assert not (found := JARGON.search(words)), found
    assert not re.search(r"<[a-z/]|[{}]", text), "no markup and no code shows"


@pytest.mark.parametrize("alerted", ["worded"], indirect=True)
async def test_a_full_alert_has_all_its_parts_in_this_order(alerted):
    """What happened, how sure, what it rests on, since when, which rule, the posts."""
    text = await an_alert(alerted)
    parts = [
        "Korvane Bridge",
        "authors · ",
        "For: ",
        "Against: ",
        "Earliest found ",
        " → sent ",
        " of 5 today",
        "¹ ² ³",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), text


@pytest.mark.parametrize("alerted", ["worded"], indirect=True)
async def test_each_message_about_a_story_begins_with_its_name_or_says_why(alerted):
    for message, begins in ((an_alert, "Korvane"), (a_why, "Why · Korvane"), (a_whynot, "Korvane")):
        assert (await message(alerted)).startswith(begins)
    for message in (an_edit, a_withdrawal):
        assert (await message(alerted)).startswith("Korvane")
