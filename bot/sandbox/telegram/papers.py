"""Documents sent either way, kept in memory: any file, the same bytes only once, downloaded by its path."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from .pictures import Upload
from .refusals import bad_request, misuse

LARGEST = 50 * 1024 * 1024  # a bot may send
LARGEST_DOWNLOAD = 20 * 1024 * 1024  # and may fetch


@dataclass(frozen=True)
class Paper:
    """A stored document."""

    unique_id: str
    filename: str
    content: bytes

    @property
    def file_id(self) -> str:
        return f"paper-{self.unique_id}"

    @property
    def path(self) -> str:
        return f"documents/{self.unique_id}"

    @property
    def field(self) -> dict[str, Any]:
        """The `document` field of a message."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_name": self.filename,
            "file_size": len(self.content),
        }


class Papers:
    """All documents by their unique id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Paper] = {}

    def take(self, document: Upload | str) -> Paper:
        """Store an upload, or find the document of a file_id. Raises a Refusal in Telegram's words."""
        if isinstance(document, str):
            return self.known(document)
        if len(document.content) > LARGEST:
            raise misuse("file is too big")
        if not document.content:
            raise misuse("file must be non-empty")
        unique_id = hashlib.sha256(document.filename.encode() + b"\0" + document.content).hexdigest()[:24]
        return self._by_id.setdefault(unique_id, Paper(unique_id, document.filename, document.content))

    def known(self, file_id: str) -> Paper:
        """The document of a file_id. Raises a Refusal."""
        paper = self._by_id.get(file_id.removeprefix("paper-"))
        if paper is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return paper

    def at(self, path: str) -> Paper | None:
        """The document getFile gave this path."""
        return next((paper for paper in self._by_id.values() if paper.path == path), None)
