"""No life of three chats breaks a promise about attention; `make chaos` lives more of them, and longer."""

import asyncio

from tests.bot.attention.house import in_memory, live
from tests.bot.attention.machine import AttentionMachine

STEPS = 4  # after a first night in which somebody's clocks change


def test_no_life_breaks_a_promise_about_attention(sqlite_template):
    with in_memory(sqlite_template) as url:
        live(AttentionMachine, url, 50, seed=11, steps=STEPS)


def test_no_life_breaks_one_on_postgresql_either(postgres_server):
    url = postgres_server.url(asyncio.run(postgres_server.clean()))
    live(AttentionMachine, url, 6, seed=12, steps=STEPS)
