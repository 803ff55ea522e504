"""Grok's words under an answer: said to be Grok's, each line with links to the posts it rests on."""

from __future__ import annotations

from bot.views import reasons
from bot.views.language import _
from bot.views.markup import bold, foreign, lines
from core.models import Words
from core.words import HEADLINE, LINE

LINKS = 3  # a line


def told(words: Words | None, *, first: int = 1) -> str | None:
    """The lines under an answer, its links numbered from `first`; None without words."""
    if words is None:
        return None
    marks = reasons.marks((id for b in words.bullets for id in b.post_ids[:LINKS]), first=first)
    return lines(
        f"<i>{_('In Grok’s words, from these posts:')}</i>",
        bold(words.headline, HEADLINE) if words.headline else None,
        *(
            f"• {foreign(bullet.text, LINE)} {' '.join(marks[id] for id in bullet.post_ids[:LINKS])}"
            for bullet in words.bullets
        ),
    )
