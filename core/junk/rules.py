"""What can be seen without a model: lists of prices, calls to farm an airdrop, and bait.

Each rule looks for what such posts cannot do without, in English, Chinese, Russian, Spanish and Turkish. All
take a text as `text.normalise` leaves it: lower case, without links and @names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ASKS = 2  # different things a farm wants done; news about an airdrop wants nothing
PRICES = 2
OTHER_WORDS, OTHER_SHARE = 3, 0.34  # beside the prices, in a list of them

_GIFTS = (
    "airdrop", "candydrop", "giveaway", "give away", "free mint", "whitelist", " wl ", "free $",
    "free crypto", "free token", "free nft", "free btc", "free eth", "free sol", "free usdt", "空投",
    "抽奖", "抽獎", "白名单", "аирдроп", "эирдроп", "раздач", "розыгрыш", "sorteo", "regalo", "regala",
    "çekiliş", "hediye", "bedava",
)  # fmt: skip
_ASKS = tuple(
    re.compile(ask)
    for ask in (
        r"\bfollow\b|[关關]注\s*[+&、，：:]|关注并|подпи(?:ш|с)|síguenos|\bsigue\b|takip et",
        r"\brt\b|\bretweet|\brepost|转发|轉發|репост|ретвит|retuit|retweetle",
        r"\blike(?:,| and| &| \+)|点赞|點贊|лайк|dale like|beğen",
        r"\btag\b.{0,20}\bfriend|@ ?两位|艾特|отмет|etiqueta|etiketle",
        r"\b(?:drop|comment|send|leave|reply with|submit)\b.{0,25}\b(?:wallet|address|addy)"
        r"|钱包地址|кошел[её]к|billetera|cüzdan",
        r"first [\d,.]+ (?:wallet|people|user|member)|[\d,.]+ (?:lucky )?winner"
        r"|前\d+名|первы[ех] \d+|primeros \d+|ilk \d+",
        r"\bclaim (?:now|your|yours|here|free|before|the|it)|免费领取|立即领取|забер|reclama|hemen al",
        r"\bhurry\b|ends? in|closes? in|before it (?:ends|closes)|limited (?:spots|supply)|last chance"
        r"|限时|успей",
        r"\bjoin (?:our|now|telegram|discord)|加入.{0,4}(?:社区|社群|群)|вступ|únete|katıl",
    )
)
_COIN = r"[$#][a-z][a-z0-9]{1,9}|\b(?:bitcoin|ethereum|ether|solana|btc|eth|sol|bnb|xrp|ada|doge)"
_QUOTE = re.compile(rf"[$€£]\s?\d[\d,.]*|\d[\d,.]*\s?[$€£]|(?:{_COIN})[ :=|-]{{1,3}}\d[\d,.]*")
_CHANGE = re.compile(r"[-+]?\d[\d.,]*\s?%")
_COINS = re.compile(rf"(?:{_COIN})\b")
_ABOUT_PRICES = """
    price prices update now current currently usd usdt eur at is the of in and vs last hour hours day days
    today change changed up down high low vol volume mcap cap market value trading hourly daily dominance
    rank report цена курс за час сейчас precio actual hora fiyat fiyatı güncel saat 价格 现价 报价 最新 小时
"""
_QUOTING = frozenset(_ABOUT_PRICES.split())
_WORD = re.compile(r"[^\W\d_]{2,}")
_BAITS = (
    ".com", ".io", ".xyz", ".fun", ".net", ".org", ".app", ".me", ".ly", ".dev", ".ai", ".gg", ".top",
    ".site", ".online", ".live", ".click", ".info", ".cc", ".vip", ".finance", "dm ", " dms", "inbox",
    "whatsapp", "telegram", "link in bio", "ca:", "claim", "connect wallet", "connect your wallet",
    "giveaway", "airdrop", "free mint", "whitelist", " wl ", "sign up", "signup", "join", "guaranteed",
    "profit", "recovery", "earn ", "deploy", "follow",
)  # fmt: skip


def lists_prices(plain: str) -> bool:
    """Two prices or more, how they moved or what they are, and hardly another word."""
    if len(_QUOTE.findall(plain)) < PRICES or not _COINS.search(plain):
        return False
    spoken = _WORD.findall(_COINS.sub(" ", plain))
    other = [word for word in spoken if word not in _QUOTING]
    told = bool(_CHANGE.search(plain)) or len(other) < len(spoken)
    return told and len(other) <= OTHER_WORDS and len(other) <= OTHER_SHARE * max(len(spoken), 1)


def farms(plain: str) -> bool:
    """A gift, and at least two things to do for it."""
    return _holds(plain, _GIFTS) and sum(bool(ask.search(plain)) for ask in _ASKS) >= ASKS


def baits(plain: str) -> bool:
    """Whether the text wants its reader somewhere: without that nobody is robbed."""
    return _holds(plain, _BAITS)


def _holds(plain: str, parts: Iterable[str]) -> bool:
    padded = f" {plain} "
    return any(part in padded for part in parts)
