"""A world from a posts file: what is read, what is skipped, what is refused."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.world import WorldError, file_world, snowflake
from bot.sources.posts.reading import stance

DAY = date(2025, 12, 15)
AT = datetime(2025, 12, 15, 8, 30, tzinfo=UTC)
REAL = Path(__file__).parents[2] / "../shared/data/x_kol_stream_a/posts.jsonl.gz"
needs_real = pytest.mark.skipif(
    not REAL.exists(), reason="needs ../shared/data/x_kol_stream_a beside the repository"
)


def row(at=AT, **changes):
    line = {
        "post_id": str(snowflake(at, 5)),
        "created_at": at.isoformat().replace("+00:00", "Z"),
        "author": "mossy_otter",
        "followers": 12,
        "text": "Q&amp;A about $ETH",
    }
    return line | changes


def written(tmp_path, *lines, name="posts.jsonl"):
    path = tmp_path / name
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_a_line_becomes_a_post(tmp_path, name):
    seen = AT + timedelta(hours=1)
    path = written(tmp_path, row(first_seen_at=seen.isoformat(), likes=3, retweets=2, views=100), name=name)
    (post,) = file_world(path, first=DAY, last=DAY).posts
    assert (post.text, post.lang, post.author, post.followers) == ("Q&A about $ETH", "en", "mossy_otter", 12)
    assert (post.likes, post.reposts, post.replies, post.views) == (3, 2, None, 100)
    assert (post.created_at, post.first_seen_at, post.story) == (AT, seen, None)


def test_dates_are_inclusive_and_utc(tmp_path):
    days = [datetime(2025, 12, d, h, tzinfo=UTC) for d, h in ((14, 23), (15, 0), (16, 23), (17, 0))]
    path = written(tmp_path, *(row(at) for at in days))
    world = file_world(path, first=DAY, last=date(2025, 12, 16))
    assert [post.created_at for post in world.posts] == days[1:3]


def test_bad_lines_are_counted_and_the_rest_is_used(tmp_path):
    bad = [
        "{not json",
        "[1, 2]",
        row(post_id="abc"),
        row(post_id="20"),
        row(post_id=None),
        row(text=None),
        row(author=7),
        row(created_at="yesterday"),
        row(created_at="2025-12-01T00:00:00Z"),  # not the id's time
        row(followers="many"),
        row(),  # the same id again
    ]
    world = file_world(written(tmp_path, row(), "", *bad), first=DAY, last=DAY)
    assert len(world.posts) == 1
    assert world.skipped == len(bad)


def test_the_id_tells_the_time_when_the_line_does_not(tmp_path):
    path = written(tmp_path, row(created_at=None))
    assert file_world(path, first=DAY, last=DAY).posts[0].created_at == AT


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("比特币突破新高 BTC", "zh"),
        ("биткоин растёт", "ru"),
        ("gm $BTC", "en"),
        ("123 🚀", "en"),
        ("ETH merge 了 again", "en"),
    ],
)
def test_the_language_is_told_by_its_letters(tmp_path, text, lang):
    assert file_world(written(tmp_path, row(text=text)), first=DAY, last=DAY).posts[0].lang == lang


def test_stance_hears_both_sides():
    assert stance("So bullish, buying the breakout") == 1
    assert stance("黑客攻击，价格崩盘") == -1
    assert stance("bullish but they sold") == 0
    assert stance("a coffee please") == 0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(WorldError, match=r"no posts file .*absent\.jsonl"):
        file_world(tmp_path / "absent.jsonl", first=DAY, last=DAY)


def test_a_file_without_posts_of_these_dates_says_so(tmp_path):
    path = written(tmp_path, row(), "broken")
    with pytest.raises(WorldError, match=r"no usable post from 2024-01-01 to 2024-01-02 \(1 lines skipped"):
        file_world(path, first=date(2024, 1, 1), last=date(2024, 1, 2))


def test_a_file_that_is_not_gzip_or_ends_early_is_named(tmp_path):
    whole = gzip.compress(json.dumps(row()).encode() * 200)
    for content in (b"plain text", whole[: len(whole) // 2]):
        path = tmp_path / "posts.jsonl.gz"
        path.write_bytes(content)
        with pytest.raises(WorldError, match="cannot be read"):
            file_world(path, first=DAY, last=DAY)


@needs_real
def test_real_posts_are_searched_as_they_became_known():
    world = file_world(REAL, first=DAY, last=date(2025, 12, 17))
    assert world.skipped == 0
    assert len(world.posts) > 1000
    now = datetime(2025, 12, 17, 12, tzinfo=UTC)
    for query in (
        "($BTC OR $ETH OR bitcoin OR crypto) lang:en",
        "(比特币 OR 加密 OR 交易所) lang:zh within_time:48h",
    ):
        found = world.search(query, mode="Latest", limit=10, now=now)
        assert len(found) == 10
        assert all(post.seen_at <= now for post in found)
        assert [post.created_at for post in found] == sorted((p.created_at for p in found), reverse=True)


@needs_real
def test_a_search_looks_at_few_of_many_real_posts():
    world = file_world(REAL, first=date(2025, 10, 30), last=date(2025, 12, 21))
    looked = []

    class Counting(list):
        def __getitem__(self, place):
            looked.append(place)
            return super().__getitem__(place)

    world._docs = Counting(world._docs)
    since = int(datetime(2025, 12, 20, tzinfo=UTC).timestamp())
    world.search(f"(bitcoin OR $ETH) since_time:{since}", now=datetime(2025, 12, 21, tzinfo=UTC))
    assert 0 < len(looked) < len(world.posts) / 100
