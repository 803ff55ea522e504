"""GET /oembed: a post as the embed service shows it."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.world import XPost

FIRST_ID = "20"  # X's first post: every X has it, whatever its world
FIRST = XPost(
    id=int(FIRST_ID),
    created_at=datetime(2006, 3, 21, 20, 50, 14, tzinfo=UTC),
    first_seen_at=None,
    author="jack",
    followers=6_000_000,
    text="just setting up my twttr",
    lang="en",
    likes=None,
    reposts=None,
    replies=None,
    views=None,
    stance=None,
)
_STATUS = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/\w{1,15}/status/([0-9]{1,20})(?:[/?].*)?"
)
_SCRIPT = '<script async src="https://platform.x.com/widgets.js" charset="utf-8"></script>\n'


def wanted(address: str) -> str | None:
    """The id in a post's address; None for any other address."""
    match = _STATUS.fullmatch(address)
    return match[1] if match else None


def document(post: XPost, *, script: bool) -> dict[str, Any]:
    """What the service answers, field by field."""
    address = f"https://x.com/{post.author}/status/{post.id}"
    day = f"{post.created_at:%B} {post.created_at.day}, {post.created_at.year}"
    words = html.escape(post.text, quote=False).replace("\n", "<br>")
    quote = (
        f'<blockquote class="twitter-tweet"><p lang="{post.lang}" dir="ltr">{words}</p>'
        f"&mdash; {html.escape(post.author)} (@{post.author}) "
        f'<a href="{address}?ref_src=twsrc%5Etfw">{day}</a>'
        "</blockquote>\n"
    )
    return {
        "url": address,
        "author_name": post.author,
        "author_url": f"https://x.com/{post.author}",
        "html": quote + (_SCRIPT if script else ""),
        "width": 550,
        "height": None,
        "type": "rich",
        "cache_age": "3153600000",
        "provider_name": "Twitter",
        "provider_url": "https://x.com",
        "version": "1.0",
    }
