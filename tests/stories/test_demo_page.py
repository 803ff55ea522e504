"""`python -m bot demo` as a person meets it: the page in a browser, Ctrl-C, arguments that make no sense."""

import asyncio
import logging
import re
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import structlog
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from bot.__main__ import main
from tests.sandbox.test_telegram_page import Visitor, needs_browser
from tests.stories.processes import ROOT, start

pytestmark = pytest.mark.story
YOU = 1001
PICTURE = ROOT / "build" / "chat.png"
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
BOT = ".message.from-bot"


class Person(Visitor):
    """Somebody with a phone: writes, presses and reads what the page shows."""

    def __init__(self):
        super().__init__(PHONE["width"])
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)

    async def says(self, text):
        await self.write(text)
        await self.click("#send")

    async def reads(self, *words, patience=15):
        """The newest of the bot's messages that holds all these words."""

        def look(driver):
            shown = [each.text for each in driver.find_elements(By.CSS_SELECTOR, BOT)]
            return next((text for text in reversed(shown) if all(word in text for word in words)), None)

        wait = WebDriverWait(self.driver, patience, 0.1, [StaleElementReferenceException])
        return await asyncio.to_thread(wait.until, look, f"never read {words}")

    async def count(self):
        return await self.ask(f"document.querySelectorAll('{BOT}').length")


@pytest.fixture
async def person():
    made = await asyncio.to_thread(Person)
    yield made
    await asyncio.to_thread(made.driver.quit)


@asynccontextmanager
async def demo(*arguments, **environment):
    process = await start("bot", "demo", *arguments, **environment)
    try:
        yield process
    finally:
        await process.close()


async def page_of(process):
    line = await process.says("chat page: ")
    return re.search(r"http://[^ )]+", line)[0]


@needs_browser
async def test_a_person_asks_presses_is_alerted_and_asks_what_changed(person, tmp_path):
    async with demo("--quick", TMPDIR=str(tmp_path)) as process:
        url = await page_of(process)
        await person.go(url)
        await person.click(f'[data-chat-id="{YOU}"]')
        await person.says("/start")
        assert "Never advice to buy or sell." in await person.reads("I am INTERN")
        await process.says("try it yourself", patience=30)
        await looks_around(person)
        await is_alerted(person)
        await person.says("/digest")
        assert re.search(r"data to ([0-9]+ \w+ )?[0-9]{2}:[0-9]{2}", await person.reads("Digest · since"))
        assert await person.ask("document.documentElement.scrollWidth") == PHONE["width"]
        async with aiohttp.ClientSession() as http, http.get(f"{url}sandbox/state") as answer:
            assert (await answer.json())["violations"] == []


async def looks_around(person):
    """The list; another window in its place; a card below it."""
    await person.says("/trending")
    listed = await person.reads("Trending · 24 h")
    assert re.search(r"^1 ", listed, re.MULTILINE) and "× usual" in listed
    assert "samples, not totals" in listed
    before = await person.count()
    await person.click(".keyboard button", "7 d")
    assert "edited" in await person.reads("Trending · 7 d")
    assert await person.count() == before
    await person.click(".keyboard button", "1")
    assert "In 24 h: " in await person.reads("Earliest post found")
    assert await person.count() == before + 1
    await person.click(".keyboard button", "Details")
    assert "Against its usual: " in await person.reads("Rate: ")
    await person.click(".keyboard button", "Back")
    await person.reads("Earliest post found")
    assert await person.count() == before + 1


async def is_alerted(person):
    await person.says("/subscribe")
    await person.reads("Alerts are on.")
    alert = await person.reads("→ sent ", "Details", patience=40)
    assert re.search(r"^.+ — (new: [0-9]+ authors in .+|.+× usual)$", alert, re.MULTILINE)
    assert "Earliest found " in alert and "Why " in alert
    PICTURE.parent.mkdir(exist_ok=True)
    assert await asyncio.to_thread(person.driver.save_screenshot, str(PICTURE))


async def test_ctrl_c_leaves_nothing_behind_and_the_demo_starts_again(tmp_path):
    port, mark = free_port(), uuid4().hex
    for _ in range(2):
        async with demo("--quick", "--port", str(port), TMPDIR=str(tmp_path), DEMO_MARK=mark) as process:
            url = await page_of(process)
            assert url == f"http://127.0.0.1:{port}/" and marked_processes(mark)
            async with aiohttp.ClientSession() as http, http.get(url) as answer:
                assert answer.status == 200
            assert list(tmp_path.iterdir())
            process.process.send_signal(signal.SIGINT)
            assert await process.ended() in (0, 130), process.output
            assert "Traceback" not in process.output and "rror" not in process.output
        assert list(tmp_path.iterdir()) == []
        assert marked_processes(mark) == []
        assert free_port(port) == port


def free_port(port=0):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener.getsockname()[1]


def marked_processes(mark):
    """Processes whose environment carries `mark`: the demo and everything it may have started."""
    return [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if mark in read(path)]


def read(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # it ended, or belongs to somebody else
        return ""


DAYS = ("--from", "2025-12-13", "--to", "2025-12-21")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--posts", "missing.gz", *DAYS), "There is no posts file missing.gz"),
        (("--posts", "missing.gz"), "needs --from YYYY-MM-DD"),
        (("--posts", "missing.gz", "--from", "2025-12-13"), "needs --to YYYY-MM-DD"),
        (("--posts", "missing.gz", "--from", "13.12.2025", *DAYS[2:]), "got '13.12.2025'"),
        (("--posts", "missing.gz", "--from", "2025-12-22", *DAYS[2:]), "is before --from 2025-12-22"),
        (("--posts", "pyproject.toml", *DAYS), "has no usable post from 2025-12-13 to 2025-12-21"),
        (DAYS, "--posts"),
        (("--port", "70000"), "choose one from 1 to 65535"),
    ],
)
def test_arguments_that_make_no_sense_are_one_sentence_and_exit_code_2(
    arguments, sentence, capsys, logs_as_before
):
    assert main(["demo", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("INTERN cannot start: ") and sentence in line


@pytest.fixture
def logs_as_before():
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


async def test_a_port_somebody_else_has_is_one_sentence_and_exit_code_2():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        async with demo("--port", str(port)) as process:
            assert await process.ended() == 2
    (line,) = process.lines
    assert line.startswith(f"INTERN cannot start: The chat page cannot use port {port} ")
