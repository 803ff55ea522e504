"""Asking for fewer posts while the model fetches far more than it was asked to."""

from __future__ import annotations

EXCESS = 2  # times the planned posts; what is above is an overrun
OVERRUNS = 3  # calls in a row, then the limit is halved
KEPT = 10  # calls in a row that keep to their plan, then one halving is taken back


class Restraint:
    """Pure; fed with every call that was billed, in the order in which they end."""

    def __init__(self) -> None:
        self._halvings = 0
        self._overruns = 0
        self._kept = 0

    def limit(self, wanted: int) -> int:
        """Posts to ask for where `wanted` would be asked for; at least one."""
        return max(1, wanted >> self._halvings)

    def note(self, *, planned: int, fetched: float) -> int:
        """A call asked for `planned` posts and fetched so many; infinitely many when it had to be cut off.

        1: limits fell, -1: they rose, 0: neither.
        """
        if fetched <= EXCESS * planned:
            return self._keeps()
        self._overruns, self._kept = self._overruns + 1, 0
        if self._overruns < OVERRUNS or planned == 1:
            return 0
        self._halvings, self._overruns = self._halvings + 1, 0
        return 1

    def _keeps(self) -> int:
        self._overruns, self._kept = 0, self._kept + 1
        if self._kept < KEPT or not self._halvings:
            return 0
        self._halvings, self._kept = self._halvings - 1, 0
        return -1
