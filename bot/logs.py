"""Logging from the first line: structlog, one event a line, secrets scrubbed wherever they turn up."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Iterable, MutableMapping
from typing import Any

import structlog

_MARK = "[secret]"


class Scrub:
    """Replaces every known secret in every string of an event, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((s for s in secrets if len(s) >= 6), key=len, reverse=True)

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, _MARK)
            return value
        if isinstance(value, dict):
            return {key: self._clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._clean(item) for item in value]
        return value if isinstance(value, (int, float, bool, type(None))) else self._clean(str(value))


class Ailing:
    """Tells trouble of the database as one sentence of what to do, in place of a traceback.

    Such trouble lasts, and everything comes upon it again and again: each event says it once a minute.
    """

    def __init__(self, *, every: float = 60.0) -> None:
        """`every`: seconds for which the same is not said again; 0 where nothing may be left out."""
        self._every = every
        self._said: dict[tuple[object, str], float] = {}

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        sentence = _ailment(event.get("exc_info"))
        if sentence is None:
            return event
        said, now = (event.get("event"), sentence), time.monotonic()
        if now < self._said.get(said, -math.inf) + self._every:
            raise structlog.DropEvent
        self._said[said] = now
        return {key: value for key, value in event.items() if key != "exc_info"} | {"why": sentence}


def _ailment(given: Any) -> str | None:
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if not isinstance(error, Exception):
        return None
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 — a command line that is wrong needs none of it

    from storage import ailments  # noqa: PLC0415

    sentence = ailments.ailment(error) if isinstance(error, SQLAlchemyError) else None
    if sentence is None:
        return None
    return f"{sentence}; INTERN goes on by itself" if ailments.passes(sentence) else sentence


def configure(*, level: str = "info", form: str = "console", secrets: Iterable[str] = ()) -> None:
    """Send structlog and the standard library's logging to stderr through one chain."""

    def shared(ailing: Ailing) -> list[Any]:
        return [
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            ailing,
            structlog.processors.format_exc_info,
            Scrub(secrets),
        ]

    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared(Ailing()), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared(Ailing(every=0.0)),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "aiogram.event", "aiosqlite", "aiohttp.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
