"""`make weights [DATA=<folder>]`: learn the scam model's weights anew and write them into the product.

From spam_janitr/train.jsonl.gz alone (MIT licence, core/junk/LICENSE.weights), each post whole and as the
excerpt the product keeps. Naive Bayes log-ratios r of the features, logistic regression on r·x, weights r·w
rounded to a byte. The same posts give the same file.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from core import junk
from core.claims import EXCERPT, line
from core.junk.features import PLACES, features
from core.junk.model import FILE
from tests.report import DATA

FOLDER = "spam_janitr"
STRENGTH = 3.0  # inverse of the regularisation, by four-fold cross-validation on train
SMOOTHING = 1.0
WHOLE = 100_000  # characters, more than a post has


def labelled(path: Path) -> tuple[list[str], np.ndarray]:
    """Texts, and which of them are scams."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(row) for row in file]
    return [line(row["text"], WHOLE) for row in rows], np.array([row["class3"] == "scam" for row in rows])


def learned(texts: list[str], scam: np.ndarray) -> dict[str, np.ndarray]:
    """What the model file holds."""
    x = _matrix([*texts, *(line(text, EXCERPT) for text in texts)])
    y = np.concatenate([scam, scam])
    ratio = _log_ratio(x[y]) - _log_ratio(x[~y])
    model = LogisticRegression(C=STRENGTH, max_iter=3000, class_weight="balanced")
    model.fit(x.multiply(ratio).tocsr(), y)
    weights = ratio * model.coef_[0]
    step = np.abs(weights).max() / 127
    return {
        "places": np.round(weights / step).astype(np.int8),
        "step": np.float64(step),
        "bias": np.float64(model.intercept_[0]),
    }


def _matrix(texts: list[str]) -> csr_matrix:
    found = features(texts)
    return csr_matrix((found.weight, (found.row, found.place)), shape=(len(texts), PLACES))


def _log_ratio(x: csr_matrix) -> np.ndarray:
    """ln of the share of posts with each feature, smoothed."""
    having = np.asarray((x > 0).sum(axis=0)).ravel() + SMOOTHING
    return np.log(having / having.sum())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.weights")
    parser.add_argument("--data", type=Path, default=DATA, help="folder laid out like the evaluation data")
    source = parser.parse_args().data / FOLDER / "train.jsonl.gz"
    if not source.exists():
        raise SystemExit(f"No posts to learn from: {source} not found.")
    path = Path(junk.__file__).parent / FILE
    np.savez_compressed(path, **learned(*labelled(source)))
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
