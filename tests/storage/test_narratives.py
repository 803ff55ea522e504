"""Narratives: identity, names, what happened to them, and the posts they are made of."""

import pytest

from core.models import Move, NarrativeEvent
from storage import narratives, posts
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
        await narratives.append_mentions(c, [mention(post_id=id) for id in ("1", "2", "4")])
        assert await narratives.said(c, since=NOON) == {"1": "told"}


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


async def test_mention_once_metered_stays_metered_and_keeps_its_first_time(database):
    async with database.writing() as c:
        await posts.insert(c, [post("100", author="ada", stance=0.5, signature=7)])
        await narratives.save(c, [narrative()])
        for metered, known_at in ((False, NOON), (True, NOON + HOUR), (False, NOON + DAY)):
            await narratives.append_mentions(c, [mention(metered=metered, known_at=known_at)])
        await narratives.append_mentions(c, [])
        found = await narratives.mentions(c, since=NOON, known_by=NOON)
    assert found == [("n1", "100", NOON, NOON, True, "ada", 0.5, 7, False, None, None)]
    assert type(found[0].metered) is bool


async def test_mention_carries_what_others_did_with_its_post(database):
    reactions = {"1": {}, "2": {"likes": 3}, "3": {"reposts": 2}, "4": {"likes": 3, "reposts": 2}}
    known = [post(id, tone=0.5, **given) for id, given in reactions.items()]
    async with database.writing() as c:
        await posts.insert(c, known)
        await narratives.save(c, [narrative()])
        await narratives.append_mentions(c, [mention(post_id=id) for id in reactions])
        found = await narratives.mentions(c, since=NOON, known_by=NOON)
    assert [m.engagement for m in found] == [None, 3, 4, 7] == [each.engagement for each in known]
    assert {m.tone for m in found} == {0.5}


async def test_mention_says_whether_its_author_is_confirmed_by_now(database):
    async with database.writing() as c:
        await posts.insert(c, [post(id, author="ada", text="told") for id in ("1", "2", "3")])
        await posts.insert(c, [post("1", author="ada", text="told", confirmed="answers")])
        await posts.insert(c, [post("2", author="eve", text="told", confirmed="look-up", looked_up_at=NOON)])
        await narratives.save(c, [narrative()])
        await narratives.append_mentions(c, [mention(post_id=id) for id in ("1", "2", "3")])
        found = await narratives.mentions(c, since=NOON, known_by=NOON)
    assert [(m.author, m.confirmed) for m in found] == [("ada", True), ("eve", True), ("ada", False)]
    assert all(type(m.confirmed) is bool for m in found)


async def test_mentions_are_those_known_then_of_the_narratives_asked_for(database):
    async with database.writing() as c:
        await posts.insert(c, [post(str(n), created_at=NOON + n * SECOND) for n in range(4)])
        await narratives.save(c, [narrative("a"), narrative("b")])
        await narratives.append_mentions(
            c,
            [
                mention("b", "2", NOON + 2 * SECOND), mention("a", "1", NOON + SECOND),
                mention("a", "0", NOON),
                mention("a", "3", NOON + 3 * SECOND, known_at=NOON + DAY),
            ],
        )  # fmt: skip
        since, known_by = NOON + SECOND, NOON + HOUR
        both = await narratives.mentions(c, since=since, known_by=known_by)
        only = await narratives.mentions(c, since=since, known_by=known_by, narrative_ids=["a", "x"])
        none = await narratives.mentions(c, since=since, known_by=known_by, narrative_ids=[])
    assert [m.post_id for m in both] == ["1", "2"]
    assert [m.post_id for m in only] == ["1"]
    assert none == []


async def test_many_mentions_are_read_in_batches_each_once(database):
    number = narratives.BATCH * 2 + 1
    async with database.writing() as c:
        await posts.insert(c, [post(str(n), author=f"a{n % 997}") for n in range(number)])
        await narratives.save(c, [narrative("a"), narrative("b")])
        await narratives.append_mentions(c, [mention("ab"[n % 2], str(n)) for n in range(number)])
    async with database.reading() as c:
        found = await narratives.mentions(c, since=NOON - DAY, known_by=NOON + DAY, narrative_ids=["a", "b"])
    assert sorted(int(m.post_id) for m in found) == list(range(number))


async def test_mention_counts_even_if_its_post_is_not_stored(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative()])
        await narratives.append_mentions(c, [mention(metered=True)])
        found = await narratives.mentions(c, since=NOON, known_by=NOON)
    assert found == [("n1", "100", NOON, NOON, True, None, None, 0, False, None, None)]


# --- coming apart and coming back ------------------------------------------------------------------------


async def moved(c, *moves):
    await narratives.move_mentions(c, moves)
    rows = await narratives.mentions(c, since=NOON - DAY, known_by=NOON + DAY)
    return sorted((row.narrative_id, row.post_id, row.metered) for row in rows)


async def test_posts_that_leave_count_for_the_new_narrative_only_and_are_metered_by_none(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("old"), narrative("new", split_from="old")])
        stored = [mention("old", "1", metered=True), mention("old", "2", metered=True), mention("new", "2")]
        await narratives.append_mentions(c, stored)
        expected = [("new", "2", False), ("old", "1", True)]
        assert await moved(c, Move("old", "new", "2")) == expected
        assert await moved(c, Move("old", "new", "2")) == expected  # safe to repeat


async def test_a_moved_post_keeps_when_it_was_written_and_known(database):
    async with database.writing() as c:
        await narratives.save(c, [narrative("old"), narrative("new", split_from="old")])
        await narratives.append_mentions(c, [mention("old", "1", NOON - HOUR, NOON)])
        await narratives.move_mentions(c, [Move("old", "new", "1")])
        (row,) = await narratives.mentions(c, since=NOON - DAY, known_by=NOON)
        assert (row.created_at, row.known_at) == (NOON - HOUR, NOON)


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
        await narratives.append_mentions(c, [mention("a", "1"), mention("b", "1"), mention("b", "2")])
        family = await narratives.family(c, "a")
        assert [p.id for p in await posts.of_narrative(c, family, since=NOON - DAY, limit=9)] == ["2", "1"]


async def test_sleepers_are_those_silent_since_then_that_were_not_merged_away(database):
    async with database.writing() as c:
        old = narrative("old", last_post_at=NOON - DAY, tickers=("OLD",), terms=("an old tale",))
        merged = narrative("merged", last_post_at=NOON - DAY, redirect_to="old")
        await narratives.save(c, [old, merged, narrative("awake")])
        (sleeper,) = await narratives.asleep(c, before=NOON)
        assert sleeper == ("old", "Title of old", ("OLD",), ("an old tale",))
