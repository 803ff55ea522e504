"""Pictures: one at a time, in a thread of their own, the same one drawn once.

matplotlib is loaded by the first picture, never at the start; `Figure` keeps no state between pictures.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from core.course import Course

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, DPI = 900, 500, 100  # pixels
KEPT = 32  # pictures, about 25 kB each
FAST = 3  # zlib: a quarter larger than at 6, in a third of the time
_INK, _FAINT, _GAP, _USUAL, _ALERT = "#1f6fb2", "#d8e6f3", "#e9e9e9", "#555555", "#d1495b"


@dataclass(frozen=True)
class Picture:
    """All that a picture shows, in words that are ready; two that are equal are one picture."""

    title: str
    caption: str
    zone: str
    times: tuple[tuple[datetime, str], ...]  # where the time is written, and how
    course: Course
    usual: float | None  # posts an hour
    alerts: tuple[datetime, ...]
    said_usual: str
    said_alerts: str
    said_gaps: str


class Charts:
    """Draws what handlers ask for."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="chart")
        self._drawn = lru_cache(KEPT)(draw)

    async def png(self, picture: Picture) -> bytes:
        """The picture as PNG; whoever asks while another is drawn waits for its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._drawn, picture)


def draw(picture: Picture) -> bytes:
    """A PNG of 900×500 pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 — takes a second to load
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.07, 0.2, 0.9, 0.6))
    # A title of the axes would be moved clear of its neighbours, which measures every label twice.
    figure.text(
        0.07, 0.9, _drawable(picture.title), fontsize=15, fontweight="bold", va="center", parse_math=False
    )
    figure.text(0.07, 0.03, _drawable(picture.caption), fontsize=11, color=_USUAL, parse_math=False)
    _hours(axes, picture)
    _lines(axes, picture)
    _scales(axes, picture)
    content = BytesIO()
    figure.savefig(content, format="png", pil_kwargs={"compress_level": FAST})
    return content.getvalue()


def _hours(axes: Axes, picture: Picture) -> None:
    """A step for each observed hour, a grey band for each that was not."""
    course = picture.course
    edges = [edge.timestamp() for edge in course.edges]
    rates = [float("nan") if rate is None else rate for rate in course.rates]
    axes.stairs(rates, edges, fill=True, color=_FAINT)
    axes.stairs(rates, edges, baseline=None, color=_INK, linewidth=2.2)
    gaps = [(edges[at], edges[at + 1] - edges[at]) for at, rate in enumerate(course.rates) if rate is None]
    if gaps:
        whole = axes.get_xaxis_transform()
        axes.broken_barh(gaps, (0, 1), transform=whole, color=_GAP, linewidth=0, label=picture.said_gaps)


def _lines(axes: Axes, picture: Picture) -> None:
    """The usual rate, and when this chat was told."""
    if picture.usual is not None:
        axes.axhline(picture.usual, color=_USUAL, linewidth=1, linestyle="--", label=picture.said_usual)
    for at in picture.alerts:
        said = picture.said_alerts if at == picture.alerts[0] else "_"
        axes.axvline(at.timestamp(), color=_ALERT, linewidth=1.6, label=said)


def _scales(axes: Axes, picture: Picture) -> None:
    """Posts from zero up; times where the picture says."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    course = picture.course
    shown = [rate for rate in course.rates if rate is not None]
    axes.set_ylim(0, 1.15 * max(*shown, picture.usual or 0.0, 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlim(course.edges[0].timestamp(), course.edges[-1].timestamp())
    axes.set_xticks([at.timestamp() for at, _ in picture.times], [said for _, said in picture.times])
    axes.set_xlabel(picture.zone, fontsize=10, color=_USUAL)
    axes.tick_params(labelsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2, borderpad=0, ncols=3,
            frameon=False, fontsize=11,
        )  # fmt: skip


def _drawable(text: str) -> str:
    """The text without the signs the font has not: they would be boxes."""
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415

    font = get_font(findfont(FontProperties()))
    return " ".join("".join(sign for sign in text if font.get_char_index(ord(sign))).split())
