"""Uploaded photos, kept in memory: checked like the server does, the same bytes only once."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Any

from .refusals import bad_request, misuse

MAX_BYTES = 10 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start-of-frame markers carry the size


@dataclass(frozen=True)
class Upload:
    """A file as it came in a multipart request."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Picture:
    """A stored photo."""

    unique_id: str
    content_type: str
    width: int
    height: int
    content: bytes

    @property
    def file_id(self) -> str:
        return f"sandbox-{self.unique_id}"

    @property
    def sizes(self) -> list[dict[str, Any]]:
        """The `photo` field of a message: one size, the original."""
        return [
            {
                "file_id": self.file_id,
                "file_unique_id": self.unique_id,
                "width": self.width,
                "height": self.height,
                "file_size": len(self.content),
            }
        ]


class Pictures:
    """All photos by their unique id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Picture] = {}

    def get(self, unique_id: str) -> Picture | None:
        return self._by_id.get(unique_id)

    def take(self, photo: Upload | str) -> Picture:
        """Store an upload, or find the picture of a file_id. Raises a Refusal in Telegram's words."""
        if isinstance(photo, str):
            return self._known(photo)
        if len(photo.content) > MAX_BYTES:
            raise misuse(
                f"file of size {len(photo.content)} bytes is too big for a photo; "
                f"the maximum size is {MAX_BYTES} bytes"
            )
        content_type, width, height = _measure(photo.content)
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise misuse("PHOTO_INVALID_DIMENSIONS")
        unique_id = hashlib.sha256(photo.content).hexdigest()[:24]
        picture = Picture(unique_id, content_type, width, height, photo.content)
        return self._by_id.setdefault(unique_id, picture)

    def _known(self, file_id: str) -> Picture:
        picture = self._by_id.get(file_id.removeprefix("sandbox-"))
        if picture is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return picture


def _measure(content: bytes) -> tuple[str, int, int]:
    """Content type, width and height of a PNG or JPEG. Raises Violation for anything else."""
    try:
        if content.startswith(_PNG):
            width, height = struct.unpack(">II", content[16:24])
            return "image/png", width, height
        if content.startswith(b"\xff\xd8"):
            return "image/jpeg", *_jpeg_size(content)
    except (struct.error, IndexError):
        pass
    raise misuse("IMAGE_PROCESS_FAILED")


def _jpeg_size(content: bytes) -> tuple[int, int]:
    position = 2
    while content[position] == 0xFF:
        marker, length = content[position + 1], struct.unpack(">H", content[position + 2 : position + 4])[0]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + length
    raise IndexError("no frame header")
