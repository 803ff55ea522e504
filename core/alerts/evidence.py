"""Stage: enough cited posts by enough authors in 24 h."""

from __future__ import annotations

from core.alerts.candidate import Candidate, Ground, Held
from core.alerts.params import AlertParams
from core.models import Score


def hold(candidate: Candidate, ground: Ground) -> Held | None:
    score, params = candidate.score, ground.params
    if score is None:
        return None
    if score.posts_24h >= params.min_posts and weighed_authors(score, params) >= params.min_authors:
        return None
    return Held(
        "evidence",
        f"{score.posts_24h} posts by {score.authors_24h} authors ({score.confirmed_24h} confirmed) in 24 h",
    )


def weighed_authors(score: Score, params: AlertParams) -> float:
    """The day's authors, a confirmed one fully, one that only the model named by `reported_weight`."""
    return score.confirmed_24h + params.reported_weight * (score.authors_24h - score.confirmed_24h)
