"""What users of comparable products asked for: which words count, in which language, and a daily report."""

from datetime import timedelta

import pytest

from core.alerts.language import parse
from core.models.attention import Kind, Mode
from storage import attention
from tests.bot.stage import YOU
from tests.bot.test_digests import ring
from tests.core.makers import HOUR, NOW, chat, narrative, score
from tests.core.rule_makers import fired, judged, rule


def reasons(stories, *, people=None, **how):
    """What a turn decides: narrative → reason; without the plain subscription unless it is asked for."""
    scores = [score(story.id, rank=rank) for rank, story in enumerate(stories, 1)]
    ruling = judged(scores, stories, people or [chat(YOU, subscribed=False)], **how)
    return {d.narrative_id: d.reason for d in ruling.decisions}


def own(line, id="r1", **fields):
    return rule(parse(line), id, **fields)


async def allowed(stage):
    async with stage.database.reading() as c:
        return await attention.get(c, YOU)


# --- words -------------------------------------------------------------------------------------------------


async def test_rsstt_202_certain_words_and_strings_are_kept_out(stage):
    await stage.answer("/ignore airdrop")
    await stage.answer("/ignore free mint")
    stories = [
        narrative("a1", title="AIRDROP season"), narrative("b2", title="A free mint for everybody"),
        narrative("c3", title="Free speech"),
    ]  # fmt: skip
    told = reasons(stories, people=[chat(YOU)], allows=[await allowed(stage)])
    assert told == {"a1": "ignored", "b2": "ignored", "c3": "surprise"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('mentions "#defi"', {"a1"}),  # a hashtag
        ('mentions "bridge drained"', {"b2"}),  # words of the text
        ('posts >= 3 on topic "fee cut"', {"c3"}),  # words of the title
        ("posts >= 3 on $NMBR", {"d4"}),
        ('posts >= 3 and not mentions "#defi" and not mentions "bridge"', {"c3", "d4"}),
    ],
)
def test_rsstt_209_a_white_list_and_a_black_list_by_hashtag_text_title_and_ticker(line, told):
    stories = [narrative("a1"), narrative("b2"), narrative("c3", title="Fee cut"),
               narrative("d4", tickers=("NMBR",))]  # fmt: skip
    said = {"a1": "it is #DeFi summer", "b2": "the bridge drained", "c3": "lower fees", "d4": "new numbers"}
    assert set(reasons(stories, rules=[own(line)], said=said)) == told


def test_rsstt_543_only_what_has_my_words_is_sent():
    stories = [narrative("a1"), narrative("b2")]
    said = {"a1": "an exploit was found", "b2": "gm everybody"}
    assert reasons(stories, rules=[own('mentions "exploit"')], said=said) == {"a1": "rule"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('mentions "zk"', {"a1", "b2"}),
        ('mentions "zk" and mentions "rollup"', {"a1"}),
        ('mentions "rollup" or mentions "proof"', {"a1", "b2"}),
        ('posts >= 3 and none of (mentions "zk", mentions "gm")', set()),
        ('posts >= 3 and none of (mentions "rollup", mentions "gm")', {"b2"}),
    ],
)
def test_tdesktop_28794_is_there_a_word_are_there_words_is_there_at_least_one_of_them(line, told):
    stories = [narrative("a1"), narrative("b2"), narrative("c3")]
    said = {"a1": "a zk rollup", "b2": "a zk proof", "c3": "gm"}
    assert set(reasons(stories, rules=[own(line)], said=said)) == told


async def test_trendradar_436_posts_of_any_language_are_found_by_their_words_and_told_in_english(stage):
    await stage.keep(chat(YOU, subscribed=False))
    stories = [narrative("a1", title="Protocol opens its airdrop"), narrative("b2")]
    await stage.fill(score("a1"), score("b2", rank=2), stories=stories)
    said = {"a1": "这个协议的空投 今天开放了", "b2": "gm"}
    ruling = judged(
        [score("a1"), score("b2", rank=2)], stories, [chat(YOU, subscribed=False)],
        rules=[own('mentions "空投" or mentions "airdrop"', chat_id=YOU)], said=said,
    )  # fmt: skip
    assert [f.narrative_id for f in ruling.firings] == ["a1"]
    await stage.fire_all(*ruling.firings)
    await stage.deliver()
    assert "Your rule" in stage.heard()[-1]["text"] and "authors" in stage.heard()[-1]["text"]
    assert {"en", "zh"} <= set(stage.settings.cycle.languages)  # both are searched


# --- reports -----------------------------------------------------------------------------------------------


def test_fintwit_bot_217_every_so_many_hours_how_much_a_ticker_is_talked_of():
    every, told, said = [own("posts >= 3 on $NMBR every 6h", chat_id=YOU)], [], []
    story = narrative("a1", tickers=("NMBR",))
    for hour in range(13):
        now = NOW + hour * HOUR
        seen = score("a1", as_of=now, posts_24h=20 + hour)
        ruling = judged([seen], [story], [chat(YOU, subscribed=False)], told, rules=every, now=now,
                        cycle_id=f"c{hour}")  # fmt: skip
        told += [fired(YOU, rule="r1", at=f.at, surprise=f.surprise, phase=f.phase) for f in ruling.firings]
        said += [(hour, f.facts["posts"], f.facts["authors"]) for f in ruling.firings]
    assert said == [(0, 20, 15), (6, 26, 15), (12, 32, 15)]


async def test_profit_trailer_718_the_day_in_figures_is_one_message(stage):
    await stage.keep(chat(YOU, digest_at="08:00"))
    morning = (NOW + timedelta(days=1)).replace(hour=8, minute=5)
    stage.clock.put(morning)
    await stage.fill(*(score(f"a{n}", as_of=morning, rank=n) for n in range(1, 6)))
    assert await ring(stage, morning) == 1
    await stage.deliver()
    (report,) = stage.heard()
    assert report["text"].count("15 authors") == 5 and report["text"].count("2.5× usual") == 5
    assert "since" in report["text"].splitlines()[0]


async def test_ptmagic_432_a_summary_at_the_end_of_the_day_and_none_of_the_other_messages(stage):
    await stage.answer("/subscribe")
    await stage.answer("/digest daily 22:00")
    async with stage.database.writing() as c:
        await attention.change(c, YOU, kinds=dict.fromkeys([Kind.ALERT, Kind.MARKET, Kind.UPDATE], Mode.OFF))
    kept, wants = await stage.kept(), await allowed(stage)
    assert judged([score("a1")], [narrative("a1")], [kept], allows=[wants]).firings == []
    evening = NOW.replace(hour=22, minute=0)
    before = len(stage.heard())
    stage.clock.put(evening)
    await stage.fill(score("a1", as_of=evening))
    assert await ring(stage, evening) == 1
    await stage.deliver()
    (summary,) = stage.heard()[before:]
    assert summary["text"].startswith("Digest") and "Story a1" in summary["text"]
