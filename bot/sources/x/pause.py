"""A rest after a failure: nobody is asked who could only fail again.

Pure: `now` is any monotonic time in seconds.
"""

from __future__ import annotations

from core.errors import Misconfigured, OutOfCredit, Retry, SourceError

UNTIL_MENDED_S = 600.0  # no key, no money: somebody has to do something first
UNTIL_BETTER_S = 60.0  # trouble that goes by itself; longer where X says so


class Pause:
    """Remembers the failure that stands, and until when."""

    def __init__(self) -> None:
        self._standing: SourceError | None = None
        self._until = 0.0

    def admit(self, now: float) -> None:
        """Raises the failure that stands, worded for somebody who did not call."""
        if self._standing is None or now >= self._until:
            return
        left = self._until - now
        said = f"{self._standing} Not asked again for {left:.0f} s."
        if isinstance(self._standing, Retry):
            raise Retry(said, retry_after=left)
        raise type(self._standing)(said)

    def note(self, error: SourceError | None, now: float) -> None:
        """A call ended with this error, or well (None)."""
        if isinstance(error, Retry):
            self._rest(error, now + max(UNTIL_BETTER_S, error.retry_after or 0.0))
        elif isinstance(error, Misconfigured | OutOfCredit):
            self._rest(error, now + UNTIL_MENDED_S)
        elif error is None:
            self._standing = None

    def _rest(self, error: SourceError, until: float) -> None:
        self._standing, self._until = error, until
