"""A chat's own rules: the ready-made ones, one read back before it is saved, the list and each one's card."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import date

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.views import rule
from bot.views.language import _, ngettext
from bot.views.markup import dotted, foreign, lines, plain
from core.alerts.ready import READY
from core.alerts.wording import text_of
from core.errors import BadRule
from core.models.attention import Attention
from core.models.rules import RULES, Rule, Spec

PAGE = 5  # rules in one message
WIDE = 34  # characters of a line of code that a narrow screen shows
EXAMPLE = "/alert momentum > 3x and authors >= 10"


class Ready(CallbackData, prefix="y"):
    """Save a ready-made rule."""

    key: str


class Draft(CallbackData, prefix="d"):
    """Save or drop the rule the message reads back; `rule`: the one it changes."""

    do: str
    rule: str = ""


class Manage(CallbackData, prefix="m"):
    """Something about a saved rule, or a page of the list."""

    do: str  # list | show | edit | pause | resume | test | delete | restore
    rule: str = ""
    page: int = 0


def _button(text: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack())


def _keyboard(*rows: Sequence[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(row) for row in rows if row])


def code(text: str) -> str:
    """A line to copy: exactly as it stands."""
    return f"<code>{html.escape(text, quote=False)}</code>"


def line_of(message: object) -> tuple[str, str] | None:
    """Name and line of the rule a message of ours is about: its bold and its code."""
    if not isinstance(message, Message) or not message.text:
        return None
    found = {e.type: e.extract_from(message.text) for e in reversed(message.entities or ())}
    return (found.get("bold", ""), found["code"]) if "code" in found else None


# --- /alert ------------------------------------------------------------------------------------------------


def menu() -> tuple[str, InlineKeyboardMarkup]:
    """`/alert` alone: six rules by one button, and how to write another."""
    text = lines(
        _("Which alert? One press saves it."),
        _("Or write your own in one line:"),
        code(EXAMPLE),
        code('/alert mentions "hack" on watchlist'),
        _("/alerts lists what is saved."),
    )
    return text, _keyboard(*([_button(ready_name(each.key), Ready(key=each.key))] for each in READY))


def ready_name(key: str) -> str:
    return {
        "new": _("A new story"),
        "jump": _("A big jump"),
        "top": _("Enters the top 5"),
        "bearish": _("The mood turns bearish"),
        "accelerating": _("Starts to accelerate"),
        "watched": _("Something I watch moves"),
    }[key]


def misread(error: BadRule, line: str) -> str:
    """What is wrong, the word it is about, and a line that is right."""
    start = max(0, min(error.position + len(error.word) - WIDE, error.position))
    shown = line[start : start + WIDE]
    caret = " " * (error.position - start) + "^" * max(1, min(len(error.word), WIDE))
    return lines(
        foreign(str(error), 240),
        f"<pre>{html.escape(shown, quote=False)}\n{caret}</pre>",
        _("For example:"),
        code(EXAMPLE),
    )


def proposed(
    spec: Spec, *, changes: str = "", preview: Sequence[str] = ()
) -> tuple[str, InlineKeyboardMarkup]:
    """A rule read back before it is saved; `preview` says what it would have done."""
    text = lines(
        _("Shall I change the rule to this?") if changes else _("Shall I keep this rule?"),
        rule.when(spec),
        dotted([rule.about(spec.scope), rule.terms(spec)]),
        code(text_of(spec)),
        *preview,
    )
    save = _button(_("Save"), Draft(do="save", rule=changes))
    return text, _keyboard([save, _button(_("Cancel"), Draft(do="drop"))])


def dropped() -> str:
    return _("Nothing was saved. /alert starts anew.")


def saved(made: Rule, *, held: int, empty: bool = False) -> tuple[str, InlineKeyboardMarkup]:
    """A rule is saved; `empty`: it is about what the chat watches, and that is nothing yet."""
    text = lines(
        _("Saved: {name}").format(name=f"<b>{html.escape(made.name)}</b>") if made.name else _("Saved:"),
        code(text_of(made)),
        _("You watch nothing yet: /watch $SOL puts something on the list.") if empty else None,
        _("{n} of {most} rules here. /alerts lists them.").format(n=held, most=RULES),
    )
    return text, _keyboard([_button(_("Undo"), Manage(do="delete", rule=made.id))])


def changed(made: Rule) -> str:
    return lines(_("Changed:"), code(text_of(made)), _("/alerts lists your rules."))


def twin() -> str:
    """The same rule is there already."""
    return _("This chat has that rule already. /alerts lists them.")


def full() -> str:
    return _("This chat has {most} rules, which is the most. Delete one first: /alerts").format(most=RULES)


def no_rule() -> str:
    return _("This chat has no such rule any more. /alerts lists them.")


# --- /alerts -----------------------------------------------------------------------------------------------


def state(made: Rule, today: date) -> str:
    """on, paused, expired, or once and done."""
    if made.done_at is not None:
        return _("once, has fired")
    if made.until is not None and made.until < today:
        return _("expired")
    if made.paused:
        return _("paused")
    return _("on, once") if made.once else _("on")


def listed(
    rules: Sequence[Rule], allowed: Attention, *, subscribed: bool, today: date, page: int = 0
) -> tuple[str, InlineKeyboardMarkup | None]:
    """All rules of a chat, a few at a time, each with a button."""
    pages = max(1, -(-len(rules) // PAGE))
    page = min(max(0, page), pages - 1)
    first = page * PAGE
    shown = list(enumerate(rules[first : first + PAGE], first + 1))
    text = lines(
        dotted(
            [
                ngettext("{n} of {most} rules", "{n} of {most} rules", len(rules)).format(
                    n=len(rules), most=RULES
                ),
                _("/subscribe is on") if subscribed else _("/subscribe is off"),
                _("{n} a day").format(n=allowed.budget),
            ]
        ),
        *(f"{n} {_short(made)} · {state(made, today)}" for n, made in shown),
        None if rules else _("None yet. /alert shows six to choose from."),
        _("Watching {w} · ignoring {i} · following {f}: /lists").format(
            w=len(allowed.watch), i=len(allowed.ignore), f=len(allowed.topics)
        ),
    )
    numbers = [_button(str(n), Manage(do="show", rule=made.id)) for n, made in shown]
    turns = [
        _button(sign, Manage(do="list", page=to))
        for sign, to in (("‹", page - 1), ("›", page + 1))
        if 0 <= to < pages
    ]
    return text, _keyboard(numbers, turns) if rules else None


def _short(made: Rule) -> str:
    return foreign(made.name, 30) if made.name else html.escape(plain(text_of(made), 34), quote=False)


def card(made: Rule, today: date) -> tuple[str, InlineKeyboardMarkup]:
    """One rule: its state, what it waits for, and what can be done with it."""
    name = f"<b>{html.escape(plain(made.name, 40))}</b>" if made.name else _("Rule")
    text = lines(
        dotted([name, state(made, today)]),
        rule.when(made),
        dotted([rule.about(made.scope), rule.terms(made)]),
        code(text_of(made)),
    )
    asleep = made.paused or made.done_at is not None
    pause = (
        _button(_("Resume"), Manage(do="resume", rule=made.id))
        if asleep
        else _button(_("Pause"), Manage(do="pause", rule=made.id))
    )
    return text, _keyboard(
        [_button(_("Edit"), Manage(do="edit", rule=made.id)), pause],
        [
            _button(_("Test"), Manage(do="test", rule=made.id)),
            _button(_("Delete"), Manage(do="delete", rule=made.id)),
        ],
        [_button(_("‹ All rules"), Manage(do="list"))],
    )


def edit(made: Rule) -> str:
    """The line to copy, change and send."""
    return lines(_("Copy this, change it and send it:"), code(f"/alert change {made.id} {text_of(made)}"))


def deleted(name: str, line: str, rule_id: str) -> tuple[str, InlineKeyboardMarkup]:
    """It is gone, and can be brought back."""
    text = lines(
        _("Deleted: {name}").format(name=f"<b>{html.escape(name)}</b>") if name else _("Deleted:"),
        code(line),
    )
    return text, _keyboard([_button(_("Undo"), Manage(do="restore", rule=rule_id))])


def tested(*, true: int) -> str:
    """What a test shows, in a popup."""
    if true:
        return ngettext(
            "True of {n} story now: this is how it would ring.",
            "True of {n} stories now: this is how the first would ring.",
            true,
        ).format(n=true)
    return _("True of no story now: this is how the one that comes nearest would ring.")


def untestable() -> str:
    return _("There is no story to test it with yet. Try again after the next look at X.")


def test_title(title: str) -> str:
    return _("TEST · {title}").format(title=title)
