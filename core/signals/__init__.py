"""What the posts say about each narrative: panel in, measures out. One signal a module; pure arithmetic."""

from core.signals.measures import Beside, Measures, measure
from core.signals.panel import Panel, build
from core.signals.rows import Signals, signals_of

__all__ = ["Beside", "Measures", "Panel", "Signals", "build", "measure", "signals_of"]
