"""What the operator should hear of, as messages to the admins: each matter once a day at most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, timedelta
from typing import Any

import structlog

from bot.clock import AppClock
from core.models import DeliveryKind
from storage import chats, deliveries
from storage.database import Database

log = structlog.get_logger()
Tell = Callable[[str, dict[str, Any]], Awaitable[None]]  # what, and its facts
PRIORITY = 8  # after alerts, before what can wait
FRESH = timedelta(hours=12)  # an older notice says nothing about now


class Notices:
    """Reaches admins who have written to the bot: Telegram lets no bot write first."""

    def __init__(
        self, database: Database, clock: AppClock, admins: Sequence[int], wake: Callable[[], None]
    ) -> None:
        self._db = database
        self._clock = clock
        self._admins = tuple(admins)
        self._wake = wake
        self._unreached: set[int] = set()

    async def tell(self, what: str, facts: dict[str, Any]) -> None:
        """Put a notice on its way to every admin, one per matter and UTC day; whatever happens, no error.

        `what` is a name `bot.views.notice` has words for.
        """
        try:
            async with self._db.durable() as c:
                known = [id for id in self._admins if await chats.get(c, id) is not None]
                new = await deliveries.plan(c, [self._planned(id, what, facts) for id in known])
        except Exception:  # whoever noticed something has other work to finish
            log.exception("notice not planned", what=what)
            return
        self._missed(known)
        if new:
            self._wake()

    def _planned(self, chat_id: int, what: str, facts: dict[str, Any]) -> deliveries.Planned:
        now = self._clock.now()
        return deliveries.Planned(
            cause=f"notice:{what}:{now.astimezone(UTC):%Y-%m-%d}",
            chat_id=chat_id,
            kind=DeliveryKind.NOTICE,
            thread_id=None,
            payload={"what": what, **facts},
            priority=PRIORITY,
            due_at=now,
            expires_at=now + FRESH,
            firing_ids=(),
        )

    def _missed(self, known: Sequence[int]) -> None:
        for id in set(self._admins) - set(known) - self._unreached:
            self._unreached.add(id)
            log.warning("an admin has not written to the bot yet and cannot be told anything", admin=id)
