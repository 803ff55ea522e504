"""Updates on their way to the bot: an ordered queue that forgets only what was confirmed."""

from __future__ import annotations

from collections import deque
from typing import Any

from .bell import Bell
from .refusals import Refusal

Json = dict[str, Any]
LONGEST_POLL = 50  # seconds; the server caps longer wishes
_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_TERMINATED = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Updates:
    """The queue behind getUpdates.

    The official server holds a 409 back for three seconds; here it comes at once.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._queue: deque[Json] = deque()
        self._next_id = 1
        self._allowed: frozenset[str] = frozenset()  # empty: all but those that must be asked for
        self.polls = 0  # begun so far; only the newest is served
        self._closed = False
        self.webhook = ""

    def __len__(self) -> int:
        return len(self._queue)

    def push(self, kind: str, payload: Json) -> None:
        """Queue an update of a kind (message, callback_query, my_chat_member), if the bot wants it."""
        wanted = kind in self._allowed if self._allowed else kind not in _NOT_BY_DEFAULT
        if not wanted:
            return
        self._queue.append({"update_id": self._next_id, kind: payload})
        self._next_id += 1
        self._bell.ring()

    def allow(self, kinds: list[str] | None) -> None:
        """From now on only these kinds; an empty list is the default set, None changes nothing."""
        if kinds is not None:
            self._allowed = frozenset(kinds)

    def drop(self) -> None:
        """Forget everything that waits."""
        self._queue.clear()

    def close(self) -> None:
        """Let waiting polls go home empty-handed."""
        self._closed = True
        self._bell.ring()

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Json]:
        """Unconfirmed updates from `offset` on, waiting up to `seconds` for the first.

        A positive offset confirms everything before it, a negative one all but the last ones.
        Raises Refusal 409 when another poll takes over or a webhook is set.
        """
        if self.webhook:
            raise Refusal(409, _WEBHOOK)
        self.polls += 1
        mine = self.polls
        self._bell.ring()  # an older poll looks up and sees that it has lost
        self._confirm(offset)
        try:
            await self._bell.wait_for(lambda: self._stop_waiting(mine), min(seconds, LONGEST_POLL))
        except TimeoutError:
            return []
        if mine != self.polls:
            raise Refusal(409, _TERMINATED)
        return list(self._queue)[:limit]

    def _stop_waiting(self, mine: int) -> bool:
        return bool(self._queue) or self._closed or mine != self.polls

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft()
        while offset > 0 and self._queue and self._queue[0]["update_id"] < offset:
            self._queue.popleft()
