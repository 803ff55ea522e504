"""The X searches INTERN makes: built by our code from tickers and terms, never by the model.

A query decides which posts can be counted at all, so counts made with different queries are never compared:
every change of wording here raises `QUERY_VERSION`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from core.errors import BadInput
from core.narratives.phrases import BOTH
from core.narratives.stopwords import GENERIC, MAJORS
from core.text import words

QUERY_VERSION = "1"
MAX_QUERY = 512  # what X accepts
MAX_PARTS = 3
_TAIL = " -filter:nativeretweets"
_TICKER = re.compile(r"[A-Z][A-Z0-9]{1,9}")

_DISCOVERY = {
    "en": "crypto bitcoin btc $BTC ethereum eth $ETH solana $SOL altcoin altcoins token tokens tokenized "
    "airdrop defi dex perp perps stablecoin stablecoins memecoin onchain blockchain web3 mainnet testnet "
    "staking liquidity wallet exploit hacked TGE RWA ETF binance coinbase",
    "zh": "比特币 BTC $BTC 以太坊 ETH $ETH 加密 空投 合约 链上 稳定币 代币 币圈 山寨币 交易所 区块链 "
    "钱包 主网 巨鲸 做多 做空 土狗 撸毛 预测市场 币安 OKX alpha meme defi web3",
    "ja": "ビットコイン イーサリアム 仮想通貨 暗号資産 エアドロップ ステーブルコイン ブロックチェーン",
    "ko": "비트코인 이더리움 암호화폐 가상자산 에어드랍 스테이블코인 알트코인 블록체인",
    "ru": "биткоин эфириум крипта криптовалюта аирдроп стейблкоин альткоин блокчейн",
    "es": "bitcoin ethereum cripto criptomonedas airdrop stablecoin altcoin memecoin blockchain",
    "tr": "bitcoin ethereum kripto airdrop stablecoin altcoin memecoin blockchain",
}

# For the search by meaning: whole sentences, without any operator.
_SEMANTIC = {
    "en": "A new story in crypto that people have only just begun to talk about, such as a launch, an "
    "exploit, a listing or a ruling",
    "zh": "加密货币圈刚刚开始被讨论的新话题，例如项目上线、漏洞攻击、交易所上币或监管裁决",
    "ja": "暗号資産で話題になり始めたばかりの新しい出来事、たとえば新規プロジェクト、ハッキング、上場、"
    "規制の判断",
    "ko": "암호화폐 시장에서 막 화제가 되기 시작한 새로운 이야기, 예를 들어 출시, 해킹, 상장, 규제 결정",
    "ru": "Новая история в мире криптовалют, о которой только начали говорить, например запуск, взлом, "
    "листинг или решение регулятора",
    "es": "Una historia nueva del mundo cripto de la que se acaba de empezar a hablar, como un lanzamiento, "
    "un hackeo, un listado o una decisión regulatoria",
    "tr": "Kripto dünyasında yeni konuşulmaya başlanan bir gelişme, örneğin bir lansman, bir saldırı, bir "
    "listeleme ya da bir düzenleyici karar",
}


def refresh_query(tickers: Sequence[str], terms: Sequence[str]) -> str:
    """The search for new posts about one narrative: `($AAVE OR "sec closes investigation") -filter:…`.

    At most three tickers and three terms are used. A ticker that half the market writes (BTC, ETH, …) never
    stands alone: it only narrows a term that is too short or too common by itself. At most 512 characters.

    Raises BadInput if nothing remains that could find this narrative rather than everything.
    """
    symbols = [found for found in map(symbol, tickers) if found][:MAX_PARTS]
    own = [f"${found}" for found in symbols if found not in MAJORS]
    phrases = [phrase for phrase in map(_phrase, terms) if phrase][:MAX_PARTS]
    lead = (own or [f"${found}" for found in symbols] or [""])[0]
    parts = list(dict.fromkeys(own + [_narrowed(phrase, lead, phrases) for phrase in phrases]))
    if not parts:
        raise BadInput(
            f"A narrative with tickers {tuple(tickers)} and terms {tuple(terms)} cannot be asked for: "
            "give it a ticker other than the majors, or one distinctive term."
        )
    while len(parts) > 1 and len(_joined(parts)) > MAX_QUERY:
        parts.pop()
    return _joined(parts)


def discovery_queries(tickers: Sequence[str], languages: Sequence[str]) -> tuple[str, ...]:
    """One broad search per language for what crypto X talks about; `tickers` are added to each.

    Raises BadInput for a language there are no words for, naming those there are.
    """
    symbols = [f"${found}" for found in map(symbol, tickers) if found]
    return tuple(dict.fromkeys(_discovery(language, symbols) for language in languages))


def semantic_query(language: str) -> str:
    """What the search by meaning is asked for in one language: stories that are only just beginning.

    Raises BadInput for a language there are no words for, naming those there are.
    """
    return _spoken(_SEMANTIC, language)


def counts_query(query: str) -> str:
    """A search of ours in the words of X API v2, for counting: there a repost is `is:retweet`.

    Raises BadInput for what is longer than X takes.
    """
    said = query.replace("-filter:nativeretweets", "-is:retweet")
    if len(said) > MAX_QUERY:
        raise BadInput(
            f"A search of {len(said)} characters cannot be counted: X takes {MAX_QUERY} at most, shorten it."
        )
    return said


def _spoken(words_of: Mapping[str, str], language: str) -> str:
    if language not in words_of:
        raise BadInput(f"No discovery words for language {language!r}: use one of {', '.join(words_of)}.")
    return words_of[language]


def _discovery(language: str, symbols: list[str]) -> str:
    parts = [*_spoken(_DISCOVERY, language).split(), *symbols]
    tail = f" lang:{language}{_TAIL}"
    while len(_joined(parts, tail)) > MAX_QUERY:
        parts.pop()
    return _joined(parts, tail)


def _joined(parts: Sequence[str], tail: str = _TAIL) -> str:
    return f"({' OR '.join(parts)}){tail}"


def symbol(ticker: str) -> str:
    """A ticker as we write it, AAVE; "" for what is none."""
    plain = unicodedata.normalize("NFKC", ticker).strip().lstrip("$").upper()
    return plain if _TICKER.fullmatch(plain) else ""


def _phrase(term: str) -> str:
    """Words and blanks only: quotes and operators of a stranger's wording must not reach the query."""
    parts = (re.sub(r"[^\w\s'.&-]|_", " ", part).split() for part in term.split(BOTH))
    return BOTH.join(" ".join(part)[:60].strip() for part in parts if part)


def _narrowed(phrase: str, lead: str, phrases: Sequence[str]) -> str:
    """The phrase in quotes; if it alone would fetch everything, together with a companion."""
    quoted = " ".join(f'"{part}"' for part in phrase.split(BOTH))
    if not too_common(phrase):
        return f"({quoted})" if BOTH in phrase else quoted
    companion = lead or next((f'"{other}"' for other in phrases if not too_common(other)), "")
    return f"({companion} {quoted})" if companion else quoted


def too_common(term: str) -> bool:
    """Whether a term alone fetches posts of many stories: all its words are generic, or it is two letters."""
    telling = [word for word in words(term) if word not in GENERIC]
    return not telling or (len(term) < 3 and term.isascii())
