"""Reply markup: what Telegram demands of a keyboard beyond its types."""

from __future__ import annotations

from typing import Any

from .refusals import misuse

Json = dict[str, Any]

_ACTIONS = {
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
}
_STYLES = {"danger", "success", "primary"}
_ROW, _BUTTONS = 8, 100  # what the server accepts: buttons a row, buttons in all


def inline_keyboard(markup: Json | None) -> Json | None:
    """The inline keyboard a message keeps, checked; None for other markups and for an empty keyboard.

    Raises Violation for a button without text or with other than exactly one action.
    """
    if markup is None or "inline_keyboard" not in markup:
        return None
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(len(row) for row in rows) > _BUTTONS or any(len(row) > _ROW for row in rows):
        raise misuse("reply markup is too long")
    for row in rows:
        for button in row:
            _check(button)
    return {"inline_keyboard": rows} if rows else None


def _check(button: Json) -> None:
    if not button["text"].strip():
        raise misuse('can\'t parse InlineKeyboardButton: Field "text" must not be empty')
    actions = sorted(_ACTIONS & button.keys())
    if not actions:
        raise misuse("can't parse InlineKeyboardButton: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise misuse(f"an inline button has one action, not {' and '.join(actions)}")
    if button.get("style", "primary") not in _STYLES:
        raise misuse(f"inline button style must be one of {', '.join(sorted(_STYLES))}")
    if "url" in button and not button["url"].startswith(("http://", "https://", "tg://", "ton://")):
        raise misuse(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def has_button(markup: Json | None, data: str) -> bool:
    """Whether the keyboard shows a button with this callback data."""
    rows = markup["inline_keyboard"] if markup else []
    return any(button.get("callback_data") == data for row in rows for button in row)
