"""X itself on loopback, over a world of posts: its counts and its embed service; faults come on demand."""

from bot.sandbox.x.calls import Call
from bot.sandbox.x.faults import KINDS, Fault, Faults
from bot.sandbox.x.server import XServer

__all__ = ["KINDS", "Call", "Fault", "Faults", "XServer"]
