"""After the stages: what is worth writing down of what was held back, and worth telling in a digest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from core.alerts.decide import FOR_DIGEST, MARKET
from core.models import Decision, HeldBack, Narrative

SAME = timedelta(hours=6)  # the same reason again within so long is the same hold
Key = tuple[int | None, str, str]  # chat (None: every chat), rule, narrative


def news(made: Iterable[Decision], last: Mapping[Key, Decision]) -> list[Decision]:
    """The decisions worth a row: all that fired, and of the held those whose reason is not the one written
    last, or was written long ago. What `FOR_DIGEST` names holds until a moment: another moment is news.
    """
    return [each for each in made if each.fired or not _repeats(each, last.get(key(each)))]


def key(decision: Decision) -> Key:
    return decision.chat_id, decision.rule, decision.narrative_id


def _repeats(made: Decision, last: Decision | None) -> bool:
    if last is None or last.fired or last.reason != made.reason or made.at - last.at >= SAME:
        return False
    return made.reason not in FOR_DIGEST or last.detail == made.detail


def worth_telling(
    kept: Iterable[Decision], narratives: Mapping[str, Narrative], *, heard: Collection[str] = ()
) -> tuple[HeldBack, ...]:
    """What a digest says was held back: a story once, with its newest reason, the most surprising first.

    `narratives`: by the ids decisions name; a merged one is the one it goes by now. `heard`: narratives the
    chat had a message about in that time; that they rested afterwards is no news.
    """
    stories: dict[str, HeldBack] = {}
    for each in sorted(kept, key=lambda decision: decision.at):
        known = narratives.get(each.narrative_id)
        told = each.reason == "cooldown" and each.narrative_id in heard
        if told or (known is None and each.rule != MARKET):
            continue
        id = known.id if known else each.narrative_id
        stories[id] = HeldBack(
            narrative_id=id,
            title=known.title if known else "",
            reason=each.reason,
            at=each.at,
            surprise=each.surprise,
        )
    return tuple(sorted(stories.values(), key=lambda story: (-story.surprise, story.narrative_id)))
