"""Thousands of calls of which three in ten fail in every way the sandbox knows: no crash, no invented post,
no post lost that a good answer carried, no cent that the ledger and the bills disagree about."""

from __future__ import annotations

from bot.sandbox.xai import KINDS, Fault
from core.budget import TICKS
from tests.eval import trial, unhurried
from tests.eval.trial import Trial

CALLS, SHARE = 2_000, 0.30
CUT = {"reset", "stall", "timeout", "broken_body", "overlong", "excess_searches"}  # the bill may be lost
USELESS = {"broken_text", "ungrounded", "incomplete", "failed"}  # it arrives, the answer does not count


def figures(seed: int, calls: int = CALLS) -> dict[str, float]:
    """Figures of one run."""
    each = 1 - (1 - SHARE) ** (1 / len(KINDS))
    faults = [Fault(kind, count=None, probability=each) for kind in KINDS]
    held = unhurried.run(trial.hold(seed=seed, calls=calls, faults=faults))
    return {
        "grok_questions": len(held.polls),
        "grok_calls": len(held.calls),
        "grok_faulty_share": sum(bool(call.faults) for call in held.calls) / len(held.calls),
        "grok_answers_ok": sum(poll.ok for poll in held.polls),
        "grok_crashes": held.crashes,
        "grok_posts_stored": len(held.stored),
        "grok_posts_lost": lost(held),
        "grok_posts_invented": invented(held),
        **money(held),
    }


def lost(held: Trial) -> int:
    """Posts in the window of a good answer that its poll did not bring to the posts table."""
    polls, missing = held.polls_of, 0
    for call in held.calls:
        if not call.delivered or call.status != 200 or (CUT | USELESS) & set(call.faults):
            continue
        poll = polls.get(call.response_id or "")
        carried = {i for i in call.returned_ids if poll is None or trial.inside(poll, i)}
        missing += len(carried - (held.seen[poll.id] & held.stored if poll and poll.ok else set()))
    return missing


def invented(held: Trial) -> int:
    """Stored posts that no search returned, and sightings of posts that their own answer did not rest on."""
    calls = {call.response_id: call for call in held.calls}
    found = {i for call in held.calls for i in call.returned_ids}
    wrong = len(held.stored - found)
    for poll in held.polls:
        call = calls.get(poll.response_id)
        rests_on = {i for i in call.returned_ids if trial.inside(poll, i)} if call else set()
        wrong += len(held.seen[poll.id] - rests_on)
    return wrong


def money(held: Trial) -> dict[str, float]:
    """Our ledger against the server's bills; what was cut off keeps its reservation and stands apart."""
    bills = {call.response_id: call.billed_ticks for call in held.calls if call.billed_ticks}
    settled = {row["response_id"]: row["settled_ticks"] for row in held.ledger if row["response_id"]}
    waiting = [row["reserved_ticks"] for row in held.ledger if row["settled_ticks"] is None]
    arrived = {
        call.response_id for call in held.calls if call.delivered and not CUT & set(call.faults)
    } & set(bills)
    cut_off = set(bills) - set(settled) - arrived
    error = sum(abs(bills.get(i, 0) - settled.get(i, 0)) for i in arrived | set(settled))
    return {
        "ledger_error_usd": error / TICKS,
        "ledger_usd": sum(settled.values()) / TICKS,
        "ledger_cut_off_usd": sum(waiting) / TICKS,
        "grok_calls_cut_off": len(cut_off),
        "grok_reservations_open": len(waiting),
        "grok_calls_cut_off_unbooked": max(0, len(cut_off) - len(waiting)),
        "grok_calls_unbooked": len(held.calls) - len(held.ledger),
    }
