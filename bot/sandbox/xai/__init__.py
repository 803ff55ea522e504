"""xAI's Responses API on loopback, over a world of posts; its model obeys, its faults come on demand."""

from bot.sandbox.xai.calls import Call
from bot.sandbox.xai.faults import KINDS, Fault, Faults
from bot.sandbox.xai.server import XaiServer

__all__ = ["KINDS", "Call", "Fault", "Faults", "XaiServer"]
