"""Methods that ask: who am I, what is new, which chat is this, who is in it — and the bot's own profile."""

from __future__ import annotations

from typing import Any

from .chats import PRESENT, Chat
from .desk import Desk
from .papers import LARGEST_DOWNLOAD
from .refusals import bad_request, misuse

Json = dict[str, Any]
_GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_me(desk: Desk, params: Json) -> Json:
    abilities = {"can_join_groups": True, "can_read_all_group_messages": False}
    return {**desk.bot, **abilities, "supports_inline_queries": False}


async def get_updates(desk: Desk, params: Json) -> list[Json]:
    desk.updates.allow(params.get("allowed_updates"))
    return await desk.updates.poll(
        offset=params.get("offset", 0),
        limit=params.get("limit", 100),
        seconds=max(0, params.get("timeout", 0)),
    )


def set_webhook(desk: Desk, params: Json) -> bool:
    _maybe_drop(desk, params)
    desk.updates.allow(params.get("allowed_updates"))
    desk.updates.webhook = params["url"]
    return True


def delete_webhook(desk: Desk, params: Json) -> bool:
    _maybe_drop(desk, params)
    desk.updates.webhook = ""
    return True


def get_webhook_info(desk: Desk, params: Json) -> Json:
    return {
        "url": desk.updates.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(desk.updates),
    }


def _maybe_drop(desk: Desk, params: Json) -> None:
    if params.get("drop_pending_updates"):
        desk.updates.drop()


def get_chat(desk: Desk, params: Json) -> Json:
    chat = desk.chats.reach(params["chat_id"])
    return {
        **chat.brief,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, False),
    }


def get_chat_member(desk: Desk, params: Json) -> Json:
    chat = desk.chats.reach(params["chat_id"])
    if params["user_id"] not in desk.chats.users:
        raise bad_request("invalid user_id specified")
    return desk.chats.member(chat, params["user_id"])


def get_chat_administrators(desk: Desk, params: Json) -> list[Json]:
    chat = _group(desk, params)
    with_bots = params.get("return_bots", False)
    shown = [each for each in chat.admins() if with_bots or not _other_bot(desk, each)]
    return [desk.chats.member(chat, user_id) for user_id in shown]


def _other_bot(desk: Desk, user_id: int) -> bool:
    """Other bots are left out unless asked for; the bot itself is listed."""
    return bool(desk.chats.users[user_id]["is_bot"]) and user_id != desk.bot["id"]


def get_chat_member_count(desk: Desk, params: Json) -> int:
    chat = desk.chats.reach(params["chat_id"])
    return sum(status in PRESENT for status in chat.members.values())


def get_file(desk: Desk, params: Json) -> Json:
    paper = desk.papers.known(params["file_id"])
    if len(paper.content) > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": paper.file_id,
        "file_unique_id": paper.unique_id,
        "file_size": len(paper.content),
        "file_path": paper.path,
    }


def leave_chat(desk: Desk, params: Json) -> bool:
    chat = _group(desk, params)
    old = desk.chats.member(chat, desk.bot["id"])
    chat.members[desk.bot["id"]] = "left"
    new = desk.chats.member(chat, desk.bot["id"])
    desk.membership_changed(chat, desk.bot["id"], old=old, new=new)
    return True


def _group(desk: Desk, params: Json) -> Chat:
    chat = desk.chats.reach(params["chat_id"])
    if not chat.is_group:
        raise misuse("chat is a private chat; this method needs a group")
    return chat


def set_my_commands(desk: Desk, params: Json) -> bool:
    desk.profile.set_commands(params["commands"], params.get("scope"), params.get("language_code", ""))
    desk.bell.ring({"kind": "chats"})
    return True


def get_my_commands(desk: Desk, params: Json) -> list[Json]:
    return desk.profile.commands(params.get("scope"), params.get("language_code", ""))


def delete_my_commands(desk: Desk, params: Json) -> bool:
    desk.profile.delete_commands(params.get("scope"), params.get("language_code", ""))
    desk.bell.ring({"kind": "chats"})
    return True


def set_my_description(desk: Desk, params: Json) -> bool:
    desk.profile.descriptions[params.get("language_code", "")] = params.get("description", "")
    return True


def set_my_short_description(desk: Desk, params: Json) -> bool:
    desk.profile.short_descriptions[params.get("language_code", "")] = params.get("short_description", "")
    return True
