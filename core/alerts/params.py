"""The thresholds alerts go by."""

from __future__ import annotations

from datetime import timedelta

from core.models import Fact

NEW_STORY = timedelta(hours=24)
WAITS = timedelta(hours=6)  # how long a story that was held for confirmation is listened to more closely


class AlertParams(Fact):
    """What holds for every rule, and the thresholds of the plain subscription."""

    surprise: float = 3.0  # −log10 p
    confidence: float = 0.5
    min_posts: int = 3
    min_authors: float = 5
    reported_weight: float = 0.8  # of an author the model named and nobody confirmed
    warm_up: timedelta = timedelta(hours=48)
    cooldown: timedelta = timedelta(hours=24)
    escalation: float = 1.0
    escalation_after: timedelta = timedelta(hours=1)
    release: float = 0.7  # × surprise: below it attention is over; enough for a story that waited
    lasting: float = 3.0  # × usual, as what accelerates has: enough where it waited, or very many tell it
    confirming: float = 7.0  # independent authors who confirm a story younger than a week
    many: float = 15.0  # independent authors who make a story news though no hour of it stands out
    stranger_weight: float = 0.2  # of a voice INTERN has not known for a week …
    stranger_growth: float = 0.1  # … more for each further hour in which new ones joined …
    stranger_most: float = 0.5  # … up to this
    beyond_common: float = 2.0  # × what all narratives moved by: from there on it is the narrative's own
    steps: float = 0.5  # of surprise between the sensitivities
    stale: timedelta = timedelta(hours=2)  # an alert older than this goes to the digest
    together: int = 3  # so many at once become one message
