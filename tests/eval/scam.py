"""Does the scam model tell scams from other posts, and do the kinds leave harmless posts alone?

`scam_auroc`: area under the ROC of the shipped weights on spam_janitr/eval, whole posts; `scam_auroc_excerpt`
on the first 200 characters, which is what the product sees. `junk_precision` and `junk_recall`: whether what
the product sorts out is labelled scam, and how much of what is. The model was chosen by cross-validation on
train (46 configurations: features, sizes, strengths); eval was looked at with the last of them only. The
threshold is set for precision on train. `junk_share_*`: of a real stream without labels, by language.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from core.claims import EXCERPT, line
from core.junk.kinds import kinds
from core.junk.model import chances
from core.text import language
from tests.weights import FOLDER, labelled

STREAM = "x_kol_stream_a/posts.jsonl.gz"
_NAMES = {"en": "english", "zh": "chinese"}


def figures(data: Path) -> dict[str, float]:
    """AUROC, precision and recall; nothing without the labelled posts."""
    path = data / FOLDER / "eval.jsonl.gz"
    if not path.exists():
        print(f"scam left out: {path} not found")
        return {}
    texts, scam = labelled(path)
    excerpts = [line(text, EXCERPT) for text in texts]
    junk = np.array([kind is not None for kind in kinds(excerpts)])
    print("scam: 46 configurations were compared on train, one was measured on eval")
    return {
        "scam_auroc": float(roc_auc_score(scam, chances(texts))),
        "scam_auroc_excerpt": float(roc_auc_score(scam, chances(excerpts))),
        "junk_precision": float(scam[junk].mean()) if junk.any() else 1.0,
        "junk_recall": float(junk[scam].mean()),
    } | _shares(data / STREAM)


def _shares(path: Path) -> dict[str, float]:
    """Share of a real stream that is sorted out, by language."""
    if not path.exists():
        return {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = [line(json.loads(row)["text"], EXCERPT) for row in file]
    junk = np.array([kind is not None for kind in kinds(texts)])
    spoken = np.array([language(text) for text in texts])
    return {f"junk_share_{name}": float(junk[spoken == code].mean()) for code, name in _NAMES.items()}
