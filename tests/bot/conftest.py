"""A stage for each chat test."""

import logging

import pytest
import pytest_asyncio
import structlog

from bot import logs
from tests.bot.stage import stage as open_stage


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
