"""The list says what was left out of it, collapsed: floods, bots, and how much other spam."""

from datetime import timedelta

from core.junk.kinds import kinds
from core.models import Post
from core.text import signature
from tests.core.makers import NOW, score

FARMS = (
    "Claim your free $ABC airdrop before it closes in 5 hours. Like, repost, tag three friends",
    "Giveaway! 40 winners share $90k in $ABC. Comment your wallet to join the airdrop",
)
PRICES = "Price update: #BTC 97.{n}k (+1.2% 24h) | #ETH 3,612 (-0.4% 24h) | #SOL 181 (+2.0% 24h)"
SCAM = "FREE CRYPTO GIVEAWAY! Connect wallet to claim your tokens now: abc-rewards.xyz"


def spam(number, author, text, age=1):
    at = NOW - timedelta(hours=age)
    (junk,) = kinds([text])
    return Post(
        id=str(900 + number), created_at=at, known_at=at, author=author,
        text=text, signature=signature(text), junk=junk,
    )  # fmt: skip


def day(age=1):
    farms = [spam(n, f"farm{n}", FARMS[n % 2], age) for n in range(10)]
    prices = [spam(10 + n, f"bot{n % 3}", PRICES.format(n=n), age) for n in range(9)]
    return [*farms, *prices, spam(20, "eve", SCAM, age)]


async def test_floods_and_bots_are_counted_once_each(stage):
    await stage.fill(score(), quotes=day())
    lines = (await stage.answer("/trending")).splitlines()
    assert "Left out: 2 airdrop floods, 3 price bots, 1 other spam post" in lines


async def test_beside_another_window_it_says_of_which_hours(stage):
    await stage.fill(score(), quotes=day())
    assert "Left out in 24 h: 2 airdrop floods" in await stage.answer("/trending 7d")


async def test_what_is_older_than_a_day_and_a_day_without_junk_have_no_line(stage):
    await stage.fill(score(), quotes=day(age=30))
    assert "Left out" not in await stage.answer("/trending")
