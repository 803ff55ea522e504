"""X itself: its paid counts as a meter, its free embed service as a look-up. Both can be left out."""

from __future__ import annotations

from bot.clock import AppClock
from bot.ledger import Ledger
from bot.settings import Settings
from bot.sources.x.counts import ATTEMPTS, XCounts
from bot.sources.x.embed import Embeds

__all__ = ["Embeds", "XCounts", "open_lookup", "open_meter"]


def open_meter(
    settings: Settings, ledger: Ledger, clock: AppClock, *, attempts: int = ATTEMPTS
) -> XCounts | None:
    """The counts meter, asking up to so often per count; None without X_BEARER_TOKEN."""
    if settings.x_bearer_token is None or not settings.x_bearer_token.get_secret_value():
        return None
    return XCounts(settings.x_base_url, settings.x_bearer_token, ledger, clock, attempts=attempts)


def open_lookup(settings: Settings) -> Embeds | None:
    """The look-up of posts; None where confirm.look_up is off."""
    if not settings.confirm.look_up:
        return None
    return Embeds(settings.oembed_base_url, timeout_s=settings.confirm.timeout_seconds)
