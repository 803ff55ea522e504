"""Telegram on loopback: a Bot API server checked against the schema of Bot API 10.3, and a chat page."""

from .faults import Fault, FaultKind
from .limits import Limits
from .server import TelegramServer

__all__ = ["Fault", "FaultKind", "Limits", "TelegramServer"]
