"""The only place that knows what time it is.

Two times run side by side. *App time* is what users see and what cooldowns, baselines and schedules
run on; `CLOCK=<start>@<speed>` makes it faster or historical. *Real time* serves leases and retry waits,
which concern machines and networks.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from core.errors import ConfigError

_SPEC = re.compile(r"^(?P<start>[^@]+)@(?P<speed>[0-9]+(\.[0-9]+)?)$")


class AppClock:
    """App time: the wall clock, or in a replay a start, a speed and pauses.

    A replay clock halts while anybody holds it (`hold`), so nothing expires because the machine is slow.
    """

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        self.replay = start is not None
        self._start = start or datetime.now(UTC)
        self._speed = speed
        self._anchor = time.monotonic()
        self._holders = 0

    @classmethod
    def parse(cls, spec: str | None) -> AppClock:
        """`2026-11-20T00:00:00Z@3600` → a clock that starts there and runs an hour a second.

        Raises ConfigError with the sentence to show when the text is anything else.
        """
        if not spec:
            return cls()
        match = _SPEC.match(spec.strip())
        try:
            start = datetime.fromisoformat(match["start"]) if match else None
        except ValueError:
            start = None
        if match is None or start is None:
            raise ConfigError(
                f"CLOCK is {spec!r}: write <start>@<speed>, for example 2026-11-20T00:00:00Z@60, "
                "or leave it out to use the real time."
            )
        start = start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)
        return cls(start, float(match["speed"]))

    def now(self) -> datetime:
        """App time, UTC."""
        if not self.replay:
            return datetime.now(UTC)
        if self._holders:
            return self._start
        return self._start + timedelta(seconds=(time.monotonic() - self._anchor) * self._speed)

    @property
    def speed(self) -> float:
        """App seconds per real second (while nobody holds the clock)."""
        return self._speed

    def run_at(self, speed: float) -> None:
        """Change a replay's speed from now on."""
        self._rebase()
        self._speed = speed

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Stop a replay's clock while the block runs; on the real clock this does nothing."""
        self._rebase()
        self._holders += 1
        try:
            yield
        finally:
            self._rebase()
            self._holders -= 1

    def _rebase(self) -> None:
        if self.replay:
            self._start, self._anchor = self.now(), time.monotonic()


def real_now() -> datetime:
    """The machine's wall clock, UTC: for leases and retry times, never for what users see."""
    return datetime.now(UTC)
