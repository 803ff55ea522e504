"""Every sentence goes through here: gettext, with the language of the chat that is being answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

LOCALE = Path(__file__).resolve().parents[1] / "locale"
DOMAIN = "intern"
_language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(LOCALE, [language], DOMAIN)


def _(sentence: str) -> str:
    """The sentence in the current language; English is the source and the fallback."""
    return str(_catalogue(_language.get()).gettext(sentence))


def ngettext(one: str, many: str, n: int) -> str:
    """The right form for `n` things, with `{n}` left to be filled in."""
    return str(_catalogue(_language.get()).ngettext(one, many, n))


def language() -> str:
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Within the block sentences are written in this language."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)
