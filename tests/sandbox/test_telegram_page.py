"""The chat page: what it is made of, what it is told, and how it behaves in a browser."""

import asyncio
import json
import re
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from aiogram.types import BotCommand, BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from bot.sandbox.telegram import backstage
from bot.sandbox.telegram.bell import Bell

from .telegram_stage import ADMIN, GROUP, MEMBER, YOU, png, stage

PAGE = Path(__file__).parents[2] / "bot" / "sandbox" / "page"
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = """
headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking
disable-component-update disable-sync
"""
KEYS = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Why", callback_data="why:1")]])
NASTY = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


async def test_the_page_allows_no_scripts_but_its_own():
    async with stage() as s:
        for path in ("/", "/page/app.js", "/sandbox/chats"):
            response = await s.http.get(s.url(path))
            assert response.status == 200
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy


def test_the_page_needs_nothing_from_outside_and_builds_no_markup_from_text():
    names = {path.name for path in PAGE.iterdir()}
    for path in PAGE.iterdir():
        source = path.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source), path
        assert not re.search(r"(src|href)=\"https?:|url\(|@import", source), path
        for imported in re.findall(r"from \"\./([a-z.]+)\"|/page/([a-z.]+)\"", source):
            assert "".join(imported) in names


async def test_the_page_can_be_left_out():
    async with stage(page=False) as s:
        assert (await s.http.get(s.url("/"))).status == 404
        assert (await s.http.get(s.url("/sandbox/state"))).status == 200


async def test_the_stream_tells_what_happens():
    async with stage() as s, s.http.get(s.url("/sandbox/events")) as stream:
        sent = await s.bot.send_message(YOU, "one", reply_markup=KEYS)
        await s.bot.edit_message_text("two", chat_id=YOU, message_id=sent.message_id)
        await s.bot.delete_message(YOU, sent.message_id)
        events = _events(stream)
        told = [await anext(events) for _ in range(3)]
        await events.aclose()
        assert [each["kind"] for each in told] == ["message", "edited", "deleted"]
        assert told[1]["message"]["text"] == "two"


async def test_stopping_ends_the_stream():
    async with stage() as s, s.http.get(s.url("/sandbox/events")) as stream:
        await s.server.stop()
        assert b"data:" not in await asyncio.wait_for(stream.content.read(), 5)


async def test_a_quiet_stream_shows_signs_of_life(monkeypatch):
    monkeypatch.setattr(backstage, "HEARTBEAT", 0.01)
    async with stage() as s, s.http.get(s.url("/sandbox/events")) as stream:
        await asyncio.wait_for(stream.content.readuntil(b": quiet\n\n"), 5)


async def test_a_page_that_lags_too_far_behind_is_told_to_start_anew():
    bell = Bell()
    with bell.listen() as queue:
        for number in range(1001):
            bell.ring({"kind": "message", "number": number})
        told = [queue.get_nowait() for _ in range(queue.qsize())]
    assert len(told) == 1001
    assert told[-1] is None


async def test_each_person_is_offered_the_commands_of_the_narrowest_scope():
    async with stage() as s:
        await s.raw("setMyCommands", commands=[{"command": "start", "description": "d"}])
        scope = {"type": "all_chat_administrators"}
        await s.raw("setMyCommands", commands=[{"command": "settings", "description": "d"}], scope=scope)
        world = await (await s.http.get(s.url("/sandbox/chats"))).json()
        offered = {
            (chat["id"], person["id"]): [each["command"] for each in person["commands"]]
            for chat in world["chats"]
            for person in chat["people"]
        }
        assert offered == {(YOU, YOU): ["start"], (GROUP, ADMIN): ["settings"], (GROUP, MEMBER): ["start"]}


async def _events(stream):
    async for line in stream.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


# --- in a browser -------------------------------------------------------------------------------------

needs_browser = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="chromium or chromedriver is not installed"
)


class Visitor:
    """Somebody with the page open; every call runs beside the event loop."""

    def __init__(self, width):
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for flag in FLAGS.split():
            options.add_argument(f"--{flag}")
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        size = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    async def go(self, url):
        await asyncio.to_thread(self.driver.get, url)

    async def see(self, selector, text=""):
        """The first element that matches and contains the text, as soon as there is one."""

        def look(driver):
            found = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((each for each in found if text in each.text and each.is_displayed()), None)

        wait = WebDriverWait(self.driver, 10, poll_frequency=0.05)
        return await asyncio.to_thread(wait.until, look, f"{selector} {text}")

    async def click(self, selector, text=""):
        while True:  # the page may draw a message anew between the look and the press
            element = await self.see(selector, text)
            with suppress(StaleElementReferenceException):
                return await asyncio.to_thread(element.click)

    async def write(self, text):
        field = await self.see("#text")
        await asyncio.to_thread(field.send_keys, text)

    async def ask(self, script):
        return await asyncio.to_thread(self.driver.execute_script, f"return {script}")


@pytest.fixture
async def visit():
    """Open the page at a width; quits the browsers at the end."""
    visitors = []

    async def open_page(s, width=1000):
        visitors.append(await asyncio.to_thread(Visitor, width))
        await visitors[-1].go(s.server.page_url)
        return visitors[-1]

    yield open_page
    for visitor in visitors:
        await asyncio.to_thread(visitor.driver.quit)


@needs_browser
async def test_a_visitor_writes_presses_and_sees_answers_and_edits_live(visit):
    async with stage() as s:
        await s.bot.set_my_commands([BotCommand(command="trending", description="What moves now")])
        page = await visit(s)
        await page.click(f'[data-chat-id="{YOU}"]')
        await page.write("/tre")
        await page.click("#suggestions li", "/trending")
        await page.click("#send")
        await s.server.wait_for(lambda: s.server.messages(YOU))
        assert s.server.messages(YOU)[0]["text"] == "/trending"
        sent = await s.bot.send_message(YOU, "<b>Wallet X</b> drained", parse_mode="HTML", reply_markup=KEYS)
        await page.see(f'.message.from-bot[data-message-id="{sent.message_id}"] strong', "Wallet X")
        await page.click(".keyboard button", "Why")
        await s.server.wait_for(lambda: s.server.desk.presses)
        await s.bot.answer_callback_query("1", text="Two auditors confirm")
        await page.see("#toast", "Two auditors confirm")
        await s.bot.edit_message_text("Quiet again", chat_id=YOU, message_id=sent.message_id)
        await page.see(f'[data-message-id="{sent.message_id}"]', "Quiet again")
        await page.see(".edited", "edited")
        await page.see(".foot time", "12:00")


@needs_browser
async def test_a_visitor_writes_as_admin_or_member_and_sees_what_is_unread(visit):
    async with stage() as s:
        page = await visit(s)
        await page.click(f'[data-chat-id="{GROUP}"]')
        await page.click("#write-as label", "Member")
        await page.write("/why\n")
        await s.server.wait_for(lambda: s.server.messages(GROUP))
        assert s.server.messages(GROUP)[0]["from"]["id"] == MEMBER
        await page.see(".message", "/why")
        await s.bot.send_message(YOU, "news")
        await page.see(f'[data-chat-id="{YOU}"] .badge', "1")
        assert await page.ask("document.title") == "(1) INTERN · sandbox chat"


@needs_browser
async def test_foreign_text_never_becomes_markup(visit):
    async with stage() as s:
        await s.bot.send_message(YOU, NASTY)
        await s.bot.send_message(YOU, '<a href="https://x.com/i/status/1">¹</a>', parse_mode="HTML")
        page = await visit(s)
        await page.see(".message .words", "<img src=x")
        assert await page.ask("document.querySelectorAll('.message img, .message script').length") == 0
        link = await page.see(".words a")
        assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")


@needs_browser
async def test_a_phone_shows_one_thing_at_a_time_and_nothing_sticks_out(visit):
    async with stage() as s:
        photo = BufferedInputFile(png(900, 500), "chart.png")
        await s.bot.send_photo(YOU, photo, caption="x" * 300, reply_markup=KEYS)
        page = await visit(s, width=320)
        await page.see("#chats")
        assert not await page.ask("document.querySelector('main').checkVisibility()")
        await page.click(f'[data-chat-id="{YOU}"]')
        await page.see(".picture")
        assert await page.ask("document.documentElement.scrollWidth") == 320
        await page.click("#back")
        await page.see("#chats")
        assert await page.ask("document.documentElement.scrollWidth") == 320
