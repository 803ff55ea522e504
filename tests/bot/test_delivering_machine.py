"""No life of chats that come, go, move and fall silent breaks a promise about messages; `make chaos` lives
more of them."""

import asyncio

from tests.bot.attention.house import in_memory, live
from tests.bot.delivering.machine import DeliveringMachine

STEPS = 4


def test_no_life_breaks_a_promise_about_messages(sqlite_template):
    with in_memory(sqlite_template) as url:
        live(DeliveringMachine, url, 50, seed=11, steps=STEPS)


def test_no_life_breaks_one_about_messages_on_postgresql_either(postgres_server):
    url = postgres_server.url(asyncio.run(postgres_server.clean()))
    live(DeliveringMachine, url, 5, seed=12, steps=STEPS)
