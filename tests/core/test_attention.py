"""A chat's attention: quiet hours, budget, silences, one message for many; and what must hold in any life."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts import stale
from core.alerts.budget import midnight
from core.alerts.candidate import RISE
from core.alerts.decide import FOR_DIGEST
from core.alerts.firing import fired_of
from core.alerts.language import parse
from core.alerts.quiet import night
from core.models import Phase
from core.models.attention import Kind, Mode, QuietHours, Sensitivity, Silence
from core.models.rules import Scope
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import PARAMS, attention, fired, judged, rule

NIGHT = QuietHours(start="22:00", end="08:00")
ZONES = ("UTC", "America/New_York", "Asia/Kolkata")


def turn(count=1, *, rules=(), subscribed=True, last=(), now=NOW, zone="UTC", **allowed):
    scores = [score(f"a{i}", surprise=3.2 + i, rank=i + 1) for i in range(1, count + 1)]
    return judged(
        scores, [narrative(s.narrative_id) for s in scores], [chat(subscribed=subscribed, zone=zone)], last,
        rules=rules, allows=[attention(**allowed)], now=now, cycle_id=f"c{now:%d%H}",
    )  # fmt: skip


def own(line, id="r1", **fields):
    return rule(parse(line), id, **fields)


def reasons(ruling):
    return {d.narrative_id: d.reason for d in ruling.decisions}


def test_the_most_surprising_get_the_budget_and_the_rest_says_so():
    ruling = turn(7)
    assert [f.narrative_id for f in ruling.firings] == ["a7", "a6", "a5", "a4", "a3"]
    assert reasons(ruling)["a2"] == reasons(ruling)["a1"] == "budget"
    assert [(f.facts["place"], f.facts["budget"]) for f in ruling.firings] == [(n, 5) for n in range(1, 6)]


def test_yesterdays_alerts_are_not_of_todays_budget():
    seoul = datetime(2026, 11, 20, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)
    earlier = [
        fired(narrative_id=f"b{i}", at=seoul - timedelta(seconds=1), cycle_id=f"x{i}") for i in range(5)
    ]
    assert turn(1, last=earlier, zone="Asia/Seoul").firings
    today = [firing._replace(at=seoul) for firing in earlier]
    assert reasons(turn(1, last=today, zone="Asia/Seoul")) == {"a1": "budget"}


def again(number, *, hours, surprise):
    """An alert about story `a1` that many hours ago."""
    return fired(at=NOW - hours * HOUR, cycle_id=f"x{number}", surprise=surprise)


def test_a_story_that_goes_on_growing_leaves_half_of_the_day_to_others():
    grown = [again(n, hours=8 - 2 * n, surprise=n) for n in range(3)]
    held = turn(1, last=grown, budget=5)
    assert reasons(held) == {"a1": "repeats"} and "repeats" in FOR_DIGEST
    assert "2 of 5 alerts today told a story again" in held.decisions[0].detail
    assert turn(1, last=grown[1:], budget=5).firings  # once more is what half of five allows
    others = turn(3, last=grown, budget=5)
    assert {f.narrative_id for f in others.firings} == {"a3", "a2"}


def test_with_one_alert_a_day_a_story_that_grows_may_still_have_it():
    told = again(0, hours=20, surprise=1.0)
    assert turn(1, last=[told], budget=1).firings


def test_three_at_once_are_one_message_and_two_are_two():
    assert len({f.bundle for f in turn(3).firings}) == 1 and turn(3).firings[0].bundle
    assert [f.bundle for f in turn(2).firings] == [None, None]


def test_a_story_two_rules_are_true_of_is_told_once_and_both_have_fired():
    ruling = turn(1, rules=[own("authors >= 10")])
    assert [(f.rule, f.told_by) for f in ruling.firings] == [("r1", None), ("plain", ruling.firings[0].id)]
    assert {f.facts["place"] for f in ruling.firings} == {1}
    assert ruling.firings[0].facts["rule_text"] == "authors >= 10"
    assert ruling.firings[0].facts["why"] == ["15 authors"]


def test_quiet_hours_let_one_urgent_alert_through():
    asleep = NOW.replace(hour=23)
    assert reasons(turn(1, now=asleep, quiet=NIGHT)) == {"a1": "quiet hours"}
    ruling = turn(2, rules=[own("authors >= 10 urgent")], subscribed=False, now=asleep, quiet=NIGHT)
    assert [f.narrative_id for f in ruling.firings] == ["a2"]
    assert reasons(ruling)["a1"] == "quiet hours"
    assert next(d.detail for d in ruling.decisions if not d.fired) == "until 08:00 UTC"


@pytest.mark.parametrize(
    ("silence", "reason"),
    [
        ({"target": "chat", "until": NOW + HOUR}, "snoozed"),
        ({"target": "chat"}, "muted"),
        ({"target": "narrative", "id": "a1"}, "muted"),
        ({"target": "rule", "id": "plain", "until": NOW + HOUR}, "snoozed"),
        ({"target": "narrative", "id": "other"}, "surprise"),
        ({"target": "chat", "until": NOW}, "surprise"),
    ],
)
def test_snoozes_end_and_mutes_do_not(silence, reason):
    assert reasons(turn(1, silences=(Silence(since=NOW - HOUR, **silence),))) == {"a1": reason}


def test_merged_narratives_inherit_cooldowns_and_mutes():
    mute = attention(silences=(Silence(target="narrative", id="old", since=NOW),))
    story, merged = [narrative()], {"old": "a1"}
    muted = judged([score()], story, [chat()], allows=[mute], redirects=merged)
    assert reasons(muted) == {"a1": "muted"}
    cooled = judged([score()], story, [chat()], [fired(narrative_id="old")], redirects=merged)
    assert reasons(cooled) == {"a1": "cooldown"}


def test_ignored_and_switched_off_kinds_say_so():
    assert reasons(turn(1, ignore=(Scope(kind="topic", name="story"),))) == {"a1": "ignored"}
    assert reasons(turn(1, kinds={Kind.ALERT: Mode.OFF})) == {"a1": "off"}
    assert turn(1, kinds={Kind.ALERT: Mode.SILENT}).firings[0].silent
    assert not turn(1).firings[0].silent


def test_a_rule_for_once_fires_for_one_story_only_and_is_done():
    ruling = turn(2, rules=[own("authors >= 10 once")], subscribed=False)
    assert ([f.narrative_id for f in ruling.firings], ruling.done) == (["a2"], ["r1"])
    assert reasons(ruling)["a1"] == "once"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"paused": True}, "paused"), ({"done_at": NOW}, "once"), ({"created_at": NOW}, "rule")],
)
def test_a_rule_that_may_not_speak_says_why(fields, reason):
    assert reasons(turn(1, rules=[own("authors >= 10", **fields)], subscribed=False)) == {"a1": reason}


def test_a_rule_ends_with_its_last_day_where_the_chat_lives():
    last_day = own("authors >= 10 until 2026-11-20")
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert reasons(turn(1, rules=[last_day], subscribed=False, now=late)) == {"a1": "rule"}
    ruling = turn(1, rules=[last_day], subscribed=False, now=late, zone="Asia/Tokyo")
    assert reasons(ruling) == {"a1": "ended"}


def test_a_rule_may_have_a_cooldown_of_its_own():
    often = [own("authors >= 10 every 2h")]
    told = [fired(rule="r1", at=NOW - 2 * HOUR, phase=Phase.EMERGING)]
    assert reasons(turn(1, rules=often, subscribed=False, last=told)) == {"a1": "rule"}
    assert reasons(turn(1, rules=[own("authors >= 10")], subscribed=False, last=told)) == {"a1": "cooldown"}


def test_a_risen_phase_breaks_the_cooldown():
    ruling = turn(1, last=[fired(narrative_id="a1", phase=Phase.QUIET, surprise=4.2)])
    assert reasons(ruling) == {"a1": "escalated"}
    assert ruling.decisions[0].detail == "the phase rose from quiet to emerging"


def test_what_was_so_before_the_rule_was_made_is_no_crossing():
    line = own("surprise crosses above 3", created_at=NOW)
    assert reasons(turn(1, rules=[line], subscribed=False)) == {"a1": "hysteresis"}


def test_one_visit_is_told_once_however_short_the_cooldown():
    crossed, told = {}, []
    seen = []
    for hour, surprise in enumerate((4.0, 3.9, 3.8, 1.0, 1.0, 4.0)):
        now = NOW + 30 * hour * HOUR
        ruling = judged(
            [score(surprise=surprise, as_of=now)], [narrative()], [chat()], told, crossings=crossed, now=now,
            cycle_id=f"c{hour}",
        )  # fmt: skip
        told += map(fired_of, ruling.firings)
        seen += [d.reason for d in ruling.decisions]
    assert seen == ["surprise", "hysteresis", "hysteresis", "surprise"]


@pytest.mark.parametrize(("sensitivity", "least"), [("quiet", 3.5), ("standard", 3.0), ("sensitive", 2.5)])
def test_the_three_sensitivities(sensitivity, least):
    def told(surprise):
        allowed = attention(sensitivity=Sensitivity(sensitivity))
        return bool(judged([score(surprise=surprise)], [narrative()], [chat()], allows=[allowed]).firings)

    assert told(least) and not told(least - 0.01)


def test_an_alert_that_could_not_be_sent_in_time_is_for_the_digest():
    (firing,) = turn(1).firings
    assert stale.expired(firing, NOW + 1.9 * HOUR, PARAMS) is None
    assert stale.expired(firing, NOW + 2 * HOUR, PARAMS).reason in FOR_DIGEST


@pytest.mark.parametrize(
    ("zone", "at", "runs"),
    [
        ("UTC", "2026-11-20T22:00", True), ("UTC", "2026-11-20T21:59", False),
        ("UTC", "2026-11-21T07:59", True), ("UTC", "2026-11-21T08:00", False),
        ("Asia/Tokyo", "2026-11-20T13:00", True),  # 22:00 there
        ("America/New_York", "2026-11-01T05:30", True),  # the first 01:30
        ("America/New_York", "2026-11-01T06:30", True),  # and the second
        ("America/New_York", "2026-11-01T13:00", False),  # 08:00 in winter
        ("America/New_York", "2026-11-01T12:59", True),
    ],
)  # fmt: skip
def test_quiet_hours_run_over_midnight_and_clock_changes(zone, at, runs):
    assert (night(NIGHT, zone, datetime.fromisoformat(at).replace(tzinfo=UTC)) is not None) == runs


# --- whatever happens ------------------------------------------------------------------------------------

lines = st.sampled_from(
    ["authors >= 10", "authors >= 10 urgent", "momentum > 2x every 1h", "surprise crosses above 4",
     "new story or momentum > 3x urgent every 3h", "phase becomes accelerating", "authors >= 5 once"]
)  # fmt: skip
hours = st.tuples(
    st.integers(1, 7), st.lists(st.tuples(st.floats(0, 8), st.floats(0.5, 9), st.sampled_from(Phase)),
                                min_size=4, max_size=4)
)  # fmt: skip
STARTS = [datetime.combine(day, datetime.min.time(), UTC) for day in (date(2026, 3, 7), date(2026, 10, 31))]


def live(start, zone, wanted, path, quiet, chance=None):
    """Two chats' days; returns every ruling with its time."""
    chats = [chat(1, zone=zone), chat(2, zone=zone)]
    rules = [own(line, f"r{i}", chat_id=1 + i % 2) for i, line in enumerate(wanted)]
    allows = [attention(id, quiet=quiet, budget=3) for id in (1, 2)]
    crossed, told, now, lived = {}, [], start, []
    for step, (length, readings) in enumerate(path):
        now += length * HOUR
        scores = [
            score(
                f"a{i}", surprise=surprise, ratio=ratio, phase=phase, phase_since=now, as_of=now, rank=i + 1
            )
            for i, (surprise, ratio, phase) in enumerate(readings)
        ]
        stories = [narrative(s.narrative_id) for s in scores]
        if chance:
            for rows in (chats, rules, scores, stories, told):
                chance.shuffle(rows)
        ruling = judged(
            scores, stories, chats, told, rules=[r for r in rules if r.done_at is None], allows=allows,
            now=now, crossings=crossed, cycle_id=f"c{step:03d}",
        )  # fmt: skip
        told += map(fired_of, ruling.firings)
        rules = [r.model_copy(update={"done_at": now}) if r.id in ruling.done else r for r in rules]
        lived.append((now, ruling))
    return lived


@given(
    start=st.sampled_from(STARTS), zone=st.sampled_from(ZONES), wanted=st.lists(lines, max_size=4),
    path=st.lists(hours, min_size=3, max_size=20), quiet=st.sampled_from([None, NIGHT]),
    chance=st.randoms(use_true_random=False),
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=30, deadline=None)
def test_no_life_breaks_the_promises(start, zone, wanted, path, quiet, chance):
    lived = live(start, zone, wanted, path, quiet)
    firings = [f for _, ruling in lived for f in ruling.firings]
    spec = {f"r{i}": parse(line) for i, line in enumerate(wanted)}
    for _, ruling in lived:
        assert all(d.reason and (d.fired or d.detail) for d in ruling.decisions)
        fired_by = {(d.chat_id, d.narrative_id, d.rule) for d in ruling.decisions if d.fired}
        assert fired_by == {(f.chat_id, f.narrative_id, f.rule) for f in ruling.firings}
    _never_twice_in_a_cooldown(firings, spec)
    _never_over_budget(firings, zone)
    _never_more_than_one_urgent_at_night(firings, zone, quiet, spec)
    again = live(start, zone, wanted, path, quiet, chance)
    assert [(sorted(map(str, r.decisions)), sorted(map(str, r.firings))) for _, r in again] == [
        (sorted(map(str, r.decisions)), sorted(map(str, r.firings))) for _, r in lived
    ]


def _never_twice_in_a_cooldown(firings, spec):
    last = {}
    for f in firings:
        key = (f.chat_id, f.rule, f.narrative_id)
        cooldown = timedelta(hours=(spec[f.rule].cooldown_hours if f.rule in spec else None) or 24)
        before = last.get(key)
        if before and f.at - before.at < cooldown:
            assert f.facts["reason"] == "escalated"
            grown = f.surprise - before.surprise >= 1 and f.at - before.at >= HOUR
            assert grown or RISE[f.phase] > RISE[before.phase]
        last[key] = f


def _never_over_budget(firings, zone):
    days = {}
    for f in firings:
        days.setdefault((f.chat_id, midnight(zone, f.at)), set()).add((f.cycle_id, f.narrative_id))
    assert all(len(told) <= 3 for told in days.values())


def _never_more_than_one_urgent_at_night(firings, zone, quiet, spec):
    nights = {}
    for f in firings:
        running = night(quiet, zone, f.at)
        if running:
            nights.setdefault((f.chat_id, running), []).append(f)
    for told in nights.values():
        assert len({(f.cycle_id, f.narrative_id) for f in told}) == 1
        assert any(f.rule in spec and spec[f.rule].urgent for f in told)
