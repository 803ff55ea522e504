"""What the operator is told unasked: by name, once a day, in words that say what to do."""

import asyncio

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.notices import Notices
from bot.sources.grok.restraint import KEPT, OVERRUNS
from bot.views import notice
from core.errors import CapReached, Misconfigured, OutOfCredit
from core.models import DeliveryKind, DeliveryState
from storage import chats
from tests.bot.grok_fixtures import ago, claim, question, response, usage
from tests.bot.grok_opened import CHAIN, opened
from tests.bot.grok_server import serving
from tests.bot.stage import ADMIN, YOU
from tests.core.makers import NOW

GOOD = web.json_response(response({"posts": [claim(ago(5))]}, [ago(5)]))
NO_CREDIT = web.json_response(
    {"code": "x", "error": "Your team has either used all available credits or reached its limit."},
    status=429,
)
BAD_KEY = web.json_response({"code": "y", "error": "Incorrect API key provided: xai-****."}, status=400)
NO_MODEL = web.json_response({"code": "not-found", "error": "The model does not exist."}, status=404)


def notices(stage, *admins):
    return Notices(stage.database, stage.clock, admins or (YOU,), stage.sender.wake)


# --- on the way to the admins


async def test_an_admin_hears_of_a_matter_once_a_day(stage):
    await stage.says("/help")
    told = notices(stage)
    for _ in range(3):
        await told.tell("out of credit", {"why": "The xAI account is out of credit."})
    await told.tell("overrun", {"asked": 10})
    await stage.deliver()
    said = [m["text"] for m in stage.heard()[1:]]
    assert len(said) == 2 and "top it up at console.x.ai" in said[0] and "half as many" in said[1]
    stage.clock.move(hours=13)  # past midnight UTC
    await notices(stage).tell("out of credit", {})
    await stage.deliver()
    assert [d.state for d in await stage.pushes()] == [DeliveryState.SENT] * 3
    assert {d.kind for d in await stage.pushes()} == {DeliveryKind.NOTICE}


async def test_two_processes_that_notice_the_same_tell_it_once(stage):
    await stage.says("/help")
    await asyncio.gather(*(notices(stage).tell("daily cap reached", {}) for _ in range(5)))
    (planned,) = await stage.pushes()
    assert planned.cause == f"notice:daily cap reached:{NOW:%Y-%m-%d}"


async def test_who_never_wrote_cannot_be_told_and_the_log_says_so_once(stage):
    await stage.says("/help")
    told = notices(stage, ADMIN, YOU)
    with capture_logs() as events:
        await told.tell("overrun", {})
        await told.tell("misconfigured", {})
    assert [e["admin"] for e in events if "admin" in e] == [ADMIN]
    assert await stage.pushes(ADMIN) == [] and len(await stage.pushes(YOU)) == 2


async def test_nobody_to_tell_is_no_trouble(stage):
    await Notices(stage.database, stage.clock, (), stage.sender.wake).tell("overrun", {})
    assert await stage.pushes() == []


async def test_a_database_that_fails_does_not_stop_whoever_noticed_something(stage, monkeypatch):
    async def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(chats, "get", broken)
    with capture_logs() as events:
        await notices(stage).tell("overrun", {})
    assert [e["event"] for e in events] == ["notice not planned"]


async def test_an_old_notice_is_not_sent(stage):
    await stage.says("/help")
    await notices(stage).tell("overrun", {})
    stage.clock.move(hours=12, seconds=1)
    await stage.deliver()
    assert [d.state for d in await stage.pushes()] == [DeliveryState.EXPIRED]


# --- in words


@pytest.mark.parametrize(
    ("what", "to_do"),
    [
        ("overrun", "/cost"),
        ("overrun over", "as before"),
        ("out of credit", "top it up at console.x.ai"),
        ("misconfigured", "python -m bot check"),
        ("hourly cap reached", "next hour"),
        ("daily cap reached", "grok.daily_usd"),
        ("monthly cap reached", "grok.monthly_usd"),
    ],
)
def test_every_notice_says_what_it_means_and_fits_a_phone(what, to_do):
    text, keyboard = notice.render({"what": what}, zone="Europe/Berlin", now=NOW)
    assert to_do in text and "13:00" in text and keyboard is None
    assert len(text) < 320 and text.count("\n") == 1


def test_what_came_from_outside_is_no_markup():
    facts = {
        "what": "fallback",
        "model": "<b>grok",
        "instead_of": "t.me/x",
        "why": "see https://evil.example",
    }
    text, _ = notice.render(facts, zone="UTC", now=NOW)
    assert "&lt;b&gt;grok" in text and "https://" not in text and "t.me/x" not in text
    assert "&lt;i&gt;" in notice.render({"what": "<i>new"}, zone="UTC", now=NOW)[0]


# --- what Grok's source tells


class Heard(list):
    async def __call__(self, what, facts):
        self.append((what, facts))

    @property
    def names(self):
        return [what for what, _ in self]


@pytest.mark.parametrize(
    ("answer", "error", "what"),
    [(NO_CREDIT, OutOfCredit, "out of credit"), (BAD_KEY, Misconfigured, "misconfigured")],
)
async def test_no_credit_and_a_bad_key_are_told(database, answer, error, what):
    heard = Heard()
    async with serving(answer) as server, opened(database, server, tell=heard) as source:
        for _ in range(2):  # the second time the breaker answers
            with pytest.raises(error):
                await source.ask(question())
    assert heard.names == [what, what] and len(server.requests) == 1
    assert "xai-key" not in str(heard)


async def test_a_cap_that_is_reached_is_told_by_its_name(database):
    heard = Heard()
    async with serving(GOOD) as server, opened(database, server, daily_usd=0.05, tell=heard) as source:
        with pytest.raises(CapReached):
            await source.ask(question())
    assert heard.names == ["daily cap reached"] and server.requests == []


async def test_a_model_that_stands_in_is_told(database):
    heard = Heard()
    async with (
        serving(NO_MODEL, GOOD) as server,
        opened(database, server, fallbacks=CHAIN, tell=heard) as source,
    ):
        await source.ask(question())
    ((what, facts),) = heard
    assert what == "fallback" and (facts["instead_of"], facts["model"]) == ("grok-4.3", "grok-4.7")


async def test_halved_limits_are_told_and_so_is_their_end(database):
    fetched = {"x_search_calls": 1, "x_posts_fetched": 21}
    greedy = response({"posts": []}, [ago(5)], usage=usage(server_side_tool_usage_details=fetched))
    heard = Heard()
    async with serving(web.json_response(greedy)) as server, opened(database, server, tell=heard) as source:
        for _ in range(OVERRUNS):
            assert heard == []
            await source.ask(question())
    assert heard == [("overrun", {"asked": 10})]
    heard.clear()
    async with serving(GOOD) as server, opened(database, server, tell=heard) as calm:
        calm._restraint = source._restraint
        for _ in range(KEPT):
            await calm.ask(question())
    assert heard.names == ["overrun over"]


async def test_a_good_answer_tells_nothing(database):
    heard = Heard()
    async with serving(GOOD) as server, opened(database, server, fallbacks=CHAIN, tell=heard) as source:
        await source.ask(question())
    assert heard == []
