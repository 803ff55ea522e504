"""X's search language: worked examples, and that nothing but QueryError ever comes out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.world import QueryError, World, WorldError, XPost, snowflake

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def post(text, *, ago=timedelta(minutes=10), lang="en", author="mossy_otter", likes=0, seen=None):
    at = NOW - ago
    return XPost(
        id=snowflake(at),
        created_at=at,
        first_seen_at=seen,
        author=author,
        followers=100,
        text=text,
        lang=lang,
        likes=likes,
        reposts=0,
        replies=0,
        views=0,
        stance=0.0,
    )


def texts(query, *posts, mode="Latest", limit=10, now=NOW, loose=False):
    world = World(replace(each, id=each.id + number) for number, each in enumerate(posts))
    return [found.text for found in world.search(query, mode=mode, limit=limit, now=now, loose=loose)]


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("bridge exploit", "The bridge had an exploit", True),
        ("bridge exploit", "The bridge is fine", False),
        ("BRIDGE", "bridge", True),
        ("bridge", "drawbridges are not it", False),
        ("wallet OR bridge", "a wallet", True),
        ("(wallet OR bridge) drained", "wallet update", False),
        ("(wallet OR bridge) drained", "wallet drained", True),
        ("wallet OR bridge drained", "wallet update", True),  # AND binds tighter than OR
        ('"drained wallet"', "my drained wallet", True),
        ('"drained wallet"', "wallet drained", False),
        ("“drained wallet”", "my drained wallet", True),
        ("$QRLN", "sold my $qrln today", True),
        ("$QRLN", "sold my QRLN today", False),
        ("$QRLN", "sold my $QRLNX today", False),
        ("QRLN", "sold my $QRLN today", True),
        ("#DeFi", "all of #defi", True),
        ("#DeFi", "all of defi", False),
        ("bridge -exploit", "bridge exploit", False),
        ("bridge -exploit", "bridge open", True),
        ('bridge -"not safe"', "bridge not safe", False),
        ("bridge -(hack OR exploit)", "bridge hack", False),
        ("-$BTC bridge", "bridge for $BTC", False),
        ("跨链桥", "刚看到跨链桥被攻击", True),
        ("跨链桥", "跨过链接桥", False),
        ("桥", "跨链桥", True),
        ("“跨链桥 被攻击”", "跨链桥被攻击", False),
        ("BTC 突破", "BTC突破新高", True),
        ("🚀", "to the 🚀", True),
        ("lang:en bridge", "bridge", True),
        ("lang:zh bridge", "bridge", False),
        ("from:mossy_otter", "anything", True),
        ("from:@MOSSY_otter bridge", "bridge", True),
        ("-from:mossy_otter bridge", "bridge", False),
        ("bridge -filter:nativeretweets -filter:replies", "bridge", True),
        ("bridge filter:replies", "bridge", False),
        ("AND bridge AND exploit", "bridge exploit", True),
        ("don't", "I don't", True),
        ("https://x.com/a", "see https://x.com/a now", True),
    ],
)
def test_a_query_finds_what_x_would_find(query, text, found):
    assert bool(texts(query, post(text))) is found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("within_time:15m", True),
        ("within_time:5m", False),
        ("within_time:3h", True),
        ("within_time:1d", True),
        ("since:2026-11-20", True),
        ("since:2026-11-21", False),
        ("until:2026-11-20", False),  # the day named is not included
        ("until:2026-11-21", True),
        ("since:2026-11-20_11:50:00_UTC", True),
        ("since:2026-11-20_11:50:01_UTC", False),
        ("until:2026-11-20_11:50:00_UTC", False),
        (f"since_time:{int(NOW.timestamp()) - 600}", True),
        (f"since_time:{int(NOW.timestamp()) - 599}", False),
        (f"until_time:{int(NOW.timestamp()) - 600}", False),
        (f"until_time:{int(NOW.timestamp()) - 599}", True),
        ("(since:2026-11-21 OR within_time:15m)", True),
        ("-within_time:15m", False),
    ],
)
def test_time_operators_bound_the_window(query, found):
    assert bool(texts(f"bridge {query}", post("bridge"))) is found


def test_min_faves_is_a_floor():
    assert texts("bridge min_faves:5", post("bridge a", likes=4), post("bridge b", likes=5)) == ["bridge b"]


def test_latest_is_newest_first_and_the_limit_holds():
    old, new = post("bridge old", ago=timedelta(hours=2)), post("bridge new", ago=timedelta(hours=1))
    assert texts("bridge", old, new) == ["bridge new", "bridge old"]
    assert texts("bridge", old, new, limit=1) == ["bridge new"]


def test_top_is_by_engagement():
    loud = post("bridge loud", ago=timedelta(hours=2), likes=90)
    assert texts("bridge", loud, post("bridge new"), mode="Top") == ["bridge loud", "bridge new"]


def test_a_post_is_found_only_once_it_was_seen():
    late = post("bridge", ago=timedelta(hours=1), seen=NOW + timedelta(minutes=1))
    assert texts("bridge", late) == []
    assert texts("bridge", late, now=NOW + timedelta(minutes=1)) == ["bridge"]


def test_the_future_is_not_found():
    assert texts("bridge", post("bridge", ago=timedelta(minutes=-1))) == []


def test_a_loose_search_needs_any_word_but_every_filter():
    posts = post("bridge only", lang="en"), post("exploit only", lang="zh"), post("bridge spam", lang="en")
    assert texts("bridge exploit lang:en -spam", *posts, loose=True) == ["bridge only"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "(bridge",
        "bridge)",
        "()",
        '"bridge',
        '""',
        "bridge OR",
        "OR bridge",
        "within_time:3x",
        "within_time:",
        "since:yesterday",
        "since:2026-13-01",
        "since_time:soon",
        "min_faves:many",
        "filter:vibes",
        "(" * 200 + "a" + ")" * 200,
        "a " * 5000,
    ],
)
def test_a_malformed_query_is_named(query):
    with pytest.raises(QueryError, match=r"\w"):
        texts(query, post("bridge"))


PIECES = st.sampled_from(
    ["(", ")", '"', "-", "OR", "AND", "$BTC", "#x", "空投", "a", ":", "since:", "2026-11-20", "until_time:"]
) | st.sampled_from(
    [
        "within_time:3h",
        "within_time:999999999d",
        "lang:",
        "from:a",
        "min_faves:3",
        "filter:replies",
        "9" * 20,
        "🚀",
    ]
)


@given(
    st.one_of(
        st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES).map(" ".join)
    )
)
def test_any_text_is_a_query_or_a_query_error(query):
    try:
        found = texts(query, post("bridge for $BTC, 空投 🚀 a"), post("nothing"))
    except QueryError:
        return
    assert len(found) <= 2


@given(st.lists(st.sampled_from(["bridge", "wallet", "空投", "$BTC", "#a", "b"]), min_size=1, max_size=6))
def test_the_index_finds_the_same_as_reading_every_post(words):
    posts = [post(" ".join(words[:n])) for n in range(1, len(words) + 1)]
    every = texts(f"-zzz ({' OR '.join(words)})", *posts, limit=99)
    assert every == texts(" OR ".join(words), *posts, limit=99)
    assert len(every) == len(posts)


def test_two_posts_cannot_share_an_id():
    with pytest.raises(WorldError, match="same id"):
        World([post("a"), post("b")])
