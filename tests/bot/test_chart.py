"""[Chart] under an alert: a picture of the story's last hours, with its gaps and this chat's alerts."""

import asyncio
import struct

import pytest

from bot.charts import HEIGHT, WIDTH, Charts, draw
from bot.views import chart as view
from bot.views.alert import Chart
from core.course import Course
from core.models import QuestionKind
from storage import alerts, narratives
from tests.bot.stage import MEMBER, YOU, alert_facts
from tests.core import makers
from tests.core.makers import HOUR, NOW, chat, narrative, score, signal
from tests.storage import facts


def course(*rates, counted=False):
    """These rates, one an hour, the last of the hour that ended at NOW."""
    edges = tuple(NOW - hours * HOUR for hours in range(len(rates), -1, -1))
    return Course(edges, rates, counted)


def pictured(*rates, told=(), zone="UTC", title="Fee cut", shown=None):
    return view.picture(narrative("a1", title=title), course(*rates), shown, told, zone=zone)


def size(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


def fired(chat_id=YOU, *, id="f1", about="a1", at=NOW):
    told = alert_facts(at, narrative_id=about)
    return facts.firing(id, chat_id, at=at, narrative_id=about, facts=told)


@pytest.fixture
async def told(stage):
    """A subscribed chat that was told of `a1`; two of the story's last four hours were looked at."""
    await stage.keep(chat(YOU))
    refresh = {"kind": QuestionKind.REFRESH, "narrative_id": "a1", "tool": "x_keyword_search"}
    polls = [makers.poll(until=NOW - back * HOUR, mode="Latest", **refresh) for back in (0, 2)]
    stories = [narrative("a1", title="Fee cut", earliest_post_at=NOW - 4 * HOUR)]
    await stage.fill(score("a1"), stories=stories, polls=polls)
    await stage.join("a1", ["100", "101"])
    await stage.fire_all(fired())
    await stage.deliver()
    return stage


def photos(stage, chat_id=YOU):
    return [m for m in stage.server.messages(chat_id) if "photo" in m]


async def test_the_chart_button_answers_with_a_picture_under_the_alert(told):
    pressed = await told.presses("Chart")
    (photo,) = photos(told)
    alert = told.heard()[-1]
    assert photo["reply_to_message"]["message_id"] == alert["message_id"]
    assert photo["caption"] == "Fee cut\nPosts an hour in my sample; gaps = not observed"
    assert (photo["photo"][-1]["width"], photo["photo"][-1]["height"]) == (WIDTH, HEIGHT) == (900, 500)
    assert pressed.answer == {"text": "", "show_alert": False}


async def test_what_is_drawn_comes_from_the_log_of_observations(told, monkeypatch):
    drawn = []
    monkeypatch.setattr(Charts, "png", lambda self, picture: drawn.append(picture) or _blank())
    await told.presses("Chart")
    (picture,) = drawn
    assert picture.course.rates == (None, 0.0, None, 2.0)
    assert picture.alerts == (NOW,) and picture.usual == score("a1").baseline_per_hour


async def _blank():
    return draw(pictured(1.0))


async def test_an_alert_of_a_merged_story_shows_where_it_went_on(told):
    async with told.database.writing() as c:
        gone = narrative("b2", title="Old tale", redirect_to="a1")
        await narratives.save(c, [gone])
    await told.fire_all(fired(id="f2", about="b2"))
    await told.presses("Chart", data=Chart(firing="f2").pack())
    assert photos(told)[-1]["caption"].startswith("Fee cut")


@pytest.mark.parametrize("firing", ["never", "theirs"])
async def test_forged_or_forgotten_data_is_answered_and_draws_nothing(told, firing):
    await told.keep(chat(MEMBER))
    await told.fire_all(fired(MEMBER, id="theirs"))
    pressed = await told.presses("Chart", data=Chart(firing=firing).pack())
    assert "does not work any more" in pressed.answer["text"] and not photos(told)


async def test_a_story_nobody_looked_at_lately_has_nothing_to_draw(told):
    told.clock.move(days=3)
    assert "nothing to draw" in (await told.presses("Chart")).answer["text"]
    assert not photos(told)


async def test_only_alerts_that_were_sent_are_marked(told):
    await told.fire_all(fired(id="f2", at=NOW - HOUR))
    async with told.database.reading() as c:
        assert await alerts.told_at(c, YOU, ["a1"], since=NOW - 2 * HOUR) == [NOW]
        assert await alerts.told_at(c, YOU, ["a1"], since=NOW + HOUR) == []
        assert await alerts.told_at(c, MEMBER, ["a1"], since=NOW - HOUR) == []


def test_times_are_the_chats_and_midnight_is_a_day():
    said = [said for _, said in pictured(*[1.0] * 48, zone="Asia/Kolkata").times]
    assert len(said) == 8 and [each for each in said if ":" not in each] == ["19 Nov", "20 Nov"]
    shown = pictured(*[1.0] * 48, zone="Asia/Kolkata").times
    assert all(at.minute == 30 for at, _ in shown)


def test_an_alert_before_the_picture_begins_is_not_marked():
    assert pictured(1.0, None, told=[NOW, NOW - 3 * HOUR]).alerts == (NOW,)


def test_a_usual_rate_says_how_sure_it_is_and_of_no_confidence_there_is_none():
    known = pictured(1.0, shown=score("a1", baseline_per_hour=3.44, momentum=signal(confidence=0.6)))
    assert (known.usual, known.said_usual) == (3.4, "usual: 3.4 (fairly sure)")
    assert pictured(1.0, shown=score("a1", momentum=signal(confidence=0.0))).usual is None
    assert pictured(1.0).usual is None


@pytest.mark.parametrize("title", ["$ETH_{2} & <b>$", "今日 🔥", "a" * 300, "\u202eabc\n"])
def test_any_title_and_any_course_is_drawn(title):
    assert size(draw(pictured(None, 0.0, 2e6, None, title=title, told=[NOW]))) == (WIDTH, HEIGHT)
    assert size(draw(pictured(0.0, title=title))) == (WIDTH, HEIGHT)


async def test_equal_pictures_are_drawn_once_and_others_anew():
    charts = Charts()
    same = [charts.png(pictured(1.0, 2.0)) for _ in range(3)]
    first, *others = await asyncio.gather(*same)
    assert all(png is first for png in others)
    assert await charts.png(pictured(1.0, 3.0)) != first


def test_a_gap_does_not_look_like_a_zero():
    assert draw(pictured(4.0, None, 4.0)) != draw(pictured(4.0, 0.0, 4.0))
