"""A circuit breaker for one model: after failures in a row nobody asks it for a while, then one may try.

closed ──three failures, or no money, no key, no model──▶ open ──pause──▶ half-open ──answer──▶ closed
                                                            ▲                │
                                                            └──failure───────┘  (the pause doubles)

Pure: `now` is any monotonic time in seconds.
"""

from __future__ import annotations

from bot.sources.grok import refusals
from bot.sources.grok.refusals import Broken, KeyRefused, UnknownModel
from core.errors import CapReached, OutOfCredit, Retry, SourceError

FAILURES = 3  # in a row
FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 1800.0
_AT_ONCE = (OutOfCredit, KeyRefused, UnknownModel)  # asking again cannot help


class Breaker:
    """Every call is admitted first and then ended once, with the ticket it got.

    A call from before the last change of state holds an old ticket: how it ends changes nothing.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE_S
        self._opened_by: SourceError | None = None  # None: closed
        self._retry_at = 0.0
        self._probing = False
        self._ticket = 0

    @property
    def closed(self) -> bool:
        return self._opened_by is None

    def admit(self, now: float) -> int:
        """A ticket for one call. Raises what the last failure was, worded for somebody who did not call."""
        if self._opened_by is not None:
            if self._probing or now < self._retry_at:
                raise _standing(self._opened_by, max(0.0, self._retry_at - now))
            self._probing = True
        return self._ticket

    def end(self, ticket: int, error: BaseException | None, now: float) -> None:
        """The call came to its end: with an answer (None) or with this error."""
        if ticket != self._ticket:
            return
        if isinstance(error, Retry | OutOfCredit | KeyRefused | UnknownModel):
            self._failed(error, now)
        elif error is None or (isinstance(error, SourceError) and not isinstance(error, CapReached)):
            self._answered()
        else:  # nobody was asked, or nobody waited for the answer: the next one may try
            self._probing = False

    def _failed(self, error: SourceError, now: float) -> None:
        self._failures += 1
        if not self.closed:
            self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        elif self._failures < FAILURES and not isinstance(error, _AT_ONCE):
            return
        self._opened_by, self._retry_at, self._probing = error, now + self._pause, False
        self._ticket += 1

    def _answered(self) -> None:
        if not self.closed:
            self._ticket += 1
        self._failures, self._pause = 0, FIRST_PAUSE_S
        self._opened_by, self._probing = None, False


def _standing(error: SourceError, seconds: float) -> SourceError:
    """The error of a question that was not asked because of that one; of the same kind, so that the same
    is done about it."""
    if isinstance(error, OutOfCredit):
        return OutOfCredit(str(error))
    if not isinstance(error, Retry):
        return type(error)(str(error))
    kind = Broken if refusals.elsewhere(error) else Retry
    return kind(f"{error} Not asked again for {seconds:.0f} s.", retry_after=seconds)
