"""The ground gives way under SQLite: a disk that is full or takes no byte while INTERN sends, a file that is
damaged while it is open, damaged and unwritable files at the start, a write-ahead log that is gone.

Anybody can refuse the writes of one process (RLIMIT_FSIZE), as a disk does that has failed or become
read-only. A disk that is really full is a small tmpfs, which takes root; without, its figures are left out.
A damaged file has to be refused, and be the same bytes afterwards.
"""

import asyncio
import random
import resource
import sqlite3
import subprocess
import tempfile
import time
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from storage.migrate import migrate
from tests.chaos import cuts
from tests.chaos.crowd import ENVIRONMENT, MIGRATING, crowd
from tests.chaos.ground import counted, half_states, living, outcome, resumed, settled

PEOPLE = [*range(100, 180)]
TIMES = 3  # how often the disk fails
SECONDS = 1.5  # for so long
PAGE = 4096
FULL, BROKEN, DAMAGED = (
    "The disk is full: make room",
    "The disk cannot be read or written",
    "restore a backup",
)
FAILING = ("deaf", "full", "damaged", "postgres")
GOALS = (
    {f"{name}_{what}": goal for name in FAILING for what, goal in (("lost", "0"), ("max_copies", "1"))}
    | {f"{name}_{what}": "0" for name in FAILING for what in ("half_states", "left", "exits")}
    | {f"{name}_tracebacks": "0" for name in ("deaf", "full", "postgres")}
    | {f"{name}_sent_unmarked": "0" for name in ("deaf", "full")}
    | {f"{name}_told": "≥ 1" for name in ("deaf", "full")}
    | {"deaf_resume_max_s": "≤ 5", "full_resume_max_s": "≤ 5", "postgres_recover_max_s": "≤ 5"}
    | {
        "read_only_refused": "1",
        "damaged_refused": "1",
        "corrupt_refused": "all of corrupt_files",
        "unwritable_refused": "all of unwritable_places",
        "log_started": "all of log_harmed",
        "log_half_states": "0",
    }
)


async def run(seed):
    """Figures of failing disks, refused files and of PostgreSQL's crashes; side by side, for all wait."""
    with tempfile.TemporaryDirectory(prefix="intern-chaos-") as name:
        parts = [_deaf_disk, _full_disk, _files, cuts.run]
        folders = [Path(name) / part.__module__ / part.__name__ for part in parts]
        for folder in folders:
            folder.mkdir(parents=True)
        found = await asyncio.gather(
            *(part(at, random.Random(seed)) for part, at in zip(parts, folders, strict=True))
        )
    return {figure: value for figures in found for figure, value in figures.items()}


async def _deaf_disk(folder, _rng):
    return await _failing(folder, "deaf", _deaf, BROKEN)


async def _full_disk(folder, _rng):
    try:
        with _small_disk(folder) as disk:
            return await _failing(disk, "full", _filled, FULL) | await _read_only(disk)
    except PermissionError as error:
        print(f"The full and the read-only disk are left out: {error}")
        return {}


async def _files(folder, rng):
    return await _damaged_while_open(folder) | await _without_log(folder, rng) | await _refused(folder, rng)


# --- a disk that fails


async def _failing(folder, name, trouble, sentence):
    """The disk fails `TIMES` times while INTERN sends. Does it say so, and go on by itself?"""
    half, sent, waits = 0, 0, []
    async with (
        crowd(f"sqlite:///{folder / 'intern.db'}", PEOPLE) as made,
        living(made, folder.parent, limited=True) as life,  # its log is on no such disk
    ):
        for _ in range(TIMES):
            await made.plant(2)
            await asyncio.sleep(0.3)
            async with trouble(made, life, folder):
                await asyncio.sleep(SECONDS)
                half += await half_states(made)
                sent += made.first_after(time.time() - SECONDS / 2) is not None
            waits.append(await resumed(made, time.time()))
        left = await settled(made)
        half += await half_states(made)
        said, code = life.said, await outcome(life)
        return await counted(made, name) | {
            f"{name}_times": TIMES,
            f"{name}_half_states": half,
            f"{name}_sent_unmarked": sent,
            f"{name}_told": sum(sentence in line for line in said.splitlines()),
            f"{name}_tracebacks": said.count("Traceback"),
            f"{name}_resume_max_s": max(waits),
            f"{name}_left": left,
            f"{name}_exits": code,
        }


@asynccontextmanager
async def _deaf(made, life, _folder):
    """No byte of this process reaches the disk, while others plan more for it to do."""
    life.limit_files(0)
    try:
        await made.plant(1)
        yield
    finally:
        life.limit_files(resource.RLIM_INFINITY)


@asynccontextmanager
async def _filled(_made, _life, folder):
    """Something else has taken all the room there was, the log's included."""
    filler = folder / "filler"
    _empty_log(folder / "intern.db")
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _small_disk(folder):
    """A file system of its own. Raises PermissionError where this user may not mount one."""
    disk = folder / "disk"
    disk.mkdir()
    _mounting("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk)
    try:
        yield disk
    finally:
        _mounting("umount", "-l", disk)


def _mounting(*command):
    try:
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PermissionError(f"{command[0]} did not work here") from error


async def _read_only(disk):
    """A start on a disk that became read-only is refused; it works when the disk is well."""
    url = f"sqlite:///{disk / 'intern.db'}"
    _mounting("mount", "-o", "remount,ro", disk)
    try:
        refused = await _says_no(disk.parent, url, "writ")
    finally:
        _mounting("mount", "-o", "remount,rw", disk)
    async with crowd(url, []) as made, living(made, disk.parent) as life:
        return {"read_only_refused": refused, "read_only_exits": await outcome(life)}


# --- a file that is damaged


async def _damaged_while_open(folder):
    """It says so and sends nothing wrong; it does not start on it; with the page back all arrives, once."""
    path = folder / "torn.db"
    async with crowd(f"sqlite:///{path}", PEOPLE) as made:
        async with living(made, folder) as life:
            await made.plant(1)
            await settled(made)
            with _torn(path):
                await made.plant(1)
                await life.says(DAMAGED)
                first = await outcome(life)
                refused = await _says_no(folder, made.url, DAMAGED)
        async with living(made, folder) as life:
            left = await settled(made)
            last = await outcome(life)
        return await counted(made, "damaged") | {
            "damaged_refused": refused,
            "damaged_left": left,
            "damaged_half_states": await half_states(made),
            "damaged_exits": first + last,
        }


@contextmanager
def _torn(path):
    """The first page of the deliveries is garbage, and comes back.

    By other processes: were this one to close the file, its own locks on it would be gone.
    """
    with closing(sqlite3.connect(path)) as c:
        page = _root(c, "deliveries") - 1
    kept, garbage = path.with_suffix(".page"), path.with_suffix(".garbage")
    garbage.write_bytes(b"\xff" * PAGE)
    _empty_log(path)
    _copied(path, kept, f"skip={page}")
    _copied(garbage, path, f"seek={page}")
    yield
    _copied(kept, path, f"seek={page}")


def _copied(source, target, *where):
    command = ["dd", f"if={source}", f"of={target}", f"bs={PAGE}", "count=1", "conv=notrunc", *where]
    subprocess.run(command, check=True, capture_output=True)


def _empty_log(path):
    """Everything is in the file itself, and the write-ahead log takes no room."""
    with closing(sqlite3.connect(path, timeout=5)) as c:
        for _ in range(100):
            if c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                return
            time.sleep(0.02)
    raise AssertionError("the log is read all the time")


def _root(c, table):
    (page,) = c.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return page


async def _without_log(folder, rng):
    """Killed, and then the write-ahead log or its index is torn or gone: it starts on what is whole."""
    path = folder / "log.db"
    log, index = (Path(f"{path}-{end}") for end in ("wal", "shm"))
    half = starts = 0
    async with crowd(f"sqlite:///{path}", PEOPLE) as made:
        harms = (index.unlink, lambda: _cut_short(log, rng), log.unlink)
        for harm in harms:
            async with living(made, folder) as life:
                await made.plant(1)
                await asyncio.sleep(0.3)
                await made.closed()  # the last one to close would tidy up
                await life.kill()
            harm()
            async with living(made, folder) as life:
                await made.opened()
                left = await settled(made, known_only=True)
                half += await half_states(made) + left
                starts += 1 - await outcome(life)
    return {"log_harmed": len(harms), "log_started": starts, "log_half_states": half}


def _cut_short(log, rng):
    content = log.read_bytes()
    log.write_bytes(content[: rng.randrange(len(content))])


async def _refused(folder, rng):
    """Starts on files that must not be used: how many ended with code 2, one sentence and untouched bytes."""
    whole = folder / "whole.db"
    async with MIGRATING:
        await migrate(f"sqlite:///{whole}")
    sound = whole.read_bytes()
    with closing(sqlite3.connect(whole)) as c:
        page = _root(c, "deliveries")
    files = {
        "garbage": rng.randbytes(9000),
        "torn page": sound[: (page - 1) * PAGE] + rng.randbytes(PAGE) + sound[page * PAGE :],
        "torn header": rng.randbytes(PAGE) + sound[PAGE:],
        "cut short": sound[: len(sound) // 2],
    }
    right = [await _refuses(folder, content) for content in files.values()]
    (folder / "file").write_text("")
    unwritable = [
        await _says_no(folder, f"sqlite:///{path}", "writ") for path in (folder / "file/a.db", "/sys/a.db")
    ]
    return {
        "corrupt_files": len(right),
        "corrupt_refused": sum(right),
        "unwritable_places": len(unwritable),
        "unwritable_refused": sum(unwritable),
    }


async def _refuses(folder, content):
    path = folder / "bad.db"
    path.write_bytes(content)
    return await _says_no(folder, f"sqlite:///{path}", DAMAGED) and path.read_bytes() == content


async def _says_no(folder, url, advice):
    environment = ENVIRONMENT | {"DATABASE_URL": url, "TELEGRAM_API_BASE": "http://127.0.0.1:9"}
    async with living(environment, folder, ready=False) as life:
        code = await life.ended()
        said = life.said.strip().splitlines()
    return code == 2 and len(said) == 1 and said[0].startswith("INTERN cannot start: ") and advice in said[0]
