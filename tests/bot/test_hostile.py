"""Posts say what they like: no markup, no tricks and nothing to tap ever comes out of INTERN."""

import pytest

from core.models import DeliveryState
from tests.bot.stage import YOU
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.storage import facts

HOSTILE = {
    "markup": "<b>free</b> & <a href='https://evil.example'>win</a> </blockquote><script>",
    "broken entities": "&lt;b&gt; &#60; &bogus; <<<>>> &",
    "direction": "\u202egnp.exe\u202c \u2066safe\u2069 \u200f\u200emarks",
    "lures": "https://evil.com/x t.me/drainer @admin admin@evil.com tg://resolve?domain=x evil.io",
    "emoji wall": "🚀" * 4000,
    "mixed emoji": "🚀🔥💎🙌" * 1000,
    "families": "👨‍👩‍👧‍👦" * 500,
    "zalgo": "h̵̛̤e̶̡͝l̸̰͠l̵̰̓o̸͔͝ " * 200,
    "newlines": "a\n\n\n/subscribe\r\n/start now",
    "commands": "/unsubscribe /start@intern_sandbox_bot #tag $BTC",
    "controls": "nul\x00bell\x07escape\x1b[31m",
    "nothing visible": "\u200b\u2060\u202e",
    "blank": "\u3164\u2800 \u00a0",
}
LIVE = ("evil.com", "evil.io", "t.me/", "tg://", "https://", "@admin", "admin@")
TRICKS = "\u202e\u202c\u2066\u2069\u200f\u200e\x00\x07\x1b"


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
async def hostile(stage, request):
    """A narrative whose title and posts are hostile, told in every way INTERN tells things."""
    text = request.param
    await stage.keep(chat(YOU))
    story = narrative("a1", title=text[:80], tickers=("SOL",), first_seen_at=NOW - HOUR)
    quote = facts.post("100", created_at=NOW - HOUR, known_at=NOW, text=text[:200])
    await stage.fill(
        score("a1"), stories=[story, narrative("b2", title=text[:79], tickers=("SOL",))], quotes=[quote]
    )
    await stage.fire(title=text[:80], evidence=["100"])
    await stage.deliver()
    for asked in ("/trending", "/narrative story-a1", "/narrative SOL", "/digest"):
        await stage.answer(asked)
    await stage.answer("/narrative " + text[:1000])
    return stage


async def test_every_way_of_telling_survives_a_hostile_post(hostile):
    messages = hostile.heard()
    assert len(messages) == 6
    assert hostile.server.violations == []
    assert [p.state for p in await hostile.pushes()] == [DeliveryState.SENT]
    for message in messages:
        assert_harmless_text(message["text"])
        assert_only_our_links_and_commands(message)
        assert_buttons_are_plain(message)
    alert = messages[0]["text"].splitlines()
    assert len(alert) <= 9 and len(alert[0]) <= 60


def assert_harmless_text(said):
    assert 0 < len(said.encode("utf-16-le")) // 2 <= 4096
    assert not any(lure in said for lure in LIVE), said
    assert not any(trick in said for trick in TRICKS), said


def assert_only_our_links_and_commands(message):
    said = message["text"].encode("utf-16-le")
    for entity in message.get("entities", []):
        at = entity["offset"] * 2
        tapped = said[at : at + entity["length"] * 2].decode("utf-16-le")
        assert entity["type"] in ("bold", "italic", "blockquote", "text_link", "bot_command")
        assert entity["type"] != "text_link" or entity["url"].startswith("https://x.com/i/status/")
        assert entity["type"] != "bot_command" or tapped == "/trending"


def assert_buttons_are_plain(message):
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        for button in row:
            assert button["text"].strip() and not any(trick in button["text"] for trick in TRICKS)
