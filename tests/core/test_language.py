"""The one-line language: what it says, that INTERN reads what it writes, errors that point at the word."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts.language import LONGEST, Known, parse, text_of
from core.alerts.ready import READY, ready
from core.errors import BadRule
from core.models import Phase
from core.models.rules import (
    All,
    AnyOf,
    Channel,
    Cross,
    Keyword,
    Level,
    Measure,
    Move,
    NewStory,
    NoneOf,
    PhaseChange,
    Rule,
    Scope,
    Top,
)
from tests.core.rule_makers import SLUGS, TOPICS, rule, specs

KNOWN = Known(SLUGS, TOPICS)
BIG = Level(kind="above", measure=Measure.MOMENTUM, value=3.0)
MANY = Level(kind="above", measure=Measure.AUTHORS, value=10.0, inclusive=True)


@given(spec=specs)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_for_a_rule_is_read_as_that_rule(spec):
    text = text_of(rule(spec))
    if len(text) <= LONGEST:
        assert parse(text, KNOWN) == rule(spec).spec == spec


@given(spec=specs)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_rule_survives_as_json_with_its_version(spec):
    saved = rule(spec, source="momentum > 3x").model_dump_json()
    assert Rule.model_validate_json(saved) == rule(spec, source="momentum > 3x")
    with pytest.raises(ValueError, match="version"):
        Rule.model_validate_json(saved.replace('"version":1', '"version":2'))


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("momentum > 3x and authors >= 10", All(of=(BIG, MANY))),
        ("MOMENTUM above 3 AND authors ≥ 10", All(of=(BIG, MANY))),
        ("sentiment drops 20% in 4h", Move(kind="down", measure="sentiment", percent=20, over="4h")),
        (
            "posts in 1h rises 50% in 24h",
            Move(kind="up", measure="posts", window="1h", percent=50, over="24h"),
        ),
        ("mindshare crosses above 5%", Cross(kind="crosses above", measure="mindshare", value=0.05)),
        (
            "surprise crosses below 3 again above 4",
            Cross(kind="crosses below", measure="surprise", value=3, rearm=4),
        ),
        ("momentum between 1x to 2x", Channel(kind="inside", measure="momentum", low=1, high=2)),
        ("enters top 5 in 4h", Top(kind="enters top", count=5, window="4h")),
        ("new story", NewStory()),
        ("phase becomes accelerating", PhaseChange(to=Phase.ACCELERATING)),
        ("phase leaves peaking", PhaseChange(was=Phase.PEAKING)),
        ('mentions "hack"', Keyword(text="hack")),
        ("not new story", NoneOf(of=(NewStory(),))),
        ("none of (new story, momentum > 3x)", NoneOf(of=(NewStory(), BIG))),
        ("new story or momentum > 3x and authors >= 10", AnyOf(of=(NewStory(), All(of=(BIG, MANY))))),
        ("(new story or momentum > 3x) and authors >= 10", All(of=(AnyOf(of=(NewStory(), BIG)), MANY))),
        ("volume < 4", Level(kind="below", measure=Measure.VOLUME, value=4)),
    ],
)
def test_lines_people_write(line, expression):
    assert parse(line).expression == expression


def test_what_holds_for_the_whole_line_may_stand_after_any_condition():
    found = parse("sentiment drops 20% in 4h on $sol or new story once urgent every 2d until 2026-12-31")
    assert found.scope == Scope(kind="token", name="SOL")
    assert (found.once, found.urgent, found.cooldown_hours, found.until) == (
        True,
        True,
        48,
        date(2026, 12, 31),
    )


@pytest.mark.parametrize(
    ("line", "scope"),
    [
        ("new story on #ai-agents", Scope(kind="narrative", name="ai-agents", narrative_id="a1")),
        ("new story on watchlist", Scope(kind="watchlist")),
        ('new story on topic "zk proofs"', Scope(kind="topic", name="zk proofs")),
        ("new story on everything", Scope()),
        ("new story", Scope()),
    ],
)
def test_where_a_rule_looks(line, scope):
    assert parse(line, KNOWN).scope == scope


@pytest.mark.parametrize(
    ("line", "position", "word", "says"),
    [
        ("momentm > 3x", 0, "momentm", "did you mean “momentum”?"),
        ("momentum > three", 11, "three", "expected a number such as 3x, 5% or 10"),
        ("momentum >", 10, "", "ends too early: expected a number"),
        ("", 0, "", "expected a measure"),
        ("momentum > 3%", 11, "3%", "not measured in %"),
        ("sentiment < 0.4", 12, "0.4", "per cent such as 40%"),
        ("sentiment < 140%", 12, "140%", "at most 1"),
        ("momentum > 3x on #ai-agent", 17, "#ai-agent", "did you mean “#ai-agents”?"),
        ('momentum > 3x on topic "zk proof"', 23, '"zk proof"', "did you mean “zk proofs”?"),
        ("momentum rises 20% in 5h", 22, "5h", "1h, 4h, 24h or 7d"),
        ("momentum rises 20 in 4h", 15, "20", "in per cent, such as 20%"),
        ("sentiment in 4h > 40%", 13, "4h", "no window of its own"),
        ("phase becomes peeking", 14, "peeking", "did you mean “peaking”?"),
        ("enters top 2.5", 11, "2.5", "whole number"),
        ("momentum > 3x once once", 19, "once", "second is at character 20"),
        ("momentum > 3x on watchlist on everything", 27, "everything", "on what once"),
        ("new story until 2026-02-31", 16, "2026-02-31", "no 2026-02-31 in the calendar"),
        ("new story every 100d", 16, "100d", "between 1h and 30d"),
        ("momentum inside 3x to 2x", 22, "2x", "the smaller one"),
        ("mindshare crosses above 5% again above 4%", 33, "above", "must be below"),
        ('mentions "hack', 9, '"', "words in quotes"),
        ('mentions "a"', 9, '"a"', "2 to 60 characters"),
        ("momentum > 3x, new story", 13, ",", "the end"),
        ("new story and 💥", 14, "💥", "expected a measure"),
        ("new story on $ABCDEFGHIJKLMNOPQR", 13, "$ABCDEFGHIJKLMNOPQR", "too long"),
        ("not not not not new story", 0, "not", "At most 3"),
        ("((not (new story or not momentum > 3x) or new story) and new story)", 6, "(", "At most 3"),
        (" or ".join(["new story"] * 13), 0, "new", "At most 12 conditions"),
        ("x" * 401, 400, "x", "at most 400 characters"),
    ],
)
def test_an_error_points_at_the_word_and_says_what_would_fit(line, position, word, says):
    with pytest.raises(BadRule) as caught:
        parse(line, KNOWN)
    assert (caught.value.position, caught.value.word) == (position, word)
    assert says in str(caught.value)


PIECES = ["momentum", ">", "3x", "20%", "in", "4h", "and", "or", "not", "(", ")", "on", "$SOL", "#ai-agents",
          "new", "story", "enters", "top", "5", '"hack"', "until", "2026-12-31", "once", ","]  # fmt: skip


@given(text=st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_text_is_a_rule_or_a_sentence_about_one_of_its_words(text):
    try:
        assert parse(text_of(parse(text, KNOWN)), KNOWN)
    except BadRule as error:
        assert str(error).endswith((".", "?")) and 0 <= error.position <= len(text)


def test_six_ready_made_rules_are_lines_of_the_language():
    assert len({made.key for made in READY}) == 6
    assert [text_of(made.spec) for made in READY] == [made.line for made in READY]
    assert ready("jump").name == "A big jump" and ready("else") is None
