"""A chat's configuration goes out and comes back, whole or not at all."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.alerts.configuration import LARGEST, exported, imported
from core.alerts.language import LONGEST, Known, text_of
from core.errors import BadInput
from core.models.attention import Kind, Mode, QuietHours, Sensitivity
from core.models.rules import Scope
from tests.core.makers import NOW, chat
from tests.core.rule_makers import SLUGS, TOPICS, attention, rule, specs

KNOWN = Known(SLUGS)
WHOLE = attention(
    quiet=QuietHours(start="22:00", end="08:00"), budget=3, sensitivity=Sensitivity.QUIET,
    kinds={Kind.MARKET: Mode.OFF}, watch=(Scope(kind="narrative", name="wallet-x", narrative_id="b2"),),
    ignore=(Scope(kind="token", name="SOL"), Scope(kind="topic", name="memes")), topics=TOPICS,
)  # fmt: skip


@given(wanted=st.lists(specs.filter(lambda s: len(text_of(rule(s))) <= LONGEST), max_size=4))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25)
def test_what_is_exported_is_imported_as_it_was(wanted):
    rules = [rule(spec, f"r{i}", name=f"n{i}", paused=i % 2 == 0) for i, spec in enumerate(wanted)]
    home = chat(zone="Asia/Tokyo", digest_at="08:00")
    read = imported(exported(home, WHOLE, rules), KNOWN)
    assert read.specs == tuple(wanted)
    assert (read.watch, read.ignore) == (WHOLE.watch, WHOLE.ignore)
    assert [(line.name, line.paused) for line in read.configuration.rules] == [
        (r.name, r.paused) for r in rules
    ]
    for name in ("quiet", "budget", "sensitivity", "kinds", "topics"):
        assert getattr(read.configuration, name) == getattr(WHOLE, name)
    assert (read.configuration.zone, read.configuration.digest_at, read.configuration.subscribed) == (
        "Asia/Tokyo", "08:00", True,
    )  # fmt: skip


def test_a_rule_that_is_over_stays_behind():
    text = exported(
        chat(), attention(), [rule(imported('{"rules":[{"rule":"new story"}]}', KNOWN).specs[0], done_at=NOW)]
    )
    assert json.loads(text)["rules"] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "not JSON"),
        ('{"version": 2}', "reads version 1"),
        ('{"colour": "red"}', "colour is nothing a configuration has"),
        ('{"zone": "Mars"}', "'Mars' is no time zone"),
        ('{"budget": -1}', "budget is wrong"),
        ('{"quiet": {"start": "22:00", "end": "22:00"}}', "begin and end at different times"),
        ('{"rules": [{"rule": "new story"}, {"rule": "momentm > 3x"}]}', "Rule 2: I do not know “momentm”"),
        ('{"rules": [{"rule": "new story on topic \\"else\\""}]}', "You do not follow"),
        ('{"watch": [{"kind": "narrative", "name": "gone"}]}', "watch list: I know no story #gone"),
        ('{"ignore": [{"kind": "token", "name": "sol"}]}', "ignore list, sol: a token is capital letters"),
        (json.dumps({"rules": [{"rule": "new story"}] * 21}), "rules is wrong"),
        (json.dumps({"topics": [f"topic {n}" for n in range(6)]}), "topics is wrong"),
        (" " * (LARGEST + 1), "too large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(text, says):
    with pytest.raises(BadInput) as caught:
        imported(text, KNOWN)
    assert says in str(caught.value) and str(caught.value).endswith((".", "?"))
