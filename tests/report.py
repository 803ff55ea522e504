"""Figures as a table for people and one flat JSON object for machines."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "../shared/data"  # of the evaluations
BUILD = Path(__file__).resolve().parents[1] / "build"


def publish(name: str, figures: Mapping[str, float], goals: Mapping[str, str]) -> None:
    """Print every figure beside its goal and write build/<name>.json."""
    width = max((len(figure) for figure in figures), default=10)
    print(f"\n{name} · {os.cpu_count()} cores")
    for figure, value in figures.items():
        print(f"{figure:<{width}}  {value:>12.4g}  {goals.get(figure, '')}")
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"{name}.json"
    path.write_text(json.dumps(dict(figures), indent=1) + "\n", "utf-8")
    print(f"written to build/{path.name}")
