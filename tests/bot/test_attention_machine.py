"""No life of three chats breaks a promise about attention; `make chaos` lives twenty times as many."""

from tests.bot.attention_machine import live


def test_no_life_breaks_a_promise_about_attention(sqlite_template):
    live(sqlite_template, 50, seed=11)
