"""The file a recording is written to: readable up to its last whole line at any time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Self

from bot.clock import AppClock
from bot.logs import Scrub
from bot.sources.recordings import lines
from core.errors import BadInput

VERSION = 1


class Tape:
    """Every line goes out whole (gzip: as a member of its own) and is flushed; secrets never reach it.

    What is noted during a turn counts only once the turn has ended.
    """

    def __init__(self, path: Path, file: BinaryIO, clock: AppClock, secrets: Iterable[str]) -> None:
        self._packs = lines.packed(path)
        self._file = file
        self._clock = clock
        self._scrub = Scrub(secrets)
        self._turn: str | None = None

    @classmethod
    def begin(
        cls, path: Path, clock: AppClock, *, head: Mapping[str, Any], secrets: Iterable[str] = ()
    ) -> Self:
        """A new file with its first line. Raises BadInput when it exists or cannot be made."""
        if path.exists():
            raise BadInput(
                f"{path} exists and is not overwritten: choose another name, or --append to go on with it."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            tape = cls(path, path.open("xb"), clock, secrets)
        except OSError as error:
            raise BadInput(f"{path} cannot be written ({error.strerror}): choose another place.") from None
        tape._write(head)
        return tape

    @classmethod
    def resume(cls, path: Path, clock: AppClock, *, secrets: Iterable[str] = ()) -> Self:
        """Go on after the last whole line; a torn one is cut off. Raises BadInput when that cannot be."""
        size = lines.whole(path).size
        try:
            file = path.open("r+b")
            file.truncate(size)
            file.seek(size)
        except OSError as error:
            raise BadInput(f"{path} cannot be written ({error.strerror}): choose another place.") from None
        return cls(path, file, clock, secrets)

    def begin_turn(self, slot: str) -> None:
        self._turn = slot

    def note(self, row: Mapping[str, Any]) -> None:
        """One thing that was asked, and how it ended."""
        self._write({"turn": self._turn, "at": self._clock.now().isoformat(), **row})

    def end_turn(self) -> None:
        """The turn has done all it does: from now on its lines count."""
        self.note({"ended": True})
        self._turn = None

    def close(self) -> None:
        self._file.close()

    def _write(self, row: Mapping[str, Any]) -> None:
        clean = self._scrub(None, "", {"v": VERSION, **row})
        line = json.dumps(clean, separators=(",", ":")).encode() + b"\n"
        self._file.write(gzip.compress(line, mtime=0) if self._packs else line)
        self._file.flush()
