"""Denial: whether a post says that what is told is not so. Words only: it is a sign, not an understanding.

English, Chinese, Russian, Spanish, Turkish. "Not fake" and irony are read wrongly; so a reader is shown the
post.

>>> [denies(said) for said in ("The team denies any exploit", "Funds are gone", "官方辟谣：没有被盗")]
[True, False, True]
"""

from __future__ import annotations

import re

from core.text import normalise

_LATIN = (
    r"den(?:y|ies|ied|ying|ial)|debunk\w*|hoax|fud|fake(?: news)?|false(?: alarm| claims?| rumou?rs?)?|untrue"
    r"|(?:not|isn.?t|wasn.?t) (?:true|real|hacked|affected)|misinformation|misleading|no evidence|unfounded"
    r"|desmient\w*|desminti\w*|nieg\w*|bulo|falso|falsa|no es cierto"
    r"|yalanla\w*|asılsız|doğru değil|yalan"
    r"|опроверг\w*|фейк\w*|неправда|ложь|ложн\w*|не соответствует"
)
_DENIAL = re.compile(rf"\b(?:{_LATIN})\b|辟谣|闢謠|谣言|謠言|不实|不實|假消息|否认|否認|虚假|虛假")


def denies(text: str) -> bool:
    """Whether its words deny something."""
    return bool(_DENIAL.search(normalise(text)))
