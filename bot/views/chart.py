"""The picture under an alert: how many posts an hour a story got, and when this chat was told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.charts import Picture
from bot.views import words
from bot.views.language import _
from bot.views.markup import bold, label, lines
from core.course import Course
from core.models import Narrative, Score

TITLE = 40
TIMES = 8  # have room under a picture
QUARTER = timedelta(minutes=15)  # zones differ from UTC by so many


def picture(
    narrative: Narrative, course: Course, score: Score | None, told: Iterable[datetime], *, zone: str
) -> Picture:
    """What is drawn; `told`: when this chat got alerts. Of no confidence there is no usual rate."""
    sure = score.momentum.confidence if score is not None else None
    usual = round(score.baseline_per_hour, 1) if score is not None and sure else None
    return Picture(
        title=label(narrative.title, TITLE),
        caption=explained(course),
        zone=zone,
        times=tuple(_times(course, zone)),
        course=course,
        usual=usual,
        alerts=tuple(sorted(at for at in told if course.edges[0] <= at <= course.edges[-1])),
        said_usual=_("usual: {rate} ({sure})").format(rate=f"{usual or 0.0:g}", sure=words.sure(sure)),
        said_alerts=_("alert here"),
        said_gaps=_("not observed"),
    )


def _times(course: Course, zone: str) -> Iterator[tuple[datetime, str]]:
    """Full hours of the chat's clock, as many as there is room for; midnight is written as its day."""
    every = next((hours for hours in (1, 2, 3) if hours * TIMES >= len(course.rates)), 6)
    at = course.edges[0]
    while at <= course.edges[-1]:
        local = at.astimezone(ZoneInfo(zone))
        if local.minute == 0 and local.hour % every == 0:
            yield at, f"{local:%H:%M}" if local.hour else words.day(local.date())
        at += QUARTER


def explained(course: Course) -> str:
    """What the picture's steps are."""
    if course.counted:
        return _("Posts an hour as X counts them; gaps = not observed")
    return _("Posts an hour in my sample; gaps = not observed")


def caption(narrative: Narrative, course: Course) -> str:
    """Under the picture: what a screen reader has of it."""
    return lines(bold(narrative.title, TITLE), explained(course))


# --- popups ------------------------------------------------------------------------------------------------


def nothing() -> str:
    return _("I observed none of the last hours of this story: there is nothing to draw.")


def not_allowed() -> str:
    return _("I may not send pictures here.")
