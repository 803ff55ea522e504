"""What is no talk: price bots, airdrop farms and scams, and what must not be taken for them."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.junk import features, kinds, model

FARMS = (
    "🎁 $ABC community airdrop is LIVE, first 500 wallets only. Follow, repost and drop your address",
    "Giveaway! 40 winners share $90k in $ABC. Comment your wallet to join the airdrop 🔥",
    "空投来了！关注+转发，评论区留下钱包地址，前500名有奖",
    "Раздача токенов! Подпишись, сделай репост и оставь кошелек, первые 100 получат",
    "Sorteo de tokens: síguenos, retuit y deja tu billetera en los comentarios",
    "Airdrop çekiliş! Takip et, beğen ve cüzdan adresini yaz",
)
PRICE_BOTS = (
    "Price update: #BTC 97.1k (+1.2% 24h) | #ETH 3,612 (-0.4% 24h) | #SOL 181 (+2.0% 24h)",
    "$BTC: $97,120 $ETH: $3,612 $SOL: $181 last hour",
    "Bitcoin price $97,120 market cap $1,920,000,000,000 change +0.4%",
)
SCAMS = (
    "FREE CRYPTO GIVEAWAY! Connect wallet to claim your tokens now: abc-rewards.xyz",
    "DM me now for guaranteed profit, I turn $500 into $5000 in 24 hours with my trading bot, link in bio",
)
TALK = (
    "",
    "Airdrop checker is out, 40 tokens for a year of work",
    "Claimed the airdrop, sold, paid rent. Thank you Base",
    "币安 Alpha 将在 12 月上线 ABC，用户可使用积分领取空投，敬请关注官方渠道",
    "$BTC at $97k and $ETH at $3.6k while my whole timeline is asleep, what a strange quiet week",
    "Users report drains after version 3.1 of Wallet X, withdrawals halted",
    "XRP TO THE MOON 🚀🚀🚀🚀🚀🚀🚀🚀",
    "Bugün piyasa çok sakin, herkes faiz kararını bekliyor",
    "Hoy el mercado está muy tranquilo, todos esperan la decisión de tipos",
    "Рынок ждёт решения по ставке, объёмы минимальные",
    "Hari ini pasar sangat tenang, semua orang menunggu keputusan suku bunga",
    "Wieloryb przelał 3 000 BTC na giełdę, nikt nie wie dlaczego",
)


@pytest.mark.parametrize("module", [features, kinds, model])
def test_the_examples_are_true(module):
    found = doctest.testmod(module)
    assert found.attempted > 0 == found.failed


@pytest.mark.parametrize("text", FARMS)
def test_a_gift_for_chores_is_an_airdrop_farm(text):
    assert kinds.kinds([text]) == ["airdrop farm"]


@pytest.mark.parametrize("text", PRICE_BOTS)
def test_prices_and_nothing_else_are_a_price_bot(text):
    assert kinds.kinds([text]) == ["price bot"]


@pytest.mark.parametrize("text", SCAMS)
def test_bait_that_reads_like_known_scams_is_one(text):
    assert kinds.kinds([text]) == ["scam"]


@pytest.mark.parametrize("text", TALK)
def test_news_opinions_and_small_languages_are_talk(text):
    assert kinds.kinds([text]) == [None]


@given(st.lists(st.text(max_size=220), max_size=6))
def test_a_post_is_judged_alone_whatever_stands_beside_it(texts):
    assert kinds.kinds(texts) == [kinds.kinds([text])[0] for text in texts]


@given(st.lists(st.text(max_size=220), min_size=1, max_size=6))
def test_every_text_has_a_chance_that_is_the_same_in_any_company(texts):
    together = model.chances(texts)
    assert ((together >= 0.0) & (together <= 1.0)).all()
    assert np.allclose(together, [model.chances([text])[0] for text in texts])


def test_length_alone_makes_no_scam():
    text = "Fees on the chain are down again and nobody talks about it"
    once, thrice = model.chances([text, f"{text}. {text}. {text}"])
    assert abs(once - thrice) < 0.3


def test_lone_surrogates_and_nothing_at_all_are_no_error():
    assert kinds.kinds(["\ud800 fees are down", "", " "]) == [None, None, None]
    assert kinds.kinds([]) == []
