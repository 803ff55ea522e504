"""How well the product's events agree with labelled ones: short texts that people sorted into events.

`cluster_nmi` is the normalised mutual information (arithmetic mean) of the events the product finds in one
pass, the texts in the order of the file, with the labels. The texts are words already, without times.
"""

from __future__ import annotations

from pathlib import Path

from core.narratives.cluster import clustered

FOLDER = "clusters_short_text"


def figures(data: Path) -> dict[str, float]:
    """`cluster_nmi` in [0, 1]; nothing where the data are absent."""
    texts, labels = data / FOLDER / "eval.txt", data / FOLDER / "eval_label.txt"
    if not (texts.exists() and labels.exists()):
        print(f"skipped: no labelled texts in {data / FOLDER}")
        return {}
    from sklearn.metrics import normalized_mutual_info_score  # noqa: PLC0415 — takes a second to load

    found = clustered(line.split() for line in texts.read_text("utf-8").splitlines())
    return {"cluster_nmi": float(normalized_mutual_info_score(labels.read_text("utf-8").split(), found))}
