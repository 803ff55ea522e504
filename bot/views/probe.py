"""What `python -m bot check` says about one small question to xAI. Amounts are dollars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.views.check import Finding, bad, good, note, warning
from bot.views.language import _, ngettext
from bot.views.markup import plain

# --- key, credit, model ----------------------------------------------------------------------------------


def key_accepted() -> Finding:
    return good(_("xAI accepts the key"))


def key_refused() -> Finding:
    return bad(_("xAI refuses XAI_API_KEY → create a new key or mend its rights at console.x.ai"))


def credit_found() -> Finding:
    return good(_("the xAI account has credit"))


def credit_gone() -> Finding:
    return bad(_("the xAI account is out of credit → add credit or raise its limit at console.x.ai"))


def model_answers(model: str) -> Finding:
    return good(_("{model} answers").format(model=_name(model)))


def model_unknown(model: str) -> Finding:
    return bad(
        _("xAI does not know {model} → set grok.model to one it offers, or mend XAI_BASE_URL").format(
            model=_name(model)
        )
    )


def model_replaced(asked: str, served: str) -> Finding:
    return warning(
        _("{asked} was asked, {served} answered: figures of different models do not mix").format(
            asked=_name(asked), served=_name(served) or _("a nameless model")
        )
    )


def unreachable(why: str) -> Finding:
    return bad(_("{why} → try again in a minute; check the network and XAI_BASE_URL").format(why=_said(why)))


def unreadable(why: str) -> Finding:
    return bad(_("{why} → run this again; if it stays, check XAI_BASE_URL").format(why=_said(why)))


def refused(why: str) -> Finding:
    return bad(_("{why} → look at the key's rights, grok.model and XAI_BASE_URL").format(why=_said(why)))


def no_room(*, cap: float, spent: float) -> Finding:
    """Today's cap leaves no room for a test call."""
    return bad(
        _(
            "${spent:.2f} of today's cap of ${cap:.2f} is spent: no room to test → raise grok.daily_usd"
        ).format(spent=spent, cap=cap)
    )


def untried(names: Iterable[str]) -> Finding:
    return note(_("not tried: {names}").format(names=", ".join(names)))


def names() -> dict[str, str]:
    """What a call to xAI shows, in the order in which it is told."""
    return {
        "key": _("key"),
        "credit": _("credit"),
        "model": _("model"),
        "search": _("X search"),
        "schema": _("structured output"),
        "citations": _("citations"),
        "bill": _("bill"),
    }


# --- what an answer shows --------------------------------------------------------------------------------


def search_ran() -> Finding:
    return good(_("X search ran once, as asked"))


def search_missing() -> Finding:
    return bad(_("no X search was made, so nothing in the answer counts → try another grok.model"))


def search_overran(why: str) -> Finding:
    return bad(_("{why} → another grok.model may search as asked").format(why=_said(why)))


def search_differs(reasons: Sequence[str]) -> Finding:
    return warning(_("X search ran, but not as asked: {reasons}").format(reasons=", ".join(reasons)))


def searches_made(n: int) -> str:
    return ngettext("{n} search instead of 1", "{n} searches instead of 1", n).format(n=n)


def posts_fetched(n: int) -> str:
    return ngettext("{n} post instead of 1", "{n} posts instead of 1", n).format(n=n)


def other_tool(tool: str) -> str:
    return _("with {tool}").format(tool=plain(tool, 40))


def other_query() -> str:
    return _("another query")


def other_mode(mode: str) -> str:
    return _("mode {mode}").format(mode=plain(mode, 20) or "?")


def schema_kept() -> Finding:
    return good(_("structured output works together with X search"))


def schema_refused(model: str, *, in_words: bool = False) -> Finding:
    """`in_words`: asked for the same JSON in words, it wrote it."""
    said = (
        _("{model} refuses structured output with X search, JSON in words works → change grok.model")
        if in_words
        else _("{model} refuses structured output with X search → change grok.model")
    )
    return bad(said.format(model=_name(model)))


def schema_broken() -> Finding:
    return bad(_("the answer does not keep the form asked for → run this again, or change grok.model"))


def broke_off(status: str) -> Finding:
    return bad(
        _("the answer broke off ({status}) → run this again; if it stays, change grok.model").format(
            status=plain(status, 20)
        )
    )


def cited(n: int) -> Finding:
    return good(
        ngettext(
            "citations came: {n} post can be checked", "citations came: {n} posts can be checked", n
        ).format(n=n)
    )


def uncited() -> Finding:
    return bad(_("posts came without citations, so none counts → run this again, or change grok.model"))


def nothing_found() -> Finding:
    return warning(_("the search found no post, so citations could not be seen → run this again"))


def billed(usd: float) -> Finding:
    return good(_("spending works: the bill of ${usd:.4f} came and is booked").format(usd=usd))


def billed_above(usd: float, reserved: float) -> Finding:
    return warning(
        _("the bill of ${usd:.4f} is higher than the ${reserved:.4f} set aside; it is booked").format(
            usd=usd, reserved=reserved
        )
    )


def bill_missing(usd: float) -> Finding:
    return warning(_("the answer names no bill: booked with ${usd:.4f} of our own reckoning").format(usd=usd))


def spent(*, check: float, lost: bool, today: float) -> Finding:
    """What this check cost; `lost`: a call may have been billed and its bill did not come."""
    cost = (
        _("this check cost at most ${check:.4f} (an answer was lost)")
        if lost
        else _("this check cost ${check:.4f}")
    )
    return note(_("{cost}; spent today: ${today:.4f}").format(cost=cost.format(check=check), today=today))


def _name(model: str) -> str:
    return plain(model, 40)


def _said(sentence: str) -> str:
    return plain(sentence, 220).rstrip(".")
