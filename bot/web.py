"""The one page hosts ask for: is this process alive and does its database answer?"""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import AppClock
from core.errors import ConfigError
from storage import observations
from storage.ailments import ailment
from storage.database import Database


class Health:
    """`/healthz` on PORT: 200 with the data's age while storage answers, 503 with the reason otherwise.

    A database that can be read but not written is told with its remedy, and is no 503: a host would start the
    process again, which helps nothing and costs what the process has in hand.
    """

    def __init__(self, database: Database, clock: AppClock) -> None:
        self._db = database
        self._clock = clock
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def start(self, port: int) -> None:
        """Bind all interfaces: the port was given by a host that forwards to it."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "0.0.0.0", port).start()  # noqa: S104 — the host set PORT on purpose
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigError(
                f"PORT {port} cannot be used ({error.strerror}): set it to a free one."
            ) from None

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        now = self._clock.now()
        try:
            async with self._db.reading() as c:
                await c.execute(text("SELECT 1"))
                poll = await observations.last_good_poll(c, by=now)
        except (SQLAlchemyError, OSError) as error:
            why = ailment(error) or type(error).__name__
            return web.json_response({"ok": False, "why": why}, status=503)
        age = (now - poll.until).total_seconds() if poll else None
        trouble = {"cannot_write": self._db.trouble} if self._db.trouble else {}
        return web.json_response({"ok": True, "data_age_seconds": age} | trouble)
