"""Every sentence goes through gettext: with a catalogue that marks them, only data is left unmarked."""

import re
from datetime import timedelta

import pytest

from bot import digests
from bot.sandbox.telegram.faults import Fault
from bot.views import language
from bot.views.start import commands
from core.models import Phase
from tests.bot.stage import ADMIN, GROUP, MEMBER, YOU
from tests.core.makers import NOW, change, chat, narrative, poll, score, signal
from tests.storage import facts

DATA = {"Zork", "Quux", "SOL", "blah"}  # titles, tickers and posts of this test


class Marking:
    """A catalogue that puts ⟦…⟧ around whatever goes through it."""

    def gettext(self, sentence):
        return f"⟦{sentence}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"


@pytest.fixture
def marked(monkeypatch):
    monkeypatch.setattr(language, "_catalogue", lambda _language: Marking())


@pytest.fixture
async def filled(stage, marked):
    await stage.keep(chat(YOU))
    mood = signal(0.8, 0.9)
    await stage.fill(
        score(
            "a1",
            changes={w: change(4.2) for w in ("1h", "4h", "24h", "7d", "30d")},
            sentiment=mood,
            velocity=mood,
            near_copies_24h=12,
        ),
        score("b2", rank=2, phase=Phase.FADING),
        stories=[
            narrative("a1", title="Zork", tickers=("SOL",), earliest_post_at=NOW, first_seen_at=NOW),
            narrative("b2", title="Quux"),
        ],
        quotes=[facts.post(i, created_at=NOW - timedelta(days=1), text="blah") for i in ("100", "101")],
        polls=[
            poll(id="p1", cycle_id="x", dropped={"not cited": 2, "future": 1}),
            poll(id="p2", cycle_id="x", ok=False, fault="unreachable", covered_from=None),
        ],
    )
    return stage


def unmarked(text):
    """What is left of a text without its marked sentences."""
    while re.search(r"⟦[^⟦⟧]*⟧", text):
        text = re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    return text


def strangers(text):
    """Words outside every mark that are no data."""
    return set(re.findall(r"[^\W\d_⁰¹²³⁴⁵⁶⁷⁸⁹]+", unmarked(text))) - DATA


def assert_all_marked(messages):
    assert messages
    for message in messages:
        assert strangers(message["text"]) == set(), message["text"]
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                assert strangers(button["text"]) == set(), button


ASKED = [
    "/start",
    "/help",
    "/trending",
    "/trending 4h 2x",
    "/trending 90x",
    "/trending 3h",
    "/trending huh",
    "/narrative",
    "/narrative SOL",
    "/narrative nothing",
    "/status",
    "/record",
    "/subscribe",
    "/unsubscribe",
    "/digest",
    "/digest daily 08:00 Europe/Berlin",
    "/digest daily 99",
    "/digest daily 08:00 Mars",
    "/digest weekly",
    "/digest off",
    "/unknown",
    "just talking",
]


async def test_answers_are_translatable(filled):
    for asked in ASKED:
        await filled.says(asked)
        await filled.says(asked)  # the second time many sentences differ
    assert len(filled.heard()) == 2 * len(ASKED)
    assert_all_marked(filled.heard())


async def test_cards_and_popups_are_translatable(filled):
    await filled.answer("/trending")
    await filled.presses("1")
    popup = await filled.presses("1", data="zzz")
    assert strangers(popup.answer["text"]) == set()
    await filled.answer("/subscribe", chat=GROUP, user=MEMBER)
    filled.faults.add(Fault(kind="server_error", method="getChatMember"))
    await filled.answer("/subscribe", chat=GROUP, user=ADMIN)
    assert_all_marked(filled.heard() + filled.heard(GROUP))


@pytest.mark.parametrize("reason", ["surprise", "new story", "escalated"])
async def test_alerts_are_translatable(filled, reason):
    await filled.fire(reason=reason, title="Zork")
    await filled.deliver()
    assert_all_marked(filled.heard())


async def test_daily_digests_are_translatable(filled):
    filled.clock.move(hours=1)
    async with filled.database.durable() as c:
        await digests.plan_due(c, chat(YOU, digest_at="12:30"), filled.clock.now(), timedelta(hours=6))
    await filled.deliver()
    assert_all_marked(filled.heard())


@pytest.mark.parametrize("fault", [None, "unreachable", "daily cap reached", "incomplete", "degraded"])
async def test_having_nothing_to_show_is_translatable(stage, marked, fault):
    if fault:
        await stage.failed_cycle(fault)
    for asked in ("/trending", "/status", "/digest", "/narrative x"):
        await stage.answer(asked)
    assert_all_marked(stage.heard())


async def test_old_pictures_are_translatable(filled):
    for hours in (1, 3, 60):
        filled.clock.move(hours=hours)
        for asked in ("/trending", "/status", "/narrative SOL"):
            await filled.answer(asked)
    assert_all_marked(filled.heard())


async def test_a_closed_circle_declines_in_translatable_words(opened, marked):
    async with opened(allowed_chats=(GROUP,)) as stage:
        await stage.answer("/trending")
        assert_all_marked(stage.heard())


async def test_the_command_list_is_translatable(marked):
    assert all(strangers(command.description) == set() for command in commands())


def test_the_check_itself_sees_an_unmarked_word():
    assert strangers("⟦fine ⟦nested⟧ words⟧ · Zork 12 · plain") == {"plain"}
