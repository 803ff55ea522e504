"""First words, help, and the short answers to settings."""

from __future__ import annotations

from aiogram.types import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup

from bot.views.alert import Alerts
from bot.views.language import _
from bot.views.markup import lines
from bot.views.trending import Show
from core.models import Chat


def hello() -> tuple[str, InlineKeyboardMarkup]:
    """`/start`: what this is and the two things to try."""
    text = lines(
        _("<b>Hello, I am INTERN.</b>"),
        _("I read crypto X all day and speak up only when a story really moves."),
        _("Ask me: /trending shows what moves now, /narrative looks at one story."),
        _("Or let me ring: /subscribe sends an alert when attention is rare and well supported;"),
        _("/alert makes one of your own. /help lists all."),
        _("I measure attention from samples of posts and link every claim. Never advice to buy or sell."),
    )
    buttons = [
        InlineKeyboardButton(text=_("Trending"), callback_data=Show(window="24h").pack()),
        InlineKeyboardButton(text=_("Alerts on"), callback_data=Alerts(on=True).pack()),
    ]
    return text, InlineKeyboardMarkup(inline_keyboard=[buttons])


def commands() -> list[BotCommand]:
    """What Telegram shows behind the slash."""
    return [
        BotCommand(command="trending", description=_("What moves now: /trending 4h 2x")),
        BotCommand(command="narrative", description=_("One story: /narrative $BTC")),
        BotCommand(command="subscribe", description=_("Alerts on")),
        BotCommand(command="unsubscribe", description=_("Alerts off")),
        BotCommand(command="alert", description=_("An alert of your own")),
        BotCommand(command="alerts", description=_("Your rules: edit, pause, test, delete")),
        BotCommand(command="watch", description=_("Watch something: /watch $SOL")),
        BotCommand(command="unwatch", description=_("Watch it no more")),
        BotCommand(command="ignore", description=_("No alerts about it: /ignore $SOL")),
        BotCommand(command="unignore", description=_("Ignore it no more")),
        BotCommand(command="follow", description=_("Have a topic searched: /follow zk proofs")),
        BotCommand(command="unfollow", description=_("Follow it no more")),
        BotCommand(command="lists", description=_("What is watched, ignored, followed")),
        BotCommand(command="snooze", description=_("Keep still for a while: /snooze 8h")),
        BotCommand(command="mute", description=_("No alerts about one story: /mute #story")),
        BotCommand(command="unmute", description=_("Speak of it again")),
        BotCommand(command="mutes", description=_("What is muted or snoozed")),
        BotCommand(command="quiet", description=_("Quiet hours: /quiet 22-08")),
        BotCommand(command="zone", description=_("Time zone: /zone Berlin")),
        BotCommand(command="budget", description=_("Alerts a day: /budget 5")),
        BotCommand(command="sensitivity", description=_("quiet, standard or sensitive")),
        BotCommand(command="kinds", description=_("What comes: on, silent or off")),
        BotCommand(command="digest", description=_("What changed; daily: /digest daily 08:00")),
        BotCommand(command="export", description=_("This chat's settings as a file")),
        BotCommand(command="import", description=_("Take over such a file")),
        BotCommand(command="whynot", description=_("Why I am silent about a story: /whynot SOL")),
        BotCommand(command="why", description=_("Why I told you: /why SOL")),
        BotCommand(command="record", description=_("How often my alerts were right")),
        BotCommand(command="status", description=_("How well I see, and this chat's settings")),
        BotCommand(command="help", description=_("All commands")),
    ]


def help_text() -> str:
    """`/help`: every command, by what one wants."""
    return lines(
        _("<b>What you can ask</b>"),
        _("Look: /trending 4h 2x · /narrative $BTC · /digest · /record · /status"),
        _("Ring: /subscribe, /unsubscribe · your own rules: /alert, /alerts"),
        _("Name it: /watch, /unwatch · /ignore, /unignore · /follow, /unfollow · /lists"),
        _("Be quiet: /snooze 8h · /mute, /unmute, /mutes · /quiet 22-08 · /zone Berlin"),
        _("How much: /budget 5 · /sensitivity · /kinds · as a file: /export, /import"),
        _("Every day: /digest daily 08:00 Europe/Berlin; /digest off stops it"),
        _("Ask why: /why SOL · why not: /whynot SOL"),
        _("In groups only admins change settings."),
    )


def unknown() -> str:
    return _("I do not know that command. /help lists what I can do.")


def talk() -> str:
    return _("I answer commands: /trending shows what moves, /help lists the rest.")


def expired() -> str:
    return _("This button is from an older version. Please send /trending again.")


def stale() -> str:
    """A button whose message or thing is gone."""
    return _("This button does not work any more. Please send the command again.")


def stumbled() -> str:
    return _("Something went wrong here. Please try again in a minute.")


def private() -> str:
    return _("This INTERN serves a closed circle of chats. Ask its operator to add this chat: {how}").format(
        how="ALLOWED_CHATS"
    )


def subscribed(chat: Chat, *, already: bool) -> str:
    """Alerts are on: what to expect."""
    if already:
        return _("Alerts are already on here. /unsubscribe turns them off.")
    return lines(
        _("Alerts are on."),
        _("I write when a story gets rare attention from several authors, and again only if it grows a lot."),
        _("Quiet is normal. Times are in {zone}.").format(zone=chat.zone),
    )


def unsubscribed(*, already: bool) -> str:
    if already:
        return _("Alerts are already off here. /subscribe turns them on.")
    return _("Alerts are off. /subscribe turns them on again; /trending always works.")


def digest_set(chat: Chat, *, today: bool) -> str:
    """The daily digest is on: when, and whether the next one comes today or tomorrow (chat's zone)."""
    if today:
        said = _("You will get a digest every day at {time} ({zone}). The next one comes today.")
    else:
        said = _("You will get a digest every day at {time} ({zone}). The next one comes tomorrow.")
    return lines(said.format(time=chat.digest_at, zone=chat.zone), _("/digest off stops it."))


def digest_off(*, already: bool) -> str:
    if already:
        return _("There is no daily digest here. Turn it on with: /digest daily 08:00 Europe/Berlin")
    return _("The daily digest is off. /digest still shows what changed, any time.")


def admins_only() -> str:
    return _("Only admins of this group can change its settings.")


def admins_unknown() -> str:
    return _("I could not check whether you are an admin here. Please try again in a minute.")
