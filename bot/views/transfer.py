"""The words around a configuration that goes out or comes in."""

from __future__ import annotations

from bot.views.language import _, ngettext
from bot.views.markup import foreign, lines
from core.alerts.configuration import Configuration


def exported() -> str:
    return lines(
        _("This chat's settings, lists and rules."),
        _("Change the file if you like and send it here or to another chat with the caption /import."),
    )


def usage() -> str:
    return _("Send the file /export gave you with the caption /import, or answer it with /import.")


def refused(why: str) -> str:
    return lines(foreign(why, 300), _("Nothing was changed."))


def too_large(most: int) -> str:
    return _("That file is too large: a configuration has at most {most} characters.").format(most=most)


def no_text() -> str:
    return _("That file is no text: send the one /export gave you.")


def unreachable() -> str:
    return _("Telegram did not give me the file. Please send it again in a minute.")


def imported(taken: Configuration) -> str:
    rules = ngettext("{n} rule", "{n} rules", len(taken.rules)).format(n=len(taken.rules))
    return lines(
        _("Taken over: {rules}, {watch} watched, {ignore} ignored, {topics} followed.").format(
            rules=rules, watch=len(taken.watch), ignore=len(taken.ignore), topics=len(taken.topics)
        ),
        _("Attached is what was here before: /import brings it back. Mutes stay as they are."),
    )
