"""The figures: what was planted against what the lives made of it.

- `sim_onset_recall`: of the onsets (pumps aside) whose posts satisfy the evidence gate in truth and leave a
  day to react, the share that was alerted within 24 h of the first poll at which they did.
- `sim_delay_polls`: median number of hourly polls between that poll and the alert, of those alerted.
- `sim_false_per_day`: alerts about narratives most of whose posts of the day tell no planted story.
- `sim_identity`: B-cubed F1 (Bagga & Baldwin 1998) of surviving ids against stories. For each accepted post
  of a story: of the story's accepted posts, the share under the post's own surviving id (a post without one
  is alone); of the posts under that id, the share that tells its story. Redirects are followed; merged
  stories are one; chatter under a story's id counts against it.
- `sim_split_merge_f1`: a split counts when the new id and the one it left tell the two stories planted, a
  merge likewise, both within 48 h; each planted one once. A merge of two ids of one story, or of two ids of
  chatter, mends a founding and is neither right nor wrong; every other one is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import NamedTuple

from bot.sandbox.world import Planted, World
from core.alerts.params import AlertParams
from core.narratives.merging import survivor
from tests.eval.sim.life import START, Life
from tests.eval.sim.plot import Turn

HOUR = timedelta(hours=1)
IN_TIME = 24 * HOUR
TURNED = 48 * HOUR
GATE = AlertParams()


class Onset(NamedTuple):
    """Something began; `gate`: the first poll at which enough was written of it."""

    story: Planted
    at: datetime
    gate: datetime
    alerted: datetime | None


class Grades(NamedTuple):
    """One seed's counts; `lines` tell them to a reader."""

    onsets: tuple[Onset, ...]
    false: int
    days: float
    identity: float
    right: int  # splits and merges
    wrong: int
    missed: int
    lines: tuple[str, ...]


def graded(life: Life) -> Grades:
    """One life against its plot."""
    onsets = tuple(_onsets(life))
    known = {story.slug for story in life.plot.planted} | {turn.part for turn in life.plot.splits}
    false = [fired for fired in life.fired if fired.about not in known]
    turns = _turns(life)
    lines = [
        *(_told(onset) for onset in onsets),
        *(f"{f.firing.at:%d %b %H:%M}  false: {f.firing.facts['title']!r}" for f in false),
        *turns.lines,
    ]
    return Grades(
        onsets=onsets,
        false=len(false),
        days=(life.end - START) / timedelta(days=1),
        identity=_identity(life),
        right=turns.right,
        wrong=turns.wrong,
        missed=turns.missed,
        lines=tuple(lines),
    )


def figures(grades: Sequence[Grades]) -> dict[str, float]:
    """All seeds pooled."""
    onsets = [onset for each in grades for onset in each.onsets]
    delays = [(o.alerted - o.gate) / HOUR for o in onsets if o.alerted]
    right, off = sum(g.right for g in grades), sum(g.wrong + g.missed for g in grades)
    return {
        "sim_onset_recall": len(delays) / len(onsets),
        "sim_delay_polls": median(delays) if delays else float("inf"),
        "sim_false_per_day": sum(g.false for g in grades) / sum(g.days for g in grades),
        "sim_identity": fmean(g.identity for g in grades),
        "sim_split_merge_f1": 2 * right / (2 * right + off),
    }


# --- onsets and alerts -----------------------------------------------------------------------------------


def _onsets(life: Life) -> Iterator[Onset]:
    for story, at in life.plot.onsets():
        gate = told_enough(life.world, story, at, life.end)
        if gate is not None and gate + IN_TIME < life.end:
            hits = (
                f.firing.at
                for f in life.fired
                if f.about == story.slug and at <= f.firing.at <= gate + IN_TIME
            )
            yield Onset(story, at, gate, min(hits, default=None))  # fmt: skip


def told_enough(world: World, story: Planted, at: datetime, end: datetime) -> datetime | None:
    """The first poll before `end` at which enough of what began `at` could be found: three posts by five
    authors, or what the gate asks."""
    posts = sorted((p.seen_at, p.author) for p in world.posts if p.story == story.slug and p.created_at >= at)
    poll = START + (at - START) // HOUR * HOUR
    while (poll := poll + HOUR) < end:
        authors = [author for seen, author in posts if poll - 24 * HOUR < seen <= poll]
        if len(authors) >= GATE.min_posts and len(set(authors)) >= GATE.min_authors:
            return poll
    return None


def _told(onset: Onset) -> str:
    said = f"after {(onset.alerted - onset.gate) / HOUR:.0f} polls" if onset.alerted else "never"
    return f"{onset.at:%d %b %H:%M}  {onset.story.slug:<24} peak {onset.story.peak_per_hour:>3.0f}/h  {said}"


# --- identity --------------------------------------------------------------------------------------------


def _identity(life: Life) -> float:
    memory, redirects = life.memory, life.redirects
    holders: dict[str, set[str]] = defaultdict(set)  # post → surviving ids
    told: dict[str, Counter[str | None]] = defaultdict(Counter)  # surviving id → stories of its posts
    for narrative_id, post_id in memory.mentions:
        id = survivor(narrative_id, redirects)
        if id not in holders[post_id]:
            holders[post_id].add(id)
            told[id][_story(life, post_id)] += 1
    stories = Counter(story for post_id in memory.posts if (story := _story(life, post_id)))
    recalls, precisions = [], []
    for post_id in memory.posts:
        story = _story(life, post_id)
        if story:
            shares = [told[id][story] for id in holders[post_id]]
            recalls.append(max(shares, default=1) / stories[story])
            precisions += [told[id][story] / told[id].total() for id in holders[post_id]]
    recall, precision = fmean(recalls), fmean(precisions)
    return 2 * recall * precision / (recall + precision)


def _story(life: Life, post_id: str) -> str | None:
    return life.plot.story(life.stories.get(post_id))


# --- splits and merges -----------------------------------------------------------------------------------


class _Turns(NamedTuple):
    right: int
    wrong: int
    missed: int
    lines: list[str]


def _turns(life: Life) -> _Turns:
    """Splits and merges as they happened against those planted."""
    wanted = {("split", turn) for turn in life.plot.splits} | {("merge", turn) for turn in life.plot.merges}
    right, wrong, lines = 0, 0, []
    for kind, at, ids in sorted(_happened(life)):
        labels = [_about(life, id, at) for id in ids]
        found = next((w for w in wanted if w[0] == kind and _is(w[1], labels, at)), None)
        done = kind == "merge" and (labels[0] == labels[1] or _was_planted(life, labels, at))
        if found:
            wanted.remove(found)
            right += 1
        elif not done:
            wrong += 1
            names = " / ".join(
                f"{life.memory.narratives[id].title!r} ({label})"
                for id, label in zip(ids, labels, strict=True)
            )
            lines.append(f"wrong {kind} at {at:%d %b %H:%M}: {names}")  # fmt: skip
    lines += [
        f"missed {kind} of {turn.part} and {turn.whole} at {turn.at:%d %b %H:%M}" for kind, turn in wanted
    ]
    return _Turns(right, wrong, len(wanted), lines)


def _happened(life: Life) -> Iterator[tuple[str, datetime, tuple[str, str]]]:
    for event in life.memory.events:
        narrative = life.memory.narratives[event.narrative_id]
        if event.kind == "MERGED" and narrative.redirect_to:
            yield "merge", event.at, (narrative.id, narrative.redirect_to)
        if event.kind == "SPLIT" and narrative.split_from and event.at == narrative.first_seen_at:
            yield "split", event.at, (narrative.id, narrative.split_from)


def _about(life: Life, id: str, at: datetime) -> str | None:
    """What most of its posts of the two days before told."""
    told = [
        life.stories.get(post_id)
        for (narrative_id, post_id), mention in life.memory.mentions.items()
        if narrative_id == id and mention.known_at <= at and mention.created_at >= at - TURNED
    ]
    return Counter(told).most_common(1)[0][0] if told else None


def _is(turn: Turn, labels: Iterable[str | None], at: datetime) -> bool:
    return set(labels) == {turn.part, turn.whole} and turn.at <= at <= turn.at + TURNED


def _was_planted(life: Life, labels: Iterable[str | None], at: datetime) -> bool:
    """Whether the stories had become one before: what is left of the part may follow later."""
    return any(set(labels) == {t.part, t.whole} and at >= t.at for t in life.plot.merges)
