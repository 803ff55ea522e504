"""What the posts say about each narrative: panel in, measures out. One signal a module; pure arithmetic."""

from core.signals.measures import Measures, Signals, measure, signals_of
from core.signals.panel import Panel, build

__all__ = ["Measures", "Panel", "Signals", "build", "measure", "signals_of"]
