"""A card says what speaks for and against; its other side says why it stands where it stands."""

from math import log

import pytest

from bot.board import Snapshot
from bot.views import details
from bot.views import narrative as card
from bot.views.markup import unmarked
from core.explanation import explain
from core.models import Phase, Signal, Stability
from core.points import parts, total
from core.text import signature
from tests.core.makers import HOUR, NOW, change, chat, narrative, score, signal
from tests.storage import facts

SAID = {
    "100": "fees fall by half on the chain today",
    "101": "validators vote on burning half of the fees",
    "102": "the team denies that fees will change",
}


def quotes(**changed):
    return [
        facts.post(
            id, text=text, author=f"author{id}", signature=signature(text), lang="en",
            created_at=NOW - HOUR / 2, known_at=NOW, **changed,
        )
        for id, text in SAID.items()
    ]  # fmt: skip


def stands(id="a1", rank=1, ratio=4.2, **fields):
    made = parts(log(ratio), 0.2, 0.6)
    base = {
        "rank": rank, "ratio": ratio, "parts": made, "score": total(made), "breadth": signal(0.6, None, 20),
        "original_authors_24h": 15, "stability": Stability.FRESH, "lasting_hours": 14.0, "confirmed_24h": 1,
        "mindshare": Signal(value=0.04, low=0.031, high=0.052, confidence=0.7, n=500, as_of=NOW),
        "novelty": signal(0.8, None), "saturation": signal(0.6, None), "engagement": signal(0.7, 0.4, 9),
        "changes": {w: change(r, coverage=1.0) for w, r in (("4h", 3.0), ("24h", 4.2))},
    }  # fmt: skip
    return score(id, **(base | fields))


@pytest.fixture
async def told(stage):
    await stage.fill(
        stands(),
        stands("b2", rank=2, ratio=2.0),
        stories=[narrative("a1", title="Fee cut"), narrative("b2", title="Old tale")],
        quotes=quotes(),
    )
    await stage.join("a1", SAID)
    return stage


async def test_a_card_says_what_speaks_for_and_against_and_links_the_posts(told):
    said = (await told.answer("/narrative fee")).splitlines()
    assert said[0] == "Fee cut · emerging · fresh · still early"
    assert "For: 15 authors ¹ ² · talk for 14 h" in said
    assert "Against: 1 post denies it ³" in said
    links = [e["url"] for e in told.heard()[-1]["entities"] if e["type"] == "text_link"]
    assert links[2] == "https://x.com/i/status/102"


async def test_the_card_turns_over_in_its_place_and_back(told):
    front = await told.answer("/narrative fee")
    before = len(told.heard())
    await told.presses("Details")
    back = told.heard()[-1]["text"]
    assert back.startswith("Fee cut · details\nPlace 1 of 2 right now, with ")
    assert "Rate: 4.2× usual · fairly sure" in back and "Against its usual: 4 h 3.0× · 24 h 4.2×" in back
    assert "Share: 4.0 % of the crypto posts I find (3.1 %–5.2 %) · fairly sure" in back
    await told.presses("Back")
    assert told.heard()[-1]["text"] == front and len(told.heard()) == before


async def test_a_card_that_is_gone_cannot_be_turned(told):
    await told.answer("/narrative fee")
    for details_ in ("True", "1"):
        pressed = await told.presses("Details", data=f"l:nobody:{details_}")
        assert "older version" in pressed.answer["text"]
    assert "older version" in (await told.presses("Details", data="l:nobody:0")).answer["text"]


async def test_an_alert_says_the_first_of_either_side_on_one_line(told):
    await told.keep(chat(subscribed=True))
    await told.fire()
    await told.deliver()
    said = told.heard()[-1]["text"].splitlines()
    assert "For: 15 authors ² ¹ · Against: 1 post denies it ³" in said
    assert said[-1] == "Read the posts: ¹ ²"


async def test_an_alert_about_what_is_not_scored_any_more_comes_all_the_same(told):
    await told.keep(chat(subscribed=True))
    await told.fire(narrative_id="gone")
    await told.deliver()
    assert "Read the posts" in told.heard()[-1]["text"] and "For: " not in told.heard()[-1]["text"]


async def test_a_quiet_narrative_has_no_details(stage):
    await stage.fill(score("a1"), stories=[narrative("a1"), narrative("z9", title="Silent one")])
    await stage.answer("/narrative silent")
    rows = stage.heard()[-1]["reply_markup"]["inline_keyboard"]
    assert [button["text"] for row in rows for button in row] == ["Trending"]


def turned(made, posts=(), behind=None):
    text, _ = details.render(narrative("a1"), made, explain(made, posts, behind=behind), ranked=7)
    return unmarked(text)


def test_the_points_told_add_up():
    text = turned(stands(rank=2))
    first, second = text.splitlines()[1:3]
    figures = [int(part.split()[0].replace("−", "-")) for part in second.strip().split(" · ")]
    assert first == f"Place 2 of 7 right now, with {sum(figures)} of 100 points:"


def test_what_would_cost_the_place_is_said():
    assert "It would not be ranked with fewer than 8 posts (now 9)." in turned(
        stands(breadth=signal(0.6, None, 9))
    )
    near = stands("b2", ratio=4.0)
    assert "The next would pass it if it fell below 4.0× usual." in turned(stands(), behind=near)


def test_a_measure_that_broke_says_so_and_the_others_still_come():
    broken = Signal(
        value=0.5, confidence=0.0, n=0, as_of=NOW, inputs_ok=False, reason="velocity could not be computed"
    )
    text = turned(stands(velocity=broken))
    assert "Spread: could not be worked out this time" in text and "Rate: 4.2× usual" in text


def test_what_is_not_known_is_not_dressed_up():
    unknown = Signal(value=0.5, confidence=None, n=0, as_of=NOW, inputs_ok=False, reason="too little")
    text = turned(stands(novelty=unknown, saturation=unknown, engagement=None, lasting_hours=0.0))
    assert "Novelty: not enough seen to tell" in text and "Likes" not in text
    assert "no steady talk right now" in text


def test_a_score_of_an_older_version_has_a_card_and_details():
    old = score("a1")
    text, _ = card.render(
        narrative("a1"), old, [], Snapshot(), zone="UTC", now=NOW, explanation=explain(old, [])
    )
    assert "Now 2.5× usual" in text
    assert "Rate: 2.5× usual" in turned(old)


@pytest.mark.parametrize("char", ["W", "故", "😀", "&", "<"])
def test_the_longest_details_are_one_message_with_short_lines(char):
    made = stands(ratio=1234.5, phase=Phase.ACCELERATING, posts_24h=10**6, authors_24h=10**6)
    text, _ = details.render(narrative(title=char * 80), made, explain(made, quotes()), ranked=10**4)
    assert len(unmarked(text).encode("utf-16-le")) // 2 <= 4096
