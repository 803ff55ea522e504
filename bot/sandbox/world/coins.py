"""The coins and chains that ordinary posts name."""

from __future__ import annotations

from typing import NamedTuple


class Coin(NamedTuple):
    """A coin people always talk about; `level` is the price the talk revolves around, in dollars."""

    ticker: str
    per_hour: float
    level: float


COINS = (
    Coin("BTC", 6.0, 97000),
    Coin("ETH", 5.0, 3600),
    Coin("SOL", 4.5, 190),
    Coin("XRP", 3.0, 2.4),
    Coin("BNB", 2.5, 880),
    Coin("DOGE", 2.5, 0.21),
    Coin("ADA", 1.5, 0.62),
    Coin("LINK", 1.5, 17),
    Coin("AVAX", 1.2, 24),
    Coin("SUI", 1.6, 2.9),
    Coin("TON", 1.2, 2.6),
    Coin("ARB", 1.0, 0.38),
    Coin("OP", 0.8, 0.55),
    Coin("NEAR", 0.8, 2.7),
    Coin("PEPE", 1.4, 0.000009),
    Coin("LTC", 0.7, 105),
    Coin("DOT", 0.6, 3.4),
    Coin("HYPE", 1.8, 41),
)
CHAINS = ("Ethereum", "Solana", "Base", "Arbitrum", "Optimism", "Avalanche", "Polygon", "Sui", "Starknet")
