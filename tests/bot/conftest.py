"""A stage for each chat test."""

import logging

import pytest
import pytest_asyncio
import structlog

from bot import logs
from tests.bot.stage import OTHER, YOU
from tests.bot.stage import stage as open_stage
from tests.core.makers import chat, score


@pytest.fixture(autouse=True)
def logged():
    """Logs as in production, to this test's stderr."""
    before = logging.getLogger().handlers[:]
    logs.configure()
    yield
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


@pytest.fixture
def opened(tmp_path, sqlite_template):
    """Opens a stage with settings of the test's own: `async with opened(allowed_chats=(1,)) as stage`."""
    return lambda **settings: open_stage(tmp_path, sqlite_template, **settings)


@pytest_asyncio.fixture
async def stage(opened):
    async with opened() as made:
        yield made
        assert made.server.violations == []


@pytest.fixture
def hasty(monkeypatch):
    """Retries come at once."""
    monkeypatch.setattr("bot.failures._backoff", lambda _delivery: 0.0)


@pytest_asyncio.fixture
async def ready(stage, hasty):
    """YOU and OTHER want alerts, and each has one waiting."""
    stage.acts.add_private(OTHER, "Other")
    await stage.keep(chat(YOU), chat(OTHER))
    await stage.fill(score("a1"))
    await stage.fire(YOU, id="f1")
    await stage.fire(OTHER, id="f2")
    return stage
