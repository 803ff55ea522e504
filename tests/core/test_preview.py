"""A preview is what really fires when the same days are lived through, turn by turn, by the live engine."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts import confirmation, held_back
from core.alerts.feedback import taste
from core.alerts.firing import fired_of
from core.alerts.language import parse
from core.alerts.params import WAITS
from core.alerts.preview import Replay, Turn, Wish
from core.models import Feedback, Phase, Verdict, Voices
from core.models.attention import QuietHours, Silence
from core.models.rules import SPANS, Move, leaves
from core.signals.common import Common
from tests.core.makers import HOUR, NOW, change, chat, narrative, score, signal
from tests.core.rule_makers import PARAMS, attention, judged, rule

DAY = timedelta(days=1)
SINCE = NOW - 30 * DAY
LINES = (
    "momentum > 3x and authors >= 10", "new story", "surprise crosses above 3.5",
    "phase becomes accelerating",
    "momentum rises 100% in 4h", "enters top 2", 'mentions "hack" and authors >= 8', "momentum > 2x once",
    "sentiment crosses below 40% again above 50%", "not posts < 20 every 6h urgent",
)  # fmt: skip


def month(seed, *, step=3, stories=6):
    """Turns of a month of restless talk: stories come, jump, merge and are spoken of by strangers."""
    rng = random.Random(seed)
    known = {f"n{i}": _story(rng, i) for i in range(stories)}
    redirects, turns = {}, []
    level = dict.fromkeys(known, 0.0)
    at = SINCE
    while at < NOW:
        if rng.random() < 0.004 and len(redirects) < stories - 3:
            old, new = rng.sample([id for id in known if id not in redirects], 2)
            redirects[old] = new
        alive = [id for id, n in known.items() if n.first_seen_at <= at and id not in redirects]
        for id in alive:
            jump = rng.choice([2.5, 4.0]) if rng.random() < 0.03 else 0.0
            level[id] = max(0.0, 0.8 * level[id] + jump + rng.gauss(0, 0.3))
        ranked = sorted(alive, key=lambda id: -level[id])
        scores = [_score(rng, id, level[id], rank, at) for rank, id in enumerate(ranked, 1)]
        turns.append(
            Turn(
                f"c{at:%m%d%H}", at, scores, {id: _called(known[id], at) for id in alive}, dict(redirects),
                said={id: rng.choice(["a hack again", "all calm"]) for id in alive if rng.random() < 0.3},
                common=_common(rng, alive),
            )
        )  # fmt: skip
        at += step * HOUR
    return turns


def _story(rng, i):
    born = SINCE - 5 * DAY if i < 3 else SINCE + timedelta(hours=rng.randrange(600))
    return narrative(
        f"n{i}",
        first_seen_at=born,
        earliest_post_at=born - HOUR,
        tickers=("SOL",) if i % 2 else (),
        split_from="n0" if i == 4 else None,
    )


def _called(story, at):
    """After half a day an earlier post is found: it was no new story after all."""
    late = at - story.first_seen_at >= 12 * HOUR
    earlier = story.first_seen_at - 30 * HOUR
    return story.model_copy(update={"earliest_post_at": earlier, "title": "Renamed"}) if late else story


def _score(rng, id, level, rank, at):
    told = rng.random() < 0.1
    return score(
        id, as_of=at, cycle_id=f"c{at:%m%d%H}", rank=rank, surprise=level, ratio=1.0 + level,
        phase=rng.choice(list(Phase)) if level > 2 else Phase.QUIET, phase_since=at,
        posts_24h=int(5 + 10 * level), authors_24h=int(4 + 6 * level), score=min(100.0, 20 * level),
        history_hours=100.0, sentiment=signal(rng.random(), as_of=at), momentum=signal(0.7, 0.6, as_of=at),
        changes={"24h": change(ratio=1 + level, posts=int(5 + 10 * level), authors=int(4 + 6 * level))},
        voices=Voices(
            regulars=rng.randrange(8), regulars_confirmed=0, strangers=2, strangers_confirmed=0, hours=2
        ) if told else None,
    )  # fmt: skip


def _common(rng, alive):
    if rng.random() > 0.02:
        return None
    kind = rng.choice(["whole market", "meter change"])
    return Common(
        kind=kind, factor=2.5, narratives=len(alive), of=len(alive), moved=tuple(alive), surprise=4.0
    )


def live(turns, wanted, place, allows, given=()):
    """The same days through the engine, one turn after the other; firings, and who was held for
    confirmation in which turn."""
    fired, crossings, done, past, firings, held, written = [], {}, set(), [], [], {}, {}
    for turn in turns:
        scores = {s.narrative_id: s for s in turn.scores}
        there = [r for r in wanted if r.created_at <= turn.at and r.id not in done and not r.paused]
        spans = {leaf.over for r in there for leaf in leaves(r.expression) if isinstance(leaf, Move)}
        loud = confirmation.listened(turn.scores, PARAMS)
        waiting = {
            id for id in loud
            if any(id in ids and turn.at - then <= WAITS for then, ids in held.items())
        }  # fmt: skip
        silences = tuple(s for s in allows.silences if s.since <= turn.at)
        ruling = judged(
            turn.scores, list(turn.narratives.values()), [place], fired, rules=there,
            allows=[allows.model_copy(update={"silences": silences})], common=turn.common, now=turn.at,
            cycle_id=turn.cycle_id, redirects=turn.redirects, crossings=crossings, said=turn.said,
            waiting=waiting, before=past[-1][1] if past else None,
            tastes={1: taste([g for g in given if g.at <= turn.at], turn.at, turn.redirects)},
            ago={s: next((r for at, r in reversed(past) if at <= turn.at - SPANS[s]), {}) for s in spans},
        )  # fmt: skip
        fired += map(fired_of, ruling.firings)
        done |= set(ruling.done)
        firings += ruling.firings
        worth = held_back.news(ruling.decisions, written)
        written |= {held_back.key(d): d for d in worth}
        held[turn.at] = {d.narrative_id for d in worth if d.reason == confirmation.REASON}
        if scores:
            past.append((turn.at, scores))
    return firings, held


def looked(turns, wish, held=()):
    replay = Replay(wish, since=SINCE, params=PARAMS)
    for turn in turns:
        replay.look(turn)
    return replay.preview()


def key(firing):
    return firing.at, firing.narrative_id, firing.id, firing.facts


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    seed=st.integers(0, 10_000), line=st.sampled_from(LINES),
    others=st.lists(st.sampled_from(LINES), max_size=2),
    budget=st.integers(0, 5), quiet=st.booleans(), subscribed=st.booleans(),
    zone=st.sampled_from(["UTC", "America/New_York"]),
)  # fmt: skip
def test_a_preview_is_what_fires_when_the_same_month_is_lived(
    seed, line, others, budget, quiet, subscribed, zone
):
    turns = month(seed)
    place = chat(subscribed=subscribed, zone=zone)
    silences = (Silence(target="narrative", id="n1", since=SINCE + 10 * DAY, until=SINCE + 14 * DAY),)
    night = QuietHours(start="22:00", end="08:00") if quiet else None
    allows = attention(budget=budget, quiet=night, silences=silences)
    asked = rule(parse(line), "asked", created_at=SINCE)
    kept = [rule(parse(other), f"o{i}", created_at=SINCE + i * 8 * DAY) for i, other in enumerate(others)]
    given = [
        Feedback(
            chat_id=1, firing_id=f"f{n}", user_id=1, verdict=verdict, narrative_id=f"n{n}", rule="asked",
            tickers=("SOL",), at=SINCE + n * 9 * DAY,
        )
        for n, verdict in enumerate([Verdict.UP, Verdict.SPAM, Verdict.DOWN])
    ]  # fmt: skip
    firings, _ = live(turns, [*kept, asked], place, allows, given)
    found = looked(turns, Wish(asked, place, allows, kept, given=given))
    expected = [f for f in firings if f.rule == "asked"]
    assert list(map(key, (told.firing for told in found.told))) == list(map(key, expected))
    assert sum(found.by_day(zone).values()) == len(expected) and found.turns == len(turns)


def test_other_rules_use_up_the_budget_in_the_preview_too():
    turns = month(1)
    asked = rule(parse("momentum > 3x"), "asked", created_at=SINCE)
    busy = rule(parse("posts > 5"), "busy", created_at=SINCE)
    alone = looked(turns, Wish(asked, chat(subscribed=False), attention(budget=1)))
    beside = looked(turns, Wish(asked, chat(subscribed=False), attention(budget=1), [busy]))
    assert beside.held["budget"] > alone.held.get("budget", 0)


def test_a_paused_rule_and_the_one_that_is_changed_take_no_part():
    turns = month(1)
    asked = rule(parse("momentum > 3x"), "asked", created_at=SINCE)
    busy = rule(parse("posts > 5"), "busy", created_at=SINCE, paused=True)
    same = rule(parse("posts > 5"), "asked", created_at=SINCE)
    alone = looked(turns, Wish(asked, chat(subscribed=False), attention(budget=1)))
    assert looked(turns, Wish(asked, chat(subscribed=False), attention(budget=1), [busy, same])) == alone


def test_the_threshold_for_about_one_a_day_gives_about_one_a_day():
    turns = month(2, step=2, stories=8)
    asked = rule(parse("momentum > 1.5x"), "asked", created_at=SINCE)
    place, allows = chat(subscribed=False), attention(budget=50)
    found = looked(turns, Wish(asked, place, allows))
    assert found.per_day > 1.6 and found.daily is not None
    again = looked(turns, Wish(found.daily, place, allows))
    assert 0.6 <= again.per_day <= 1.6 and again.daily is None


def test_turns_come_in_order():
    turns = month(3)[:2]
    replay = Replay(Wish(rule(parse("new story"), "asked"), chat(), attention()), since=SINCE)
    replay.look(turns[1])
    with pytest.raises(ValueError, match="is not after"):
        replay.look(turns[0])
