"""Narratives: identity, names, and what happened to them."""

import pytest

from core.models import NarrativeEvent
from storage import mentions, narratives, posts
from tests.storage.facts import DAY, HOUR, NOON, SECOND, mention, narrative, post


async def test_narrative_comes_back_exactly_as_it_was(database):
    whole = narrative(tickers=("BTC", "狗"), terms=("spot etf", "a_b"), redirect_to=None)
    async with database.writing() as c:
        assert await narratives.save(c, [whole]) == [whole]
        assert await narratives.get(c, "n1") == whole
        assert await narratives.get(c, "n404") is None


async def test_saving_again_replaces(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative(title="Old", last_post_at=NOON)])
        newer = narrative(title="New", last_post_at=NOON + HOUR)
        await narratives.save(c, [newer])
        assert await narratives.get(c, "n1") == newer
        assert [n.id for n in await narratives.find(c, "new")] == ["n1"]
        assert await narratives.find(c, "old") == []


async def test_live_means_moved_lately_and_not_merged_away(database):
    async with database.writing() as c:
        await narratives.save(
            c,
            [
                narrative("quiet", last_post_at=NOON - SECOND),
                narrative("first", last_post_at=NOON),
                narrative("newest", last_post_at=NOON + HOUR),
                narrative("merged", last_post_at=NOON + HOUR, redirect_to="newest"),
            ],
        )
        assert [n.id for n in await narratives.live(c, since=NOON)] == ["newest", "first"]


async def test_redirects_are_followed_to_their_end(database):
    async with database.writing() as c:
        await narratives.save(
            c, [narrative("a", redirect_to="b"), narrative("b", redirect_to="c"), narrative("c")]
        )
        assert (await narratives.get(c, "a")).id == "c"
        assert set(await narratives.by_ids(c, ["a", "c", "x"])) == {"a", "c"}


async def test_merged_narratives_seen_lately_are_listed_with_where_they_lead(database):
    async with database.writing() as c:
        stale = narrative("stale", redirect_to="c", last_post_at=NOON - SECOND)
        late = [narrative(id, redirect_to=to, last_post_at=NOON) for id, to in (("a", "b"), ("b", "c"))]
        await narratives.save(c, [stale, *late, narrative("c", last_post_at=NOON)])
        assert await narratives.redirects(c, since=NOON) == {"a": "b", "b": "c"}
        assert (await narratives.redirects(c))["stale"] == "c"


async def test_what_narratives_posts_said_lately_comes_without_loose_and_forgotten_ones(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative()])
        rows = [("1", "told", NOON), ("2", "", NOON), ("3", "loose", NOON), ("4", "old", NOON - SECOND)]
        await posts.insert(c, [post(id, text=text, created_at=at) for id, text, at in rows])
        await mentions.append(c, [mention(post_id=id) for id in ("1", "2", "4")])
        assert await mentions.said(c, since=NOON) == {"1": "told"}


async def test_redirects_in_a_circle_or_into_nothing_end(database):
    async with database.writing() as c:
        await narratives.save(
            c,
            [
                narrative("a", redirect_to="b"),
                narrative("b", redirect_to="a"),
                narrative("x", redirect_to="y"),
            ],
        )
        assert (await narratives.get(c, "a")).id in ("a", "b")
        assert await narratives.get(c, "x") is None


async def test_slug_clashes_get_numbers_and_keep_them(database):
    same = [narrative(name, slug="etf") for name in ("a", "b", "c")]
    async with database.writing() as c:
        saved = await narratives.save(c, same)
        again = await narratives.save(c, reversed(same))
        await narratives.save(c, [narrative("d", slug="etf-flows")])
        assert await narratives.free_slug(c, "etf", "z") == "etf-4"
        assert await narratives.free_slug(c, "et", "z") == "et"
    assert [n.slug for n in saved] == ["etf", "etf-2", "etf-3"]
    assert {n.id: n.slug for n in again} == {"a": "etf", "b": "etf-2", "c": "etf-3"}


async def test_a_slug_given_up_goes_to_the_next_in_the_same_batch(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("a", slug="etf"), narrative("b", slug="sec")])
        moved = [narrative("a", slug="sec"), narrative("c", slug="etf"), narrative("b", slug="flows")]
        saved = await narratives.save(c, moved)
    assert [(n.id, n.slug) for n in saved] == [("a", "sec-2"), ("c", "etf"), ("b", "flows")]


@pytest.fixture
async def named(database):
    async with database.writing() as c:
        await narratives.save(
            c,
            [
                narrative("slug", slug="sol", title="Validators", last_post_at=NOON - DAY),
                narrative(
                    "ticker", slug="t", title="Outage", tickers=("SOL", "JUP"), last_post_at=NOON - HOUR
                ),
                narrative("title", slug="u", title="The SOLANA phone", last_post_at=NOON),
                narrative("percent", slug="v", title="Yields of 100% a_day", tickers=("SO",)),
                narrative("cyrillic", slug="w", title="Биткоин растёт", tickers=("币安",)),
                narrative("gone", slug="gone", title="Old sol name", redirect_to="title"),
            ],
        )
    return database


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("sol", ["slug", "ticker", "title"]), ("$SOL", ["ticker"]), ("#jup", ["ticker"]),
        ("SOLANA", ["title"]), ("gone", ["title"]), ("100%", ["percent"]), ("%", ["percent"]),
        ("a_d", ["percent"]), ("_", ["percent"]), ("БИТКОИН", ["cyrillic"]), ("$币安", ["cyrillic"]),
        ("nothing", []), ("", []), ("  $ ", []), ('"', []), ("\\", []),
    ],
)  # fmt: skip
async def test_finding_by_slug_ticker_or_title_best_first(named, text, ids):
    async with named.reading() as c:
        assert [n.id for n in await narratives.find(c, text)] == ids


async def test_a_word_is_found_whole_before_its_beginning_and_never_inside_another(database):
    titles = {
        "inside": "Do something",
        "begins": "Ethena yield",
        "whole": "Fees on ETH: up",
        "zh": "以太坊ETH升级",
    }
    async with database.writing() as c:
        await narratives.save(
            c,
            [narrative(id, slug=id, title=title, last_post_at=NOON + n * HOUR)
             for n, (id, title) in enumerate(reversed(titles.items()))],
        )  # fmt: skip
        assert [n.id for n in await narratives.find(c, "eth")] == ["whole", "zh", "begins"]
        assert [n.id for n in await narratives.find(c, "太坊")] == ["zh"]


async def test_finding_stops_at_ten(database):
    async with database.writing() as c:
        await narratives.save(
            c, [narrative(f"n{n}", title="meme season", last_post_at=NOON + n * HOUR) for n in range(12)]
        )
        found = await narratives.find(c, "Meme")
    assert [n.id for n in found] == [f"n{n}" for n in range(11, 1, -1)]


async def test_events_are_kept_in_order_and_once(database):
    events = [
        NarrativeEvent(narrative_id="n1", kind="RENAMED", at=NOON + HOUR, reason="clearer"),
        NarrativeEvent(narrative_id="n1", kind="NEW", at=NOON, reason="three posts"),
    ]
    async with database.writing() as c:
        await narratives.save(c, [narrative()])
        await narratives.append_events(c, events)
        await narratives.append_events(c, events)
        await narratives.append_events(c, [])
        assert await narratives.events(c, "n1") == [events[1], events[0]]


# --- coming apart and coming back


async def test_what_split_off_is_found_from_the_old_id_also_when_it_merged_since(database):
    async with database.writing() as c:
        second = narrative("second", split_from="old", first_seen_at=NOON + HOUR, redirect_to="other")
        others = [narrative("old"), narrative("first", split_from="old"), narrative("other")]
        await narratives.save(c, [*others, second])
        assert [n.id for n in await narratives.parts(c, "old")] == ["first", "other"]
        assert await narratives.parts(c, "first") == []
        assert (await narratives.get(c, "first")).split_from == "old"


async def test_a_part_that_came_home_is_no_part_any_more(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("old"), narrative("part", split_from="old", redirect_to="old")])
        assert await narratives.parts(c, "old") == []


async def test_a_family_is_everything_that_leads_to_one_id(database):
    async with database.writing() as c:
        led = [narrative("b", redirect_to="a"), narrative("c", redirect_to="b"), narrative("x")]
        await narratives.save(c, [narrative("a"), *led])
        assert sorted(await narratives.family(c, "a")) == ["a", "b", "c"]
        assert await narratives.family(c, "x") == ["x"]


async def test_posts_are_found_under_all_ids_of_a_family_each_once(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("a"), narrative("b", redirect_to="a")])
        await posts.insert(c, [post("1"), post("2", created_at=NOON + HOUR)])
        await mentions.append(c, [mention("a", "1"), mention("b", "1"), mention("b", "2")])
        family = await narratives.family(c, "a")
        assert [p.id for p in await posts.of_narrative(c, family, since=NOON - DAY, limit=9)] == ["2", "1"]


async def test_sleepers_are_those_silent_since_then_that_were_not_merged_away(database):
    async with database.writing() as c:
        old = narrative("old", last_post_at=NOON - DAY, tickers=("OLD",), terms=("an old tale",))
        merged = narrative("merged", last_post_at=NOON - DAY, redirect_to="old")
        await narratives.save(c, [old, merged, narrative("awake")])
        (sleeper,) = await narratives.asleep(c, before=NOON)
        assert sleeper == ("old", "Title of old", ("OLD",), ("an old tale",))
