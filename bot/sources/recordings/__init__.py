"""Recordings: what was asked and what came back, one JSON line each, to be turned through again."""

from bot.sources.recordings.recorded import NotRecorded, Recorded
from bot.sources.recordings.recorder import LedgerRecorder, LookupRecorder, MeterRecorder, Recorder
from bot.sources.recordings.recording import Recording, Turn, load
from bot.sources.recordings.tape import Tape

__all__ = [
    "LedgerRecorder",
    "LookupRecorder",
    "MeterRecorder",
    "NotRecorded",
    "Recorded",
    "Recorder",
    "Recording",
    "Tape",
    "Turn",
    "load",
]
