"""`python -m bot check` against servers on loopback: every case is told in plain words and the right code."""

import asyncio
import io
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.__main__ import main
from bot.check import check
from bot.clock import AppClock
from bot.sandbox.telegram import TelegramServer
from bot.sandbox.telegram.faults import Fault
from bot.sandbox.world import simulated_world
from bot.sandbox.x import XServer
from bot.sandbox.xai import XaiServer
from bot.settings import Settings, load
from bot.views import language
from bot.views.check import WIDTH, Finding, Mark, render
from core.models import SpendEntry
from storage import spend
from storage.database import Database
from storage.migrate import migrate
from tests.bot.grok_fixtures import response
from tests.bot.grok_server import serving
from tests.bot.test_language import Marking, unmarked

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORLD = simulated_world(seed=3, start=NOW - timedelta(days=1), days=1.1)
KEY = "xai-a-key-nobody-may-see"
TOKEN = "42:a-token-nobody-may-see"
BEARER = "AAAA-a-token-nobody-may-see"
CLOCK = "2026-11-20T12:00:00Z@0"
MARKS = tuple(Mark)
USD = 10**10  # ticks
UNTRIED_ALL = "– not tried: key, credit, model, X search, structured output, citations, bill"


@pytest.fixture
async def xai():
    server = await XaiServer.start(world=WORLD, now=lambda: NOW, api_key=KEY)
    yield server
    await server.stop()


@pytest.fixture
async def x():
    server = await XServer.start(world=WORLD, now=lambda: NOW, bearer=BEARER)
    yield server
    await server.stop()


@pytest.fixture
async def telegram():
    server = await TelegramServer.start(token=TOKEN, now=lambda: NOW, page=False)
    yield server
    await server.stop()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'intern.db'}"


@pytest.fixture
def environment(xai, x, telegram, url):
    return {
        "BOT_TOKEN": TOKEN,
        "XAI_API_KEY": KEY,
        "DATABASE_URL": url,
        "XAI_BASE_URL": xai.base,
        "X_BASE_URL": x.base,
        "OEMBED_BASE_URL": x.base,
        "TELEGRAM_API_BASE": telegram.base,
        "CLOCK": CLOCK,
    }


@pytest.fixture
def run(environment, monkeypatch, capsys):
    """`await run(GROK__MODEL="x")`: the exit code and the lines of stdout."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    async def checked(**changed):
        for name, value in (environment | changed).items():
            monkeypatch.setenv(name, value)
        code = await asyncio.to_thread(main, ["check"])
        out, err = capsys.readouterr()
        assert not any(secret in out + err for secret in (KEY, TOKEN, BEARER, "hunter2"))
        assert "Traceback" not in err
        lines = out.splitlines()
        assert all(len(line) <= WIDTH for line in lines)
        return code, lines

    return checked


def told(lines, mark):
    return [line for line in lines if line.startswith(mark)]


@asynccontextmanager
async def opened(url):
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def booked(url):
    """Ticks spent, and how many reservations are open."""
    async with opened(url) as database, database.reading() as c:
        return await spend.spent(c, since=NOW - timedelta(days=1)), len(await spend.open_reservations(c))


async def test_where_everything_works_each_thing_is_one_line_and_the_code_is_0(
    run, xai, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    code, lines = await run(DATABASE_URL="sqlite:///intern.db")
    (call,) = xai.calls
    usd = f"${call.billed_ticks / USD:.4f}"
    assert lines == [
        "✓ database ready: SQLite file intern.db",
        "✓ Telegram accepts BOT_TOKEN: the bot is @intern_sandbox_bot",
        "✓ X's embed service answers: posts that chats are shown can be looked up",
        "✓ xAI accepts the key",
        "✓ the xAI account has credit",
        "✓ grok-4.3 answers",
        "✓ X search ran once, as asked",
        "✓ structured output works together with X search",
        "✓ citations came: 1 post can be checked",
        f"✓ spending works: the bill of {usd} came and is booked",
        f"– this check cost {usd}; spent today: {usd}",
        "– a day costs up to $9.60: (6 questions × 24 turns + 8 extras + 8 backfills) × $0.060 (10 posts)",
        "– the cap is $10.00 a day; once reached, no calls until 00:00 UTC, and chats see why",
        "– $8.00 of it is for INTERN's own questions: where they cost more, it asks less often",
        "✓ everything works",
    ]
    assert code == 0 and len(call.returned_ids) == 1
    assert call.billed_ticks < 0.02 * USD
    assert await booked("sqlite:///intern.db") == (call.billed_ticks, 0)


async def test_a_bad_key_is_named_and_nothing_is_spent(run, url):
    code, lines = await run(XAI_API_KEY="xai-another-key-nobody-may-see")
    assert code == 1 and told(lines, "✗") == [
        "✗ xAI refuses XAI_API_KEY → create a new key or mend its rights at console.x.ai",
        "✗ 1 thing does not work",
    ]
    assert "– not tried: credit, model, X search, structured output, citations, bill" in lines
    assert "xAI accepts the key" not in "".join(lines) and await booked(url) == (0, 0)
    assert any(line.startswith("– a day costs") for line in lines)


@pytest.mark.parametrize("status", [429, 403])
async def test_no_credit_is_told_apart_from_a_bad_key(run, xai, url, status):
    xai.faults.add("out_of_credit", status=status, count=None)
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ the xAI account is out of credit → add credit or raise its limit at console.x.ai"
    ]
    assert "✓ xAI accepts the key" in lines and len(xai.calls) == 1 and await booked(url) == (0, 0)


async def test_an_unknown_model_is_named(run, xai, url):
    code, lines = await run(GROK__MODEL="grok-99")
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ xAI does not know grok-99 → set grok.model to one it offers, or mend XAI_BASE_URL"
    ]
    assert "✓ xAI accepts the key" in lines and len(xai.calls) == 1 and await booked(url) == (0, 0)
    assert "! no price is known for grok-99: reckoned with those of the dearest known model" in lines


async def test_a_refused_schema_is_found_out_with_one_more_call(run, xai, url):
    xai.binds_searches = False
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ grok-4.3 refuses structured output with X search, JSON in words works → change grok.model"
    ]
    assert {"✓ xAI accepts the key", "✓ grok-4.3 answers", "✓ X search ran once, as asked"} <= set(lines)
    assert [call.status for call in xai.calls] == [400, 200] and await booked(url) == (xai.billed_ticks, 0)


async def test_a_silently_replaced_model_is_a_warning(run, xai):
    xai.served_model = "grok-4.7"
    code, lines = await run(GROK__DAILY_USD="20")
    assert code == 0 and told(lines, "!") == [
        "! grok-4.3 was asked, grok-4.7 answered: figures of different models do not mix",
        "! everything works, with 1 warning",
    ]
    assert any(line.startswith("– a day costs up to $11.04: (6 ") for line in lines)  # at its prices


async def test_a_retired_model_is_served_by_another_and_that_is_said(run):
    code, lines = await run(GROK__MODEL="grok-4-fast-reasoning")
    assert code == 0 and "! grok-4-fast-reasoning was asked, grok-4.3 answered:" in "\n".join(lines)


async def test_a_refused_telegram_token_does_not_stop_the_rest(run, url):
    code, lines = await run(BOT_TOKEN="42:another-token-nobody-may-see")
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ Telegram refuses BOT_TOKEN → ask @BotFather for the current token"
    ]
    assert "✓ X search ran once, as asked" in lines


async def test_telegram_out_of_reach_is_said(run, telegram):
    await telegram.stop()
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ Telegram is out of reach → check the network and TELEGRAM_API_BASE, then run this again"
    ]


async def test_an_odd_telegram_is_said(run, telegram):
    telegram.faults.add(Fault(kind="bad_gateway", method="getMe", times=None))
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[0].startswith("✗ Telegram answers oddly (ClientDecodeError) →")


async def test_xai_out_of_reach_costs_nothing_and_is_said(run, xai, url):
    await xai.stop()
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ xAI is out of reach → try again in a minute; check the network and XAI_BASE_URL"
    ]
    assert UNTRIED_ALL in lines and await booked(url) == (0, 0)


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "unavailable"])
async def test_a_busy_xai_is_asked_once_and_said(run, xai, url, fault):
    xai.faults.add(fault, count=None)
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[0].startswith("✗ xAI is busy or has trouble (HTTP ")
    assert len(xai.calls) == 1 and await booked(url) == (0, 0)


@pytest.mark.parametrize("fault", ["reset", "broken_body"])
async def test_a_lost_answer_stays_booked_and_the_cost_says_so(run, xai, url, fault):
    xai.faults.add(fault)
    code, lines = await run()
    assert code == 1 and len(xai.calls) == 1 and await booked(url) == (0.02 * USD, 1)
    assert "– this check cost at most $0.0200 (an answer was lost); spent today: $0.0200" in lines


async def test_a_reached_cap_forbids_the_test_and_says_what_was_spent(run, xai, url):
    await migrate(url)
    earlier = SpendEntry(id="1", at=NOW, purpose="discover", reserved_ticks=round(9.99 * USD))
    async with opened(url) as database, database.durable() as c:
        await spend.reserve(c, earlier)
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ $9.99 of today's cap of $10.00 is spent: no room to test → raise grok.daily_usd"
    ]
    assert UNTRIED_ALL in lines and xai.calls == []
    assert "– this check cost $0.0000; spent today: $9.9900" in lines


async def test_a_cap_that_holds_one_call_is_not_overdrawn_by_the_second(run, xai, url):
    xai.binds_searches = False
    code, lines = await run(GROK__DAILY_USD="0.025")  # a fifth of it is not for INTERN's own calls
    assert code == 1 and await booked(url) == (xai.billed_ticks, 0) and xai.billed_ticks <= 0.02 * USD
    assert told(lines, "✗")[0].startswith("✗ grok-4.3 refuses structured output")


async def test_an_ungrounded_answer_is_no_search(run, xai):
    xai.faults.add("ungrounded")
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [
        "✗ no X search was made, so nothing in the answer counts → try another grok.model",
        "✗ posts came without citations, so none counts → run this again, or change grok.model",
    ]


async def test_a_model_that_searches_on_and_on_is_cut_off_and_said(run, xai, url):
    xai.faults.add("excess_searches")
    code, lines = await run()
    assert code == 1 and "search number 3" in told(lines, "✗")[0]
    assert {"✓ xAI accepts the key", "✓ the xAI account has credit"} <= set(lines)
    assert (await booked(url))[0] >= 0.02 * USD


async def test_without_a_stream_too_many_searches_are_a_warning(run, xai, url):
    xai.faults.add("excess_searches")
    code, lines = await run(GROK__STREAM="false")
    assert code == 0 and told(lines, "!")[:-1] == [
        "! X search ran, but not as asked: 3 searches instead of 1, 3 posts instead of 1",
        f"! the bill of ${xai.billed_ticks / USD:.4f} is higher than the $0.0200 set aside; it is booked",
    ]
    assert await booked(url) == (xai.billed_ticks, 0)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            "broken_text",
            "✗ the answer does not keep the form asked for → run this again, or change grok.model",
        ),
        (
            "incomplete",
            "✗ the answer broke off (incomplete) → run this again; if it stays, change grok.model",
        ),
        ("failed", "✗ the answer broke off (failed) → run this again; if it stays, change grok.model"),
    ],
)
async def test_a_useless_answer_is_paid_and_said(run, xai, url, fault, sentence):
    xai.faults.add(fault)
    code, lines = await run()
    assert code == 1 and told(lines, "✗")[:-1] == [sentence]
    assert await booked(url) == (xai.billed_ticks, 0)


async def scripted(run, answer):
    async with serving(web.json_response(answer)) as server:
        return await run(XAI_BASE_URL=server.base)


async def test_another_query_is_not_what_was_asked(run):
    _, lines = await scripted(run, response({"narratives": [], "other": []}))
    assert "! X search ran, but not as asked: 2 posts instead of 1, another query" in lines


async def test_fetched_posts_without_citations_count_for_nothing(run):
    code, lines = await scripted(run, response({"narratives": [], "other": []}))
    assert code == 1
    assert "✗ posts came without citations, so none counts → run this again, or change grok.model" in lines


async def test_an_answer_without_a_bill_is_reckoned_and_said(run, url):
    answer = response({"narratives": [], "other": []}, ["1346889436626259968"])
    del answer["usage"]["cost_in_usd_ticks"]
    code, lines = await scripted(run, answer)
    ticks, pending = await booked(url)
    assert f"! the answer names no bill: booked with ${ticks / USD:.4f} of our own reckoning" in lines
    assert code == 0 and ticks > 0 and pending == 0


async def test_an_empty_search_proves_nothing_about_citations(run):
    past = simulated_world(seed=3, start=NOW - timedelta(days=9), days=1)
    empty = await XaiServer.start(world=past, now=lambda: NOW, api_key=KEY)
    code, lines = await run(XAI_BASE_URL=empty.base)
    await empty.stop()
    assert code == 0
    assert "! the search found no post, so citations could not be seen → run this again" in lines


async def test_what_a_stranger_answers_is_one_wrapped_line_without_controls(run):
    body = {"error": f"\x1b[31mno\n{KEY} " + "very " * 60}
    async with serving(web.json_response(body, status=400)) as server:
        code, lines = await run(XAI_BASE_URL=server.base)
    assert code == 1 and "\x1b" not in "".join(lines)
    assert all(line.startswith((*MARKS, "  ")) for line in lines)


async def test_a_cap_below_the_plan_says_how_much_of_it_can_be_asked(run):
    code, lines = await run(GROK__DAILY_USD="6")
    assert code == 0 and "! the cap pays for about 50% of that: INTERN asks less often" in "\n".join(lines)


@pytest.mark.parametrize(("daily", "said"), [("12", False), ("11.9", True), ("9.59", False)])
async def test_what_is_left_of_the_cap_for_its_own_questions_is_told_where_it_binds(run, daily, said):
    _, lines = await run(GROK__DAILY_USD=daily)
    assert any("is for INTERN's own questions" in line for line in lines) == said


async def test_a_token_for_xs_counts_is_tried_by_one_request_that_is_booked(run, x, xai, url):
    code, lines = await run(X_BEARER_TOKEN=BEARER)
    (call,) = (call for call in x.calls if call.door == "counts")
    assert code == 0 and call.billed_ticks == 0.005 * USD and call.params["query"].endswith("-is:retweet")
    assert "✓ X's counts work: X accepts X_BEARER_TOKEN ($0.0050, booked)" in lines
    assert await booked(url) == (xai.billed_ticks + call.billed_ticks, 0)
    assert "– $1.44 of it are X's counts: 12 requests × 24 turns, half a cent each" in lines
    assert any(line.startswith("– a day costs up to $11.04: (6 ") for line in lines)


async def test_without_a_token_counts_are_not_mentioned(run, x):
    _, lines = await run()
    assert "X's counts" not in "\n".join(lines) and [call.door for call in x.calls] == ["oembed"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("unauthorized", "✗ X's counts: X refuses X_BEARER_TOKEN (HTTP 401): put the app's bearer token"),
        ("out_of_credit", "✗ X's counts: The X API account is out of credit: add credit or raise its cap"),
        ("server_error", "✗ X's counts: X is busy or has trouble (HTTP 500)."),
    ],
)
async def test_counts_that_do_not_work_are_named_and_the_rest_is_tried(run, x, xai, url, fault, said):
    x.faults.add(fault, count=None, door="counts")
    code, lines = await run(X_BEARER_TOKEN=BEARER)
    assert code == 1 and told(lines, "✗")[0].startswith(said)
    assert "✓ X search ran once, as asked" in lines and await booked(url) == (xai.billed_ticks, 0)
    assert [call.door for call in x.calls].count("counts") == 1


async def test_where_the_cap_is_reached_counts_are_not_tried(run, x):
    code, lines = await run(X_BEARER_TOKEN=BEARER, GROK__DAILY_USD="0")
    assert code == 1 and any(line.startswith("! X's counts were not tried: ") for line in lines)
    assert [call.door for call in x.calls] == ["oembed"]


async def test_a_look_up_that_does_not_work_is_only_a_warning(run, x):
    x.faults.add("unavailable", count=None, door="oembed")
    code, lines = await run()
    assert code == 0 and told(lines, "!")[0].startswith(
        "! X's embed service does not find X's own first post"
    )


async def test_a_look_up_that_is_off_is_said_and_not_tried(run, x):
    code, lines = await run(CONFIRM__LOOK_UP="false")
    assert code == 0 and "– the look-up of posts is off (confirm.look_up)" in lines and x.calls == []


async def test_the_cost_of_a_day_follows_the_configuration(run):
    _, lines = await run(
        CYCLE__EVERY_MINUTES="180",
        CYCLE__REFRESH_PER_CYCLE="3",
        CYCLE__POSTS_PER_SEARCH="5",
        CYCLE__EXTRAS_PER_DAY="2",
        CYCLE__BACKFILLS_PER_DAY="0",
        CYCLE__LANGUAGES='["en"]',
    )
    assert (
        "– a day costs up to $1.19: (4 questions × 8 turns + 2 extras + 0 backfills) × $0.035 (5 posts)"
        in lines
    )


async def test_no_database_no_spending_but_the_rest_is_told(run, xai, tmp_path):
    (tmp_path / "file").write_text("no folder")
    broken = f"sqlite:///{tmp_path / 'file' / 'intern.db'}"
    code, lines = await run(DATABASE_URL=broken, X_BEARER_TOKEN=BEARER)
    assert code == 1 and told(lines, "✗")[0].startswith("✗ database: DATABASE_URL: the folder")
    assert UNTRIED_ALL in lines and xai.calls == []
    assert "– not tried: X's counts" in lines
    assert "✓ Telegram accepts BOT_TOKEN: the bot is @intern_sandbox_bot" in lines


@pytest.mark.parametrize(
    "changed",
    [{"BOT_TOKEN": "nonsense"}, {"DATABASE_URL": "mysql://u:hunter2@h/d"}, {"CLOCK": "soon"}],
)
async def test_a_bad_setting_is_code_2_before_anything_is_tried(run, xai, changed):
    assert await run(**changed) == (2, []) and xai.calls == []


async def test_it_runs_as_a_process_whose_output_knows_no_marks(environment, xai):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot", "check"],
        cwd=Path(__file__).parents[2],
        env=kept | environment | {"PYTHONIOENCODING": "ascii"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    lines = done.stdout.decode("ascii").splitlines()
    assert done.returncode == 0 and lines[-1] == "OK everything works", done.stderr.decode()
    assert any("(6 questions x 24 turns + 8 extras + 8 backfills) x $0.060" in line for line in lines)


def test_a_long_line_is_wrapped_and_a_short_one_is_not():
    short = render(Finding(Mark.GOOD, "fine"))
    long = render(Finding(Mark.BAD, "x" * 150 + " and more")).splitlines()
    assert short == "✓ fine" and len(long) > 1 and all(len(line) <= WIDTH for line in long)
    assert render(Finding(Mark.BAD, "a → b"), "ascii") == "NO a -> b"


@pytest.mark.parametrize("counts", [BEARER, "another"])
@pytest.mark.parametrize("trouble", [None, "ungrounded", "excess_searches", "out_of_credit", "failed"])
async def test_every_sentence_can_be_translated(environment, monkeypatch, xai, trouble, counts):
    monkeypatch.setattr(language, "_catalogue", lambda _language: Marking())
    for name, value in (environment | {"X_BEARER_TOKEN": counts}).items():
        monkeypatch.setenv(name, value)
    if trouble:
        xai.faults.add(trouble)
    out = io.StringIO()
    await check(load(), AppClock.parse(CLOCK), out)
    assert all(line[2] == "⟦" for line in out.getvalue().splitlines() if not line.startswith("  "))
    assert not set(unmarked(out.getvalue().replace("\n ", ""))) & set("abcdefghijklmnopqrstuvwxyz")
