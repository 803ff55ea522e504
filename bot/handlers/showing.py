"""A message changes in its place, or comes anew where it cannot be changed any more."""

from __future__ import annotations

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message


async def replace(query: CallbackQuery, text: str, keyboard: InlineKeyboardMarkup | None) -> None:
    """Edit the message the button sits on, or send a new one; pressing twice is no error."""
    if isinstance(query.message, Message):
        try:
            await query.message.edit_text(text, reply_markup=keyboard)
        except TelegramBadRequest as error:
            if "message is not modified" not in str(error):
                await query.message.answer(text, reply_markup=keyboard)
    await query.answer()
