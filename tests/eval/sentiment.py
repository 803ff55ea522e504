"""Does the lexicon read posts as people do, and does the window's mean follow the true balance?

Posts labelled bearish, neutral or bullish (−1, 0, 1). `sentiment_f1`: macro-F1 of the three classes; the two
thresholds are those with the best macro-F1 on train.csv with all classes equally common. `sentiment_corr50`:
2,000 windows of 50 bullish or bearish posts of eval.csv, the share of bullish ones uniform in [0, 1];
correlation of that share with the window's value as the product shows it. The general lexicon (VADER) goes
the same way beside it. Five configurations of the lexicon were compared on train.csv; four of them were also
seen on eval.csv. No word and no weight comes from these files.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from core.lexicon import valence
from core.signals.sentiment import shrunk

FOLDER, STOCKS = "sent_bitcoin_tweets", "sent_surge_stock"
WINDOWS, SIZE, SEED = 2_000, 50, 20261120
STEPS = 49
_STOCK_LABELS = {"Negative": "-1", "Positive": "1"}

Reader = Callable[[str], float | None]


def figures(data: Path) -> dict[str, float]:
    """Each figure of the product beside VADER's; nothing without the labelled posts."""
    paths = [data / FOLDER / name for name in ("train.csv", "eval.csv")]
    if missing := [path for path in paths if not path.exists()]:
        print(f"sentiment left out: {', '.join(map(str, missing))} not found")
        return {}
    train, held = (_labelled(path, "text", "sen") for path in paths)
    general = SentimentIntensityAnalyzer()
    found: dict[str, float] = {}
    for name, read in {
        "": valence.score,
        "_vader": lambda text: general.polarity_scores(text)["compound"],
    }.items():
        found[f"sentiment_f1{name}"] = _f1(read, train, held)
        found[f"sentiment_corr50{name}"] = _correlation(read, held)
    stocks = data / STOCKS / "eval.csv"
    if stocks.exists():
        found["sentiment_corr50_stocks"] = _correlation(
            valence.score, _labelled(stocks, "Tweet Text", "Sentiment")
        )
    print("sentiment: 5 configurations of the lexicon were compared on train.csv, 4 of them seen on eval.csv")
    return found


class Labelled:
    """Texts and what people said of them: −1, 0 or 1."""

    def __init__(self, texts: list[str], labels: list[int]) -> None:
        self.texts, self.labels = texts, np.array(labels)

    def read(self, reader: Reader) -> np.ndarray:
        """The reader's scores, NaN where it has none."""
        return np.array([np.nan if (s := reader(text)) is None else s for text in self.texts])


def _labelled(path: Path, text: str, label: str) -> Labelled:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[label]]
    return Labelled(
        [row[text] for row in rows], [int(_STOCK_LABELS.get(row[label], row[label])) for row in rows]
    )


def _f1(read: Reader, train: Labelled, held: Labelled) -> float:
    low, high = _thresholds(np.nan_to_num(train.read(read)), train.labels)
    said = _classes(np.nan_to_num(held.read(read)), low, high)
    return float(f1_score(held.labels, said, average="macro"))


def _classes(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.where(scores < low, -1, np.where(scores > high, 1, 0))


def _thresholds(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The pair with the best macro-F1 if every class were equally common."""
    weight = np.array([1.0 / np.mean(labels == label) for label in labels])
    steps = np.unique(np.quantile(scores, np.linspace(0.02, 0.98, STEPS)))
    pairs = [(low, high) for low in steps for high in steps if low <= high]
    return max(pairs, key=lambda pair: _weighted_f1(_classes(scores, *pair), labels, weight))


def _weighted_f1(said: np.ndarray, labels: np.ndarray, weight: np.ndarray) -> float:
    each = []
    for label in (-1, 0, 1):
        hit = weight[(said == label) & (labels == label)].sum()
        each.append(2.0 * hit / (weight[said == label].sum() + weight[labels == label].sum()))
    return float(np.mean(each))


def _correlation(read: Reader, held: Labelled) -> float:
    chance = np.random.default_rng(SEED)
    scores = held.read(read)
    bulls, bears = scores[held.labels == 1], scores[held.labels == -1]
    shares = np.round(chance.random(WINDOWS) * SIZE).astype(int)
    windows = [np.concatenate([chance.choice(bulls, k), chance.choice(bears, SIZE - k)]) for k in shares]
    return float(np.corrcoef([_value(window) for window in windows], shares)[0, 1])


def _value(scores: np.ndarray) -> float:
    """The value the product shows for voices of equal weight without a history."""
    s = scores[~np.isnan(scores)]
    sums = (np.array([s.sum()]), np.array([float(len(s))]), np.array([(s**2).sum()]))
    return float(shrunk(*sums, np.zeros(1))[0][0])
