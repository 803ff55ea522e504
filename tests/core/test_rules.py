"""Which rules are true of which narratives: three-valued, once for all chats, and with the reasons."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts.conditions import FALSE, TRUE, UNKNOWN
from core.alerts.language import Known, parse
from core.alerts.moment import Moment, concerns
from core.alerts.rules import Evaluation, evaluate
from core.models import Coordination, Phase
from core.models.rules import SPANS, NoneOf, Scope
from tests.core.makers import HOUR, NOW, change, narrative, score, signal
from tests.core.rule_makers import SLUGS, TOPICS, expressions, rule, specs

KNOWN = Known(SLUGS, TOPICS)
CALM = Coordination(value=0.1, confidence=0.5, category="low", n=9)


def moment(now, before=None, ago=None, stories=None, **given):
    scores = {s.narrative_id: s for s in now}
    stories = stories or [narrative(s.narrative_id) for s in now]
    ago = {span: {s.narrative_id: s for s in rows} for span, rows in (ago or {}).items()}
    before = {s.narrative_id: s for s in before or ()}
    return Moment(stories, scores, now=NOW, before=before, ago=ago, **given)


def truth(line, *args, **given):
    found = Evaluation(moment(*args, **given)).column(parse(line, KNOWN).expression).truth
    return [{TRUE: True, FALSE: False, UNKNOWN: None}[int(value)] for value in found]


@pytest.mark.parametrize(
    ("line", "fields", "says"),
    [
        ("momentum > 2x", {"ratio": 2.5}, True),
        ("momentum > 2.5x", {"ratio": 2.5}, False),
        ("momentum >= 2.5x", {"ratio": 2.5}, True),
        ("momentum > 2x", {"ratio": 9.0, "momentum": signal(0.9, 0.49)}, None),  # not sure enough
        ("momentum in 4h > 2x", {}, None),  # that window was not compared
        ("momentum in 24h > 1x", {}, True),
        ("surprise >= 3.5", {}, True),
        ("surprise >= 3.5", {"momentum": signal(0.5, 0.0)}, None),  # nothing was observed
        ("velocity > 1.9x", {"velocity": signal(0.8)}, True),  # R = 2
        ("velocity < 2.1x", {"velocity": signal(0.8)}, True),
        ("sentiment < 40%", {"sentiment": signal(0.39)}, True),
        ("sentiment < 40%", {"sentiment": signal(0.39, 0.2)}, None),
        ("mindshare > 5%", {}, None),
        ("mindshare > 5%", {"mindshare": signal(0.06, None)}, True),
        ("posts >= 20", {}, True),
        ("posts < 1", {"posts_24h": 0, "changes": {"24h": change(posts=0, coverage=0.0)}}, None),  # not zero
        ("posts in 24h < 21", {}, True),
        ("authors > 15", {}, False),
        ("coordination < 30%", {}, None),
        ("coordination < 30%", {"coordination": CALM}, True),
        ("score between 40 to 60", {}, True),
        ("score outside 40 to 60", {}, False),
        ("new story", {}, False),
        ("phase becomes emerging", {}, True),
        ("phase becomes emerging", {"phase_since": NOW - 4 * HOUR}, False),  # no news any more
    ],
)  # fmt: skip
def test_conditions_read_the_score_and_what_is_not_known_is_neither_true_nor_false(line, fields, says):
    assert truth(line, [score(**fields)]) == [says]


def test_a_change_needs_a_value_of_about_that_time():
    now = [score(sentiment=signal(0.4))]
    four = score(sentiment=signal(0.5), as_of=NOW - 5 * HOUR)
    assert truth("sentiment drops 20% in 4h", now, ago={"4h": [four]}) == [True]
    assert truth("sentiment drops 21% in 4h", now, ago={"4h": [four]}) == [False]
    assert truth("sentiment rises 1% in 4h", now, ago={"4h": [four]}) == [False]
    stale = score(sentiment=signal(0.5), as_of=NOW - 7 * HOUR)
    assert truth("sentiment drops 20% in 4h", now, ago={"4h": [stale]}) == [None]
    assert truth("sentiment drops 20% in 4h", now) == [None]
    assert truth("posts rises 50% in 1h", now, ago={"1h": [score(posts_24h=0, as_of=NOW - HOUR)]}) == [None]


def test_entering_and_leaving_the_top_need_an_earlier_list():
    now = [score("a1", rank=1), score("b2", rank=6)]
    before = [score("a1", rank=6), score("b2", rank=5)]
    assert truth("enters top 5", now, before) == [True, False]
    assert truth("leaves top 5", now, before) == [False, True]
    assert truth("enters top 5", now, before[1:]) == [True, False]  # was not listed
    assert truth("enters top 5", now) == [None, None]


def test_a_phase_left_and_a_phase_changed():
    now = [score(phase=Phase.FADING)]
    peaked = [score(phase=Phase.PEAKING)]
    assert truth("phase leaves peaking", now, peaked) == [True]
    assert truth("phase becomes fading from peaking", now, peaked) == [True]
    assert truth("phase becomes fading from quiet", now, peaked) == [False]
    assert truth("phase changes", now, now) == [False]
    assert truth("phase changes", now) == [None]


def test_words_are_found_whole_and_where_nothing_new_was_said_nothing_is_known():
    def says(line, text):
        return truth(line, [score()], said={"a1": text})[0]

    assert says('mentions "hack"', "The HACK is real") is True
    assert says('mentions "hack"', "a hackathon") is False
    assert says('mentions "rug pull"', "Rug pull?") is True
    assert says('mentions "黑客"', "交易所被黑客攻击") is True
    assert says('not mentions "hack"', "") is None


def test_a_crossing_is_true_once_a_visit_until_it_was_well_below_for_two_turns():
    line = parse("mindshare crosses above 5% again below 4%").expression
    state, seen = {}, []
    path = [0.03, 0.06, 0.045, 0.055, 0.03, None, 0.03, 0.07]
    before = []
    for share in path:
        now = [score(mindshare=None if share is None else signal(share, None))]
        evaluation = Evaluation(moment(now, before), state)
        column = evaluation.column(line)
        seen.append((int(column.truth[0]), evaluation.crossings.keys() - state.keys() != set()))
        state, before = evaluation.crossings, now
    assert [truth for truth, _ in seen] == [FALSE, TRUE, FALSE, TRUE, FALSE, UNKNOWN, FALSE, TRUE]
    assert [began for _, began in seen] == [False, True, False, False, False, False, False, True]


def test_what_was_beyond_already_has_crossed_nothing():
    now = [score(surprise=5.0)]
    state = Evaluation(moment(now, now))
    state.column(parse("surprise crosses above 3").expression)
    assert [crossing.since for crossing in state.crossings.values()] == [None]
    fresh = Evaluation(moment(now))  # never seen before: it came from nothing
    fresh.column(parse("surprise crosses above 3").expression)
    assert [crossing.since for crossing in fresh.crossings.values()] == [NOW]


def test_a_survivor_is_where_the_merged_one_was():
    line = parse("surprise crosses above 3")
    first = evaluate([rule(line)], moment([score("b2")]))
    second = evaluate([rule(line)], moment([score("a1")], redirects={"b2": "a1"}), crossings=first.crossings)
    assert set(second.crossings) == {("surprise crosses above 3", "a1")}
    assert second.hits[0].why.since == NOW


@given(expression=expressions)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_without_any_score_worth_knowing_nothing_fires(expression):
    blind = signal(0.5, 0.0)
    empty = change(1.0, 0.0, 0, 0, 0.0)
    unseen = score(
        momentum=blind, velocity=blind, sentiment=blind, surprise=0.0, ratio=0.0, phase_since=NOW - 9 * HOUR,
        posts_24h=0, authors_24h=0, changes=dict.fromkeys(SPANS, empty),
    )  # fmt: skip
    if any(c in str(expression) for c in ("new story", "phase")):
        return  # these are known of any narrative
    found = evaluate(
        [rule(parse("new story").model_copy(update={"expression": expression}))], moment([unseen])
    )
    assert found.hits == []
    assert found.verdicts[0].unknown == [0]


@given(expression=expressions)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_none_turns_true_and_false_round_and_leaves_what_is_not_known(expression):
    looked = moment([score("a1"), score("b2", momentum=signal(0.5, 0.0))], [score("a1")], said={"a1": "hack"})
    evaluation = Evaluation(looked)
    plain, turned = (evaluation.column(e).truth for e in (expression, NoneOf(of=(expression,))))
    assert list(plain + turned) == [TRUE, TRUE]


@given(wanted=st.lists(specs, min_size=1, max_size=8), chance=st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
def test_no_order_changes_what_is_true(wanted, chance):
    scores = [
        score(id, rank=i + 1, ratio=1.0 + i, surprise=2.0 + i) for i, id in enumerate(("a1", "b2", "c3"))
    ]
    rules = [rule(spec, f"r{i}", chat_id=i % 3) for i, spec in enumerate(wanted)]

    def hits(rules, scores):
        found = evaluate(rules, moment(scores, scores[:2]), watched={0: [Scope(kind="token", name="SOL")]})
        return sorted((h.rule.id, h.narrative_id, str(h.why)) for h in found.hits), found.crossings

    shuffled = [chance.sample(each, len(each)) for each in (rules, scores)]
    again = sorted(shuffled[1], key=lambda s: s.narrative_id)[:2]
    assert again == scores[:2]
    first = hits(rules, scores)
    assert hits(shuffled[0], scores) == first


def test_equal_rules_of_many_chats_are_one_and_each_keeps_its_scope():
    stories = [
        narrative("a1", tickers=("SOL",)),
        narrative("b2", title="ZK proofs get cheap"),
        narrative("c3"),
    ]
    scores = [score(n.id) for n in stories]
    lines = ["", " on $SOL", ' on topic "zk proofs"', " on #ai-agents", " on #wallet-x", " on watchlist"]
    rules = [rule(parse("momentum > 2x" + on, KNOWN), f"r{i}", i) for i, on in enumerate(lines)]
    found = evaluate(
        rules,
        moment(scores, stories=stories, redirects={"b2x": "b2"}),
        watched={5: [Scope(kind="narrative", name="x", narrative_id="b2x"), Scope(kind="token", name="SOL")]},
    )
    assert len(found.verdicts) == 1
    by_rule = {f"r{i}": [h.narrative_id for h in found.hits if h.rule.id == f"r{i}"] for i in range(6)}
    assert by_rule == {
        "r0": ["a1", "b2", "c3"], "r1": ["a1"], "r2": ["b2"], "r3": ["a1"], "r4": ["b2"], "r5": ["a1", "b2"],
    }  # fmt: skip


def test_the_reasons_are_the_values_that_made_it_true():
    line = parse("(momentum > 2x or authors > 50) and sentiment drops 10% in 4h")
    earlier = score(sentiment=signal(0.55), as_of=NOW - 4 * HOUR)
    found = evaluate([rule(line)], moment([score(sentiment=signal(0.41), ratio=4.2)], ago={"4h": [earlier]}))
    (hit,) = found.hits
    assert [cause.text for cause in hit.why.causes] == ["momentum 4.2x", "sentiment 41%, was 55%"]
    assert hit.why.compares and not hit.why.new and hit.why.since is None


@pytest.mark.parametrize(
    ("line", "compares"),
    [
        ("authors >= 10", False),
        ("momentum > 2x", True),
        ("momentum > 2x and authors >= 10", True),
        ("momentum > 2x or authors >= 10", False),  # true without the comparison
        ("momentum > 2x or authors >= 100", True),
        ("not momentum > 9x", True),
    ],
)
def test_only_what_rests_on_the_usual_waits_for_a_past(line, compares):
    assert evaluate([rule(parse(line))], moment([score()])).hits[0].why.compares == compares


def test_a_topic_concerns_what_is_told_with_all_its_words():
    story = narrative(title="Perp-DEX points season", terms=("hyper",), tickers=("HYPE",))
    assert concerns("perp dex", story) and concerns("hype", story)
    assert not concerns("perp lending", story) and not concerns("poin", story)


def test_a_new_story_is_young_and_rare():
    young = narrative(earliest_post_at=NOW - timedelta(hours=24))
    assert truth("new story", [score()], stories=[young]) == [True]
    assert truth("new story", [score(surprise=2.9)], stories=[young]) == [False]
    assert truth("new story", [score(surprise=2.2)], stories=[young], waiting={"a1"}) == [True]
