"""Grok's words under an answer: said to be Grok's, each line with links to the posts it rests on."""

from __future__ import annotations

from bot.views.language import _
from bot.views.markup import bold, foreign, lines, post_link
from core.models import Words
from core.words import HEADLINE, LINE

LINKS = 3  # a line
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def told(words: Words | None) -> str | None:
    """The lines under an answer; None without words."""
    if words is None:
        return None
    cited = dict.fromkeys(id for bullet in words.bullets for id in bullet.post_ids[:LINKS])
    marks = {id: post_link(id, str(n).translate(_RAISED)) for n, id in enumerate(cited, 1)}
    return lines(
        f"<i>{_('In Grok’s words, from these posts:')}</i>",
        bold(words.headline, HEADLINE) if words.headline else None,
        *(
            f"• {foreign(bullet.text, LINE)} {' '.join(marks[id] for id in bullet.post_ids[:LINKS])}"
            for bullet in words.bullets
        ),
    )
