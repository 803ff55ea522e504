"""What people in a chat thought of its alerts."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from core.models.base import Fact


class Verdict(StrEnum):
    UP = "up"
    DOWN = "down"
    KNEW = "knew"  # right, but it came too late for them
    SPAM = "spam"


class Feedback(Fact):
    """What one person thought of one alert; a person has one verdict on it, the newest."""

    chat_id: int
    firing_id: str
    user_id: int
    verdict: Verdict
    narrative_id: str
    rule: str
    tickers: tuple[str, ...] = ()  # of the narrative, when it was told
    at: AwareDatetime


class FeedbackWeek(Fact):
    """A chat's verdicts of a week, and which subjects (kind, id) are told sooner and later for them."""

    counts: dict[Verdict, int]
    sooner: tuple[tuple[str, str], ...] = ()
    later: tuple[tuple[str, str], ...] = ()
