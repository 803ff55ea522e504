"""The facts INTERN passes around: frozen, timezone-aware, checked once where they are made.

Times are UTC datetimes. Ids of posts are decimal strings (64 bit, never floats). Where very many rows
flow (mentions, sightings, counts) plain named tuples stand in for models.
"""

from core.models.asking import Answer, Question, QuestionKind, Search, Usage
from core.models.base import WINDOWS, Fact, Unit, Window
from core.models.chats import Chat, ChatKind
from core.models.explanations import Explanation, Fall, Reason
from core.models.money import SpendEntry
from core.models.narratives import (
    Category,
    Change,
    Coordination,
    Narrative,
    NarrativeEvent,
    Phase,
    Score,
    Sign,
    Signal,
    Stability,
    Trace,
    Voices,
)
from core.models.observed import (
    Confirmed,
    Count,
    Cycle,
    Engagement,
    Excerpt,
    Junk,
    Mention,
    Move,
    Poll,
    Post,
    Sighting,
)
from core.models.pushes import (
    Decision,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Digest,
    DigestLine,
    Fired,
    Firing,
)
from core.models.records import Calibration, Grade, Graded, Hits, Horizon, Record, RecordKind
from core.models.words import Bullet, Wording, WordingState, WordingTarget, Words

__all__ = [
    "WINDOWS",
    "Answer",
    "Bullet",
    "Calibration",
    "Category",
    "Change",
    "Chat",
    "ChatKind",
    "Confirmed",
    "Coordination",
    "Count",
    "Cycle",
    "Decision",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Digest",
    "DigestLine",
    "Engagement",
    "Excerpt",
    "Explanation",
    "Fact",
    "Fall",
    "Fired",
    "Firing",
    "Grade",
    "Graded",
    "Hits",
    "Horizon",
    "Junk",
    "Mention",
    "Move",
    "Narrative",
    "NarrativeEvent",
    "Phase",
    "Poll",
    "Post",
    "Question",
    "QuestionKind",
    "Reason",
    "Record",
    "RecordKind",
    "Score",
    "Search",
    "Sighting",
    "Sign",
    "Signal",
    "SpendEntry",
    "Stability",
    "Trace",
    "Unit",
    "Usage",
    "Voices",
    "Window",
    "Wording",
    "WordingState",
    "WordingTarget",
    "Words",
]
