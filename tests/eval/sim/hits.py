"""Did what was told go on? The track record's own rule on a simulated month, at the moment it is due.

Posts and polls are those known by then, as the log stands at the month's end; merged narratives are graded
as `bot/tracking.py` does it, as what they lead to, against the usual of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from core.alerts.track_record import HORIZONS, SETTLES, Talk, grade, record, talk
from core.models import RecordKind
from core.narratives.merging import survivor
from tests.eval.sim.memory import Memory
from tests.eval.sim.month import Month

STAMP = "eval"  # stands where a record names its parameters


def graded(told: Iterable[tuple[str, str]], month: Month) -> Iterator[bool | None]:
    """`hit_3h` of each (cycle, narrative) told; None: too little was seen to say. What would be due after the
    end, and the market as a whole, have no grade to come."""
    hours = {hour.turn.cycle_id: hour for hour in month.hours}
    redirects = {hour.turn.at: hour.turn.redirects for hour in month.hours}
    for cycle_id, narrative_id in sorted(told):
        scores = hours[cycle_id].scores
        due = hours[cycle_id].turn.at + HORIZONS["3h"][1] + SETTLES
        if narrative_id not in scores or due not in redirects:
            continue
        lead = survivor(narrative_id, redirects[due])
        beside = scores[lead].baseline_per_hour if lead != narrative_id and lead in scores else 0.0
        made = record(scores[narrative_id], RecordKind.ALERT, STAMP)
        yield grade(made, "3h", _talk(month.memory, lead, redirects[due], due), due, beside=beside).hit


def _talk(memory: Memory, lead: str, redirects: Mapping[str, str], due: datetime) -> Talk:
    """What was known by then of a narrative and of those merged into it."""
    own = {id for id in memory.narratives if survivor(id, redirects) == lead}
    mentions = [
        mention._replace(narrative_id=lead)
        for mention in memory.mentions.values()
        if mention.narrative_id in own and mention.known_at <= due
    ]
    polls = [
        poll.model_copy(update={"narrative_id": lead})
        for poll in memory.polls
        if poll.narrative_id in own and poll.known_at <= due
    ]
    return talk(lead, mentions, polls, ())
