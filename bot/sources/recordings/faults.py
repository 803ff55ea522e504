"""A fault as a recording keeps it: which error of core's tree it was and what it carried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.errors import CapReached, Misconfigured, OutOfCredit, Rejected, Retry, SourceError

_TREE: dict[str, type[SourceError]] = {
    kind.__name__: kind for kind in (Retry, OutOfCredit, CapReached, Misconfigured, Rejected)
}


def told(error: Exception) -> dict[str, Any]:
    """As JSON. What is no SourceError was a failure nobody foresaw; it is told as the bare base class."""
    name = next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _TREE), "SourceError")
    fault: dict[str, Any] = {
        "class": name,
        "message": str(error),
        "fault": error.fault if isinstance(error, SourceError) else SourceError.fault,
    }
    if isinstance(error, Retry):
        fault["retry_after"] = error.retry_after
    if isinstance(error, CapReached):
        fault["until"] = error.until.isoformat()
    return fault


def raised(fault: dict[str, Any]) -> SourceError:
    """The same error again. Raises KeyError or ValueError where the line is none of ours."""
    kind, message = _TREE.get(fault["class"], SourceError), str(fault["message"])
    if kind is Retry:
        error: SourceError = Retry(message, retry_after=fault.get("retry_after"))
    elif kind is CapReached:
        error = CapReached(message, until=datetime.fromisoformat(fault["until"]))
    elif kind is Rejected:
        error = Rejected(message, fault=fault["fault"])
    else:
        error = kind(message)
    error.fault = fault["fault"]
    return error
