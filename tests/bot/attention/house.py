"""The database that lives are lived in, one after the other."""

import asyncio
import shutil
import ssl
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import Phase as Part
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import delete

from bot.settings import load
from storage.database import Database
from storage.migrate import migrate
from storage.tables import metadata
from tests.bot.attention.driver import without_threads
from tests.bot.stage import TOKEN

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk that need not be waited for
FAST = {"per_second": 100_000, "per_chat_seconds": 0, "per_group_minute": 100_000}


@contextmanager
def in_memory(template=None):
    """The address of a SQLite database that is a copy of a migrated one, or is migrated now."""
    with TemporaryDirectory(prefix="intern-life-", dir=MEMORY) as folder:
        file = Path(folder) / "intern.db"
        if template is not None and template.exists():
            shutil.copy(template, file)
        asyncio.run(migrate(f"sqlite:///{file}"))
        yield f"sqlite:///{file}"


def without_certificates():
    """Each bot would read those of the whole world, in 15 ms, and use none of them."""
    return patch("ssl.create_default_context", cache(ssl.create_default_context))


class House:
    """A migrated database, open for many lives one after the other: opening costs as much as a day of one."""

    def __init__(self, url):
        self._runner = asyncio.Runner()
        self.settings = load(bot_token=TOKEN, xai_api_key="xai-key-of-tests", database_url=url, telegram=FAST)
        self.database = self.run(Database.open(url))

    def run(self, work):
        return self._runner.get_loop().run_until_complete(work)

    def close(self):
        self.run(self.database.close())
        self._runner.close()

    def empty(self):
        async def work():
            async with self.database.writing() as c:
                for table in reversed(metadata.sorted_tables):
                    await c.execute(delete(table))

        self.run(work())


def live(machine, url, lives, seed, *, steps, shrink=True):
    """So many lives of a machine in the migrated database at `url`; the one that breaks a promise is raised,
    made small first if wanted."""
    parts = tuple(Part) if shrink else (Part.generate,)
    chosen = settings(
        max_examples=lives, stateful_step_count=steps, deadline=None, database=None, phases=parts,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    with without_threads(), without_certificates(), closing(House(url)) as house:
        run_state_machine_as_test(seeded(seed)(lambda: machine(house)), settings=chosen)
