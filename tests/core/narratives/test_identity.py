"""Stories keep their identity over hours, whatever order they arrive in and whatever the model calls them."""

import random
from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evidence import Group
from core.models import Post
from core.narratives.identity import assign, is_dormant, refreshed
from core.narratives.label import background
from core.text import language, signature
from tests.core.makers import HOUR, NOW, narrative

PROBE = [
    "Aave lending probe: watchdog drops the four year inquiry",
    "The watchdog drops its Aave inquiry after four years, lending wins",
    "Lawyers say the Aave inquiry was dropped because lending rules changed",
]
MINERS = [
    "$BTC miners in Kazakhstan unplug machines as the electricity tariff doubles",
    "Kazakhstan electricity tariff doubles, $BTC miners unplug thousands of machines",
]
QUANTUM = [
    "$BTC developers publish quantum resistant signatures proposal, lattice keys inside",
    "A quantum resistant signatures proposal with lattice keys for $BTC is out",
]
CHATTER = [
    f"{a} thoughts about the {b} market, {c} as always"
    for a in ("calm", "wild", "dull", "odd")
    for b in ("morning", "evening", "winter", "summer")
    for c in ("patience", "courage", "discipline")
]


def post(number, text, author=None, at=NOW, known_at=None):
    return Post(
        id=str(1_000_000 + number),
        created_at=at,
        known_at=known_at or at,
        author=author or f"writer{number}",
        text=text,
        lang=language(text),
        signature=signature(text),
    )


def posts(texts, first=0, **fields):
    return {p.id: p for p in (post(first + i, text, **fields) for i, text in enumerate(texts))}


def group(members, title="", slug="some-story", tickers=()):
    return Group(
        slug=slug, title=title, summary="", tickers=tickers, stance="neutral", post_ids=tuple(members)
    )


def decide(groups, accepted, known=(), owners=None, now=NOW):
    texts = [*CHATTER, *(p.text for p in accepted.values())]
    return assign(
        known=list(known),
        owners=owners or {},
        groups=groups,
        posts=accepted,
        background=background(texts),
        now=now,
    )


def owned(mentions):
    owners = defaultdict(set)
    for mention in mentions:
        owners[mention.post_id].add(mention.narrative_id)
    return owners


def test_two_authors_with_one_story_found_a_narrative():
    accepted = posts(PROBE)
    result = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    (found,) = result.narratives
    assert found.title == "Aave inquiry dropped by watchdog"
    assert found.slug == "aave-inquiry-dropped-by-watchdog"
    assert len(found.id) == 12
    assert found.first_seen_at == NOW
    assert found.query.endswith("-filter:nativeretweets")
    assert {m.post_id for m in result.mentions} == set(accepted)
    assert not any(m.metered for m in result.mentions)
    assert [event.kind for event in result.events] == ["NEW"]


def test_the_same_story_keeps_its_id_over_the_hours():
    accepted = posts(PROBE[:2])
    first = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    known, owners = list(first.narratives), owned(first.mentions)
    for hour in range(1, 5):
        now = NOW + hour * HOUR
        later = posts([PROBE[2] + f" says {word}" for word in ("Ann", "Bob")], first=10 * hour, at=now)
        result = decide(
            [group(later, f"Title number {hour}", slug=f"other-{hour}")], later, known, owners, now
        )
        (continued,) = result.narratives
        assert continued.id == first.narratives[0].id
        assert continued.last_post_at == now
        assert [event.kind for event in result.events] == ["CONTINUES"]
        known = [continued]


def test_shared_evidence_outweighs_another_name():
    accepted = posts(PROBE)
    first = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    again = accepted | posts([PROBE[0] + " finally"], first=50)
    result = decide(
        [group(again, "Totally different headline here", slug="different")],
        again,
        first.narratives,
        owned(first.mentions),
    )
    assert [n.id for n in result.narratives] == [first.narratives[0].id]
    assert {m.post_id for m in result.mentions} == set(again) - set(accepted)
    assert "posts were known" in result.events[0].reason


def test_nothing_new_changes_nothing():
    accepted = posts(PROBE)
    first = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    again = decide(
        [group(accepted, "Aave inquiry dropped")], accepted, first.narratives, owned(first.mentions)
    )
    assert (again.narratives, again.mentions, again.events) == ((), (), ())


def test_two_stories_about_a_major_stay_two():
    accepted = posts(MINERS) | posts(QUANTUM, first=10)
    ids = list(accepted)
    result = decide(
        [
            group(ids[:2], "Kazakhstan miners unplug", tickers=("BTC",)),
            group(ids[2:], "Quantum proposal out", tickers=("BTC",)),
        ],
        accepted,
    )
    assert len(result.narratives) == 2
    assert not any("$BTC OR" in n.query or "($BTC)" in n.query for n in result.narratives)


def test_two_stories_thrown_into_one_group_are_told_apart():
    accepted = posts(MINERS) | posts(QUANTUM, first=10)
    result = decide([group(accepted, "BTC", tickers=("BTC",))], accepted)
    assert len(result.narratives) == 2


def test_a_small_ticker_is_identity():
    accepted = posts(["$ZORP listing rumours grow", "my bag of $ZORP is heavy"])
    first = decide([group(accepted, "ZORP", tickers=("ZORP",))], accepted)
    later = posts(["unbelievable chart, $ZORP", "$ZORP to the stars"], first=10)
    result = decide(
        [group(later, "Heavy buying", slug="heavy")], later, first.narratives, owned(first.mentions)
    )
    assert [n.id for n in result.narratives] == [first.narratives[0].id]
    assert result.events[0].reason == "same ticker ZORP"


def test_a_ticker_list_is_not_about_its_tickers():
    accepted = posts(["$ZORP $BLIP $QUUX $WOMP $FLIM up today", "$ZORP $BLIP $QUUX $WOMP $FLAM gainers"])
    assert decide([group(accepted, "Gainers")], accepted).narratives == ()


def test_groups_of_one_batch_that_are_one_story_become_one():
    accepted = posts(PROBE)
    ids = list(accepted)
    result = decide(
        [
            group(ids[:2], "Aave inquiry dropped by watchdog", slug="one"),
            group(ids[1:], "Watchdog drops Aave inquiry", slug="two"),
        ],
        accepted,
    )
    assert len(result.narratives) == 1
    assert {m.post_id for m in result.mentions} == set(ids)


def test_posts_without_anything_in_common_are_no_narrative_but_counted():
    accepted = posts(["gm frens, lovely winter", "gm frens, buy my course", "gm, what a market"])
    result = decide([group(accepted, "gm frens")], accepted)
    assert result.narratives == ()
    assert sum(result.ignored.values()) >= 1


def test_copies_of_one_text_count_once():
    accepted = posts([PROBE[0], PROBE[0].upper() + " 🚀", "@you " + PROBE[0]])
    assert decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted).narratives == ()


def test_one_author_alone_is_no_narrative():
    accepted = posts(PROBE, author="same")
    assert decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted).narratives == ()


def test_one_post_is_evidence_only_for_a_known_narrative():
    accepted = posts(PROBE)
    first = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    single = posts(["Aave lending inquiry: watchdog drops it, four year wait is over"], first=30)
    alone = decide([group(single, "Aave inquiry dropped")], single)
    assert alone.narratives == ()
    assert alone.ignored == {"too few posts": 1}
    joined = decide([group(single, "Aave inquiry dropped")], single, first.narratives, owned(first.mentions))
    assert [m.narrative_id for m in joined.mentions] == [first.narratives[0].id]


def test_an_earlier_post_without_a_narrative_helps_to_found_one():
    early, late = post(1, PROBE[0], at=NOW - 3 * HOUR), post(2, PROBE[1])
    accepted = {early.id: early, late.id: late}
    result = decide([group([late.id], "Watchdog drops Aave inquiry")], accepted)
    (found,) = result.narratives
    assert found.earliest_post_at == early.created_at
    assert all(m.known_at == NOW for m in result.mentions)


def test_a_group_of_ids_that_did_not_count_is_counted():
    assert decide([group(["1", "2"])], {}).ignored == {"no accepted post": 1}


def test_a_story_is_back_after_a_week_of_silence():
    accepted = posts(PROBE)
    first = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    now = NOW + timedelta(days=8)
    assert is_dormant(first.narratives[0], now)
    assert not is_dormant(first.narratives[0], NOW + timedelta(days=6))
    later = posts([PROBE[0] + " again", PROBE[1] + " once more"], first=40, at=now)
    result = decide([group(later)], later, first.narratives, owned(first.mentions), now)
    assert [(e.kind, e.narrative_id) for e in result.events] == [("BACK", first.narratives[0].id)]


@pytest.mark.parametrize(("age", "kinds"), [(HOUR, ["CONTINUES", "RENAMED"]), (7 * HOUR, ["CONTINUES"])])
def test_only_a_young_narrative_gets_a_better_name(age, kinds):
    accepted = posts(["$ZORP so heavy", "look at $ZORP"])
    first = decide([group(accepted, "ZORP", tickers=("ZORP",))], accepted)
    later = posts(["$ZORP bridge drained by an intern", "intern drained the $ZORP bridge, wow"], first=20)
    result = decide(
        [group(later, "ZORP bridge drained by intern", tickers=("ZORP",))],
        later,
        first.narratives,
        owned(first.mentions),
        NOW + age,
    )
    (after,) = result.narratives
    assert [event.kind for event in result.events] == kinds
    assert (after.title == "ZORP bridge drained by intern") == ("RENAMED" in kinds)
    assert after.slug == first.narratives[0].slug


def test_a_merged_narrative_leads_on_to_the_one_it_became():
    accepted = posts(PROBE)
    old = narrative("aaaaaaaaaaaa", redirect_to="bbbbbbbbbbbb")
    new = narrative("bbbbbbbbbbbb", title="Aave inquiry", terms=("aave",))
    fresh = accepted | posts([PROBE[1] + " indeed"], first=60)
    result = decide([group(fresh)], fresh, [old, new], {id: {old.id} for id in accepted})
    assert [n.id for n in result.narratives] == [new.id]


def test_names_in_links_stay_unique():
    taken = narrative(
        "cccccccccccc", slug="aave-inquiry-dropped-by-watchdog", title="Something else entirely"
    )
    accepted = posts(PROBE)
    (found,) = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted, [taken]).narratives
    assert found.slug == f"aave-inquiry-dropped-by-watchdog-{found.id[:4]}"


def test_english_and_chinese_posts_of_one_group_are_one_story():
    accepted = posts([*PROBE, "监管机构撤销对 Aave 的 lending inquiry，长达四年的调查结束"])
    result = decide([group(accepted, "Aave inquiry dropped by watchdog")], accepted)
    assert len(result.narratives) == 1
    assert len(result.mentions) == 4


def test_a_refresh_counts_only_posts_about_the_story():
    story = narrative("dddddddddddd", tickers=("ZORP", "BTC"), terms=("bridge drained", "intern + multisig"))
    about = [
        "$ZORP is down",
        "so the bridge drained again",
        "the multisig was held by an intern",
        "ZORP 跌了",
        "#zorp",
    ]
    other = [
        "$BTC is down",
        "an intern writes",
        "zorping along",
        "gm",
        "$ZORP $BLIP $QUUX $WOMP $FLIM $BTC list",
    ]
    polled = [*posts(about).values(), *posts(other, first=20).values(), post(99, "", at=NOW + HOUR)]
    after, mentions = refreshed(story, polled, NOW + HOUR)
    assert [m.post_id for m in mentions] == [*posts(about), "1000099"]
    assert all(m.metered and m.narrative_id == story.id for m in mentions)
    assert after.last_post_at == NOW + HOUR
    assert (after.title, after.query, after.terms) == (story.title, story.query, story.terms)


def test_an_empty_refresh_changes_nothing():
    story = narrative("dddddddddddd", tickers=("ZORP",))
    assert refreshed(story, [], NOW) == (story, [])


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_everything_changes_nothing(shuffler: random.Random):
    accepted = (
        posts(PROBE) | posts(MINERS, first=10) | posts(QUANTUM, first=20) | posts(CHATTER[:3], first=30)
    )
    ids = list(accepted)
    groups = [
        group(ids[:3], "Aave inquiry"),
        group(ids[3:7], "BTC"),
        group(ids[5:], "Quantum things out", slug="q"),
    ]
    straight = decide(groups, accepted)
    mixed = [group(shuffler.sample(g.post_ids, len(g.post_ids)), g.title, g.slug) for g in groups]
    shuffler.shuffle(mixed)
    turned = decide(mixed, dict(shuffler.sample(list(accepted.items()), len(accepted))))
    assert turned == straight
    assert len(straight.narratives) == 3


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text(max_size=60), max_size=8),
    st.text(max_size=30),
    st.lists(st.text(max_size=8), max_size=3),
)
def test_no_text_can_break_the_assignment(texts, name, tickers):
    accepted = posts(texts)
    result = decide([group(accepted, name, name, tuple(tickers))], accepted)
    assert len({n.id for n in result.narratives}) == len(result.narratives)
    assert all(m.post_id in accepted for m in result.mentions)
