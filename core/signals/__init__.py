"""What the posts say about each narrative: panel in, measures out. One signal a module; pure arithmetic."""

from core.signals.log import Log
from core.signals.measures import Beside, Measures, measure
from core.signals.panel import Panel, build
from core.signals.rows import Signals, signals_of
from core.signals.segments import sampled

__all__ = ["Beside", "Log", "Measures", "Panel", "Signals", "build", "measure", "sampled", "signals_of"]
