"""The demo's guide: a user who tries the bot and prints what a person would see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.clock import AppClock
from bot.sandbox.telegram import TelegramServer

Message = dict[str, Any]
PATIENCE = 60.0  # real seconds for an answer
ALERT_PATIENCE = 120.0


class Guide:
    """Types into the private chat of `you` and prints the conversation."""

    def __init__(self, telegram: TelegramServer, clock: AppClock, *, you: int) -> None:
        self._telegram = telegram
        self._clock = clock
        self._you = you
        self._seen = 0

    async def show(self, *, warm_until: datetime, fast: float, slow: float) -> None:
        """The guided transcript: /start → /trending → /narrative → an alert → a digest."""
        print("INTERN demo · a simulated X, nothing leaves this machine")
        print(f"Letting two days of history pass … (chat page: {self._telegram.page_url})", flush=True)
        await self._say("/start")
        self._clock.run_at(fast)
        await self._until(warm_until)
        self._clock.run_at(slow)
        await self._say("/trending")
        await self._say(f"/narrative {self._top()}")
        await self._say("/subscribe")
        print("\n   … waiting for a story that really moves …", flush=True)
        await self._hear(_is_alert, ALERT_PATIENCE)
        await self._say("/digest")

    async def skip(self, *, warm_until: datetime, then: float) -> None:
        """No tour: let history pass and leave the chat to whoever opens the page."""
        print(f"INTERN demo · letting some history pass … (chat page: {self._telegram.page_url})", flush=True)
        await self._until(warm_until)
        self._clock.run_at(then)

    async def through_days(self, first: date, last: date, end: datetime) -> None:
        """Play a posts file: alerts and digests as they come, `/trending` late every day."""
        print(f"Playing posts of {first} to {last} · chat page: {self._telegram.page_url}", flush=True)
        await self._say("/subscribe")
        await self._say("/digest daily 08:00")
        day = first
        while day <= last:
            await self._until(datetime.combine(day, time(23, 30), UTC))
            with self._clock.hold():
                print(f"\n=== {day} ===")
                await self._say("/trending")
            day += timedelta(days=1)
        await self._until(end)
        with self._clock.hold():
            await self._say("/status")

    def invite(self) -> None:
        print(
            f"\nThe chat page is open at {self._telegram.page_url} — try it yourself. Ctrl-C ends the demo.",
            flush=True,
        )

    async def _until(self, moment: datetime) -> None:
        """App time reaches `moment`; what the bot says meanwhile is printed as it comes."""
        while (left := moment - self._clock.now()) > timedelta(0):
            await asyncio.sleep(min(0.05, left.total_seconds() / max(self._clock.speed, 1.0)))
            self._print_new()

    def _top(self) -> str:
        """The title of the first row of the list just shown."""
        text = str(self._telegram.messages(self._you)[-1]["text"])
        row = next((line for line in text.splitlines() if line.startswith("1 ")), "")
        words = row.removeprefix("1 ").split(" · ")[0].split()
        return " ".join(w for w in words if w != "NEW" and w[0] not in "▲▼=") or "$BTC"

    async def _say(self, text: str) -> None:
        self._print_new()
        self._telegram.acts.user_says(self._you, self._you, text)
        await self._hear(_from_bot, PATIENCE)

    async def _hear(self, wanted: Callable[[Message], bool], patience: float) -> None:
        """Wait until the bot wrote a message as wanted since the last one printed."""

        def heard() -> bool:
            return any(wanted(m) for m in self._telegram.messages(self._you)[self._seen :])

        await self._telegram.wait_for(heard, timeout=patience)
        self._print_new()

    def _print_new(self) -> None:
        messages = self._telegram.messages(self._you)
        for message in messages[self._seen :]:
            who = "INTERN" if _from_bot(message) else "You"
            at = datetime.fromtimestamp(message["date"], UTC)
            print(
                f"\n[{at:%d %b %H:%M}] {who}:\n" + _indented(message.get("text") or "(picture)"), flush=True
            )
        self._seen = len(messages)


def _from_bot(message: Message) -> bool:
    return bool(message.get("from", {}).get("is_bot"))


def _is_alert(message: Message) -> bool:
    return _from_bot(message) and "→ sent " in str(message.get("text"))


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" for line in text.splitlines())
