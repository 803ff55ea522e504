"""What is asked when there is money for only a part of what was planned.

Finding and following share the money by turns, so that neither starves however little there is; looks into
the past and other ways of finding come after every second refresh.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice, zip_longest

from core.models import Question

REFRESHES = 2  # before each of the others


def rationed(
    discoveries: Sequence[Question],
    refreshes: Sequence[Question],
    others: Sequence[Question],
    *,
    places: int,
    asked: Mapping[str, datetime],
) -> list[Question]:
    """The `places` questions to ask, each list being in order of worth.

    `asked` tells when a narrative (by id) or a discovery (by query) was last asked about: what waited longer,
    finding or following, begins.
    """
    following = list(_woven(refreshes, others))
    finding = list(discoveries)
    found = _newest(asked, queries := {q.query for q in discoveries})
    if following and _newest(asked, asked.keys() - queries) < found:
        finding, following = following, finding
    pairs = zip_longest(finding, following)
    return list(islice((q for q in chain.from_iterable(pairs) if q is not None), max(0, places)))


def _woven(refreshes: Sequence[Question], others: Sequence[Question]) -> Iterator[Question]:
    rest = iter(others)
    for number, question in enumerate(refreshes, start=1):
        yield question
        if number % REFRESHES == 0:
            yield from islice(rest, 1)
    yield from rest


def _newest(asked: Mapping[str, datetime], subjects: Iterable[str]) -> float:
    """When the newest of these was asked, as a timestamp; −∞ where none was."""
    return max((asked[subject].timestamp() for subject in subjects if subject in asked), default=-math.inf)
