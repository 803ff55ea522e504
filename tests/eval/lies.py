"""A Grok that lies: of its claims one in ten has an invented id, one in twenty is a real post of another
time, and one answer in twenty rests on no search. None of it may be stored, and all of the truth must be."""

from __future__ import annotations

from bot.sandbox.xai import Call, Fault
from core.models import Poll
from tests.eval import trial, unhurried
from tests.eval.trial import Trial

CALLS = 800
LIES = (
    Fault("liar", count=None, invented=0.10, misplaced=0.05),
    Fault("ungrounded", count=None, probability=0.05),
)


def figures(seed: int) -> dict[str, float]:
    """Lies that were stored, and the share of true claims that were."""
    held = unhurried.run(trial.hold(seed=seed, calls=CALLS, faults=LIES))
    grounded = [call for call in held.calls if "ungrounded" not in call.faults]
    true, kept = _truth(held, grounded)
    claims = sum(len(call.returned_ids) + len(_lies(call)) for call in grounded)
    return {
        "lies_told": sum(len(_lies(call)) for call in held.calls),
        "lies_share_invented": sum(len(call.invented_ids) for call in grounded) / claims,
        "lies_share_misplaced": sum(len(call.stray_ids) for call in grounded) / claims,
        "lies_answers_ungrounded": 1 - len(grounded) / len(held.calls),
        "lies_accepted": accepted(held),
        "truth_told": true,
        "truth_kept": kept / true,
    }


def _lies(call: Call) -> list[str]:
    return call.invented_ids + call.stray_ids


def accepted(held: Trial) -> int:
    """Stored posts nobody wrote, and sightings outside their window or from an answer without a search."""
    world = {str(post.id) for post in held.world.posts}
    calls = {call.response_id: call for call in held.calls}
    wrong = len(held.stored - world)
    for poll in held.polls:
        call = calls.get(poll.response_id)
        lies = set(_lies(call)) if call and "ungrounded" not in call.faults else held.seen[poll.id]
        wrong += sum(i in lies or not trial.inside(poll, i) for i in held.seen[poll.id])
    return wrong


def _truth(held: Trial, grounded: list[Call]) -> tuple[int, int]:
    """True claims of grounded answers inside their windows, and how many of them were stored."""
    polls, true, kept = held.polls_of, 0, 0
    for call in grounded:
        poll: Poll | None = polls.get(call.response_id or "")
        told = {i for i in call.returned_ids if poll is None or trial.inside(poll, i)}
        true += len(told)
        kept += len(told & held.seen[poll.id] & held.stored) if poll else 0
    return true, kept
