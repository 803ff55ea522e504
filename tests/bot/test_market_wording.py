"""The whole market in one message: what a reader sees in five seconds."""

from bot.views import market
from bot.views.alert import Alerts
from bot.views.markup import unmarked
from bot.views.trending import Show
from core.models import WINDOWS
from tests.core.makers import NOW

FACTS = {
    "view": "market",
    "factor": 3.24,
    "narratives": 9,
    "of": 10,
    "loudest": [
        {"slug": "fee-cut", "title": "Fee cut", "ratio": 9.8},
        {"slug": "b", "title": "<b>buy</b> at evil.com @you $X", "ratio": 4.0},
    ],
    "decided": "2026-11-20T11:58:00+00:00",
}


def told(**facts):
    return market.render(FACTS | facts, zone="UTC", now=NOW)


def test_the_first_line_says_it_all_and_the_rest_what_it_means():
    text, _ = told()
    assert text.splitlines() == [
        "<b>The whole market is louder</b> — 3.2× usual",
        "9 of 10 narratives are above their usual at once, and so is crypto talk in general.",
        "Loudest:",
        "   <b>Fee cut</b> · 10× usual",
        "   <b>&lt;b&gt;buy&lt;/\u2060b&gt; at evil.\u2060com @\u2060you $\u2060X</b> · 4.0× usual",
        "Single alerts about them wait until it is over.",
        "New stories still come, and so does what clearly outruns the rest.",
        "Samples, not totals: a change in X's search would look the same.",
        "Seen 11:58 → sent 12:00 (UTC)",
    ]
    assert len(unmarked(text.splitlines()[0])) <= 60


def test_without_names_it_still_reads():
    text, _ = told(loudest=[])
    assert "Loudest" not in text


def test_the_buttons_lead_to_the_list_and_turn_alerts_off():
    _, keyboard = told()
    (_still, (trending, off)) = keyboard.inline_keyboard
    assert (trending.text, off.text) == ("Trending", "Alerts off")
    assert Show.unpack(trending.callback_data).window in WINDOWS
    assert Alerts.unpack(off.callback_data).on is False
