"""The six rules people want, each one button away: a name to show and a line of the language."""

from __future__ import annotations

from typing import NamedTuple

from core.alerts.language import parse
from core.models.rules import Spec


class Ready(NamedTuple):
    """A rule to be had by a button."""

    key: str  # for the button, stable
    name: str  # English; the views translate it
    line: str

    @property
    def spec(self) -> Spec:
        """The rule itself; raises nothing, every line here is valid."""
        return parse(self.line)


READY: tuple[Ready, ...] = (
    Ready("new", "A new story", "new story"),
    Ready("jump", "A big jump", "momentum > 5x and authors >= 10"),
    Ready("top", "Enters the top 5", "enters top 5"),
    Ready(
        "bearish", "The mood turns bearish", "sentiment crosses below 40% again above 50% and authors >= 10"
    ),
    Ready("accelerating", "Starts to accelerate", "phase becomes accelerating"),
    Ready("watched", "Something I watch moves", "momentum > 2x or momentum rises 100% in 4h on watchlist"),
)


def ready(key: str) -> Ready | None:
    """The one behind a button."""
    return next((rule for rule in READY if rule.key == key), None)
