"""The lines of a recording file: whole ones are read, a torn end (the process was killed) is left out."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import NamedTuple

from core.errors import BadInput

_GZIP = 31  # zlib's window bits for one gzip member


class Whole(NamedTuple):
    """What can be read of a file: its lines and how many bytes they take. More bytes are a torn end."""

    lines: list[bytes]
    size: int
    torn: bool


def packed(path: Path) -> bool:
    return path.suffix == ".gz"


def whole(path: Path) -> Whole:
    """All whole lines of a plain or gzipped file. Raises BadInput when it cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"There is no recording {path}: give a .jsonl or .jsonl.gz file.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): give another file.") from None
    if not packed(path):
        size = content.rfind(b"\n") + 1
        return Whole(content[:size].splitlines(), size, size < len(content))
    text, size = _members(content)
    return Whole(text.splitlines(), size, size < len(content))


def _members(content: bytes) -> tuple[bytes, int]:
    """The text of all whole gzip members, and where the last of them ends."""
    texts: list[bytes] = []
    rest = content
    while rest:
        member = zlib.decompressobj(_GZIP)
        try:
            text = member.decompress(rest)
        except zlib.error:
            break
        if not member.eof:
            break
        texts.append(text)
        rest = member.unused_data
    return b"".join(texts), len(content) - len(rest)
