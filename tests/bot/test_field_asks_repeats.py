"""What users of comparable products asked for: nothing told twice, nothing lost; each ask by its thread."""

from datetime import timedelta

import pytest

from core.alerts.language import parse
from core.models import Phase
from tests.bot.stage import YOU
from tests.bot.test_digests import ring
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import fired, judged, rule


def reasons(scores, **how):
    """What a turn decides: narrative → reason."""
    how = {"chats": [chat(YOU, subscribed=False)], **how}
    people = how.pop("chats")
    stories = [narrative(s.narrative_id) for s in scores]
    return {d.narrative_id: d.reason for d in judged(scores, stories, people, **how).decisions}


def own(line, id="r1", **fields):
    return rule(parse(line), id, **fields)


def test_crypto_signal_16_once_does_not_repeat():
    once = own("authors >= 10 once")
    ruling = judged([score("a1")], [narrative()], [chat(YOU, subscribed=False)], rules=[once])
    assert (len(ruling.firings), ruling.done) == (1, ["r1"])
    done = once.model_copy(update={"done_at": NOW})
    assert reasons([score("a1")], rules=[done], now=NOW + 100 * HOUR) == {"a1": "once"}


def test_crypto_signal_34_a_state_that_lasts_is_told_again_after_its_own_pause_not_every_poll():
    """A pause that does not depend on how often is polled: nothing lost for hours, nothing told each time."""
    lasting, told = [own("authors >= 10 every 4h")], []
    for minutes in range(0, 12 * 60, 30):
        now = NOW + minutes * HOUR / 60
        ruling = judged(
            [score("a1", as_of=now)], [narrative()], [chat(YOU, subscribed=False)],
            told, rules=lasting, now=now, cycle_id=f"c{minutes}",
        )  # fmt: skip
        told += [fired(YOU, rule=f.rule, at=f.at, surprise=f.surprise, phase=f.phase) for f in ruling.firings]
    assert [(f.at - NOW) / HOUR for f in told] == [0, 4, 8]


def test_crypto_signal_471_what_grows_is_told_again_within_the_pause():
    before = [fired(YOU, rule="r1", at=NOW - 2 * HOUR, surprise=3.0, phase=Phase.EMERGING)]
    rules = [own("authors >= 10")]
    assert reasons([score("a1", surprise=3.9)], last=before, rules=rules) == {"a1": "cooldown"}
    assert reasons([score("a1", surprise=4.0)], last=before, rules=rules) == {"a1": "escalated"}


@pytest.mark.parametrize("hours", [1, 3, 48])
def test_binance_pump_alerts_6_the_pause_is_the_users_choice(hours):
    rules = [own(f"authors >= 10 every {hours}h")]
    for ago, told in ((hours - 0.1, "cooldown"), (hours, "rule")):
        last = [fired(YOU, rule="r1", at=NOW - ago * HOUR, surprise=3.5)]
        assert reasons([score("a1")], last=last, rules=rules) == {"a1": told}


async def test_binance_pump_alerts_52_hundreds_at_once_are_one_message_of_five(stage):
    many = [score(f"a{n}", surprise=3.5 + n / 100, rank=n + 1) for n in range(300)]
    ruling = judged(many, [narrative(s.narrative_id) for s in many], [chat(YOU)])
    assert len(ruling.firings) == 5 and len(ruling.decisions) == 300
    await stage.keep(chat(YOU))
    await stage.fire_all(*ruling.firings)
    await stage.deliver()
    assert len(stage.heard()) == 1


@pytest.mark.parametrize(
    ("how", "hours"),
    [("once", [0]), ("every 5h", [0, 5, 10, 15, 20]), ("every 5h until 2026-11-20", [0, 5, 10])],
)
def test_hschickdevs_30_a_rule_is_for_once_or_for_every_time_with_a_pause_and_a_last_day(how, hours):
    waiting, told = [own(f"authors >= 10 {how}")], []
    for hour in range(24):
        now = NOW + hour * HOUR
        ruling = judged(
            [score("a1", as_of=now)], [narrative()], [chat(YOU, subscribed=False)],
            told, rules=waiting, now=now, cycle_id=f"c{hour}",
        )  # fmt: skip
        waiting = [r.model_copy(update={"done_at": now} if r.id in ruling.done else {}) for r in waiting]
        told += [fired(YOU, rule=f.rule, at=f.at, surprise=f.surprise, phase=f.phase) for f in ruling.firings]
    assert [(f.at - NOW) / HOUR for f in told] == hours


def test_polymarket_whales_4_a_pause_is_for_each_story_alone():
    last = [fired(YOU, "plain", "a1", at=NOW - HOUR / 12, surprise=3.5)]
    told = reasons([score("a1"), score("b2", rank=2)], chats=[chat(YOU)], last=last)
    assert told == {"a1": "cooldown", "b2": "surprise"}


def test_trendradar_8_a_story_two_rules_are_true_of_is_one_message():
    ruling = judged(
        [score("a1")], [narrative()], [chat(YOU)], rules=[own("authors >= 10"), own("posts >= 3", "r2")]
    )
    assert [f.told_by is None for f in ruling.firings].count(True) == 1 and len(ruling.firings) == 3


async def test_trendradar_1051_a_digest_that_tells_what_is_new_tells_it_once(stage):
    await stage.keep(chat(YOU, digest_at="08:00"))
    for day in (1, 2):
        morning = (NOW + timedelta(days=day)).replace(hour=8, minute=5)
        stage.clock.put(morning)
        fresh = [score(f"b{day}", rank=2, as_of=morning)] if day == 2 else []
        await stage.fill(score("a1", as_of=morning), *fresh)
        assert await ring(stage, morning) == 1
        await stage.deliver()
    stage.clock.move(hours=1)
    await stage.answer("/digest")
    told = [[name for name in ("Story a1", "Story b2") if name in m["text"]] for m in stage.heard()]
    assert told == [["Story a1"], ["Story b2"], []]


@pytest.mark.parametrize("minutes", [30, 60, 23 * 60])
def test_trendradar_216_a_story_that_was_told_is_not_told_again(minutes):
    last = [fired(YOU, at=NOW - minutes * HOUR / 60, surprise=3.5, phase=Phase.EMERGING)]
    assert reasons([score("a1")], chats=[chat(YOU)], last=last) == {"a1": "cooldown"}
