"""`python -m bot replay`: turn the wheel again over a recording, on a fresh database, and say what came out.

No key, no network, no Telegram: the same recording always prints the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from bot.clock import AppClock
from bot.confirmations import Confirmer
from bot.cycle import Wheel
from bot.settings import Settings, load
from bot.sources import Lookup, recordings
from bot.sources.recordings import Recorded, Recording
from core.errors import BadInput, ConfigError
from core.models import Chat, ChatKind
from core.pipeline import Outcome
from storage import alerts, chats, narratives, observations, scores, spend
from storage.address import normalise, place
from storage.database import Database
from storage.migrate import migrate

SHAPING = (
    "profile",
    "grok",
    "cycle",
    "confirm",
    "alerts",
)  # the settings that change what is asked or scored
NOBODY: dict[str, Any] = {
    "bot_token": "0:nobody-is-called",
    "xai_api_key": "nobody-is-asked",
    "posts_file": None,
}
READER = 1  # the chat whose alerts are counted: subscribed, with everything as it is at first
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALL = 1_000_000
TOP = 5


class Hand(AppClock):
    """A clock moved by hand: a whole turn of the wheel is one moment, then and when it is turned again."""

    def __init__(self, at: datetime = EPOCH) -> None:
        super().__init__(at, 0.0)
        self.at = at

    def now(self) -> datetime:
        return self.at


async def replay(path: Path, out: TextIO, *, url: str | None = None, current: bool = False) -> None:
    """Every recorded turn again, one line each on `out`, then the top and a digest of all that was scored.

    `url` is an empty database to keep the result in; `current` plays with today's settings instead of the
    recorded ones. Raises BadInput for a file or a database that will not do.
    """
    recording = recordings.load(path)
    settings = load(**NOBODY) if current else recorded_settings(path, recording)
    source = Recorded(recording)
    async with fresh_database(url) as database:
        telling = Telling(database, out)
        await play(recording, source, settings=settings, database=database, telling=telling)
        await telling.end()
    for line in _doubts(recording, source):
        print(line, file=out)


async def play(
    recording: Recording, source: Recorded, *, settings: Settings, database: Database, telling: Telling
) -> None:
    """Turn the wheel once for each recorded turn, at its time."""
    clock = Hand()
    wheel = Wheel(
        settings=settings,
        database=database,
        source=source,
        clock=clock,
        meter=source if recording.metered else None,
        confirmer=confirmer(settings, source),
        ledger=source,
    )
    for turn in recording.turns:
        clock.at = turn.at
        await telling.turn(turn.at, await wheel.turn(turn.slot))


def confirmer(settings: Settings, lookup: Lookup | None) -> Confirmer:
    """Who confirms posts, as the settings say it."""
    knobs = settings.confirm
    asked = lookup if knobs.look_up else None
    return Confirmer(asked, per_cycle=knobs.per_cycle, timeout_s=knobs.timeout_seconds)


def shaping(settings: Settings) -> dict[str, Any]:
    """What a recording keeps of the settings: nothing secret, nothing of the machine it ran on."""
    return settings.model_dump(mode="json", include=set(SHAPING))


def recorded_settings(path: Path, recording: Recording) -> Settings:
    """The settings of the recording. Raises BadInput when this INTERN does not understand them any more."""
    try:
        return load(**NOBODY, **{name: recording.settings[name] for name in SHAPING})
    except (ConfigError, KeyError) as error:
        raise BadInput(
            f"{path} was recorded with other settings than this INTERN has ({error}): "
            "replay it with --with-current-settings."
        ) from None


@asynccontextmanager
async def fresh_database(url: str | None = None) -> AsyncIterator[Database]:
    """An empty database with one subscribed chat: the given one, or a temporary one."""
    with TemporaryDirectory(prefix="intern-replay-") as folder:
        address = url or f"sqlite:///{Path(folder) / 'replay.db'}"
        await migrate(address)
        database = await Database.open(address)
        try:
            await _move_in(database, address)
            yield database
        finally:
            await database.close()


async def _move_in(database: Database, address: str) -> None:
    async with database.writing() as c:
        used = await observations.any_cycle(c) or await chats.count(c) or await spend.spent(c, since=EPOCH)
        if used:
            raise BadInput(
                f"The {place(normalise(address))} is not empty: name an empty database, "
                "or leave --database out."
            )
        reader = Chat(id=READER, kind=ChatKind.PRIVATE, title="replay", subscribed=True, created_at=EPOCH)
        await chats.save(c, reader)


class Telling:
    """One line a turn, and at the end what it all came to."""

    def __init__(self, database: Database, out: TextIO) -> None:
        self._db = database
        self.out = out
        self._hash = sha256()
        self._seen: set[str] = set()
        self._at = EPOCH

    async def turn(self, at: datetime, outcome: Outcome) -> None:
        """What this turn found, and it enters the digest."""
        self._at = at
        for score in sorted(outcome.scores, key=lambda score: score.narrative_id):
            self._seen.add(score.narrative_id)
            self._hash.update(score.model_dump_json().encode())
        async with self._db.reading() as c:
            fired = await alerts.fired_since(c, READER, at)
        answered = sum(poll.ok for poll in outcome.polls)
        self._say(
            f"{at:%Y-%m-%d %H:%M}  searches {answered}/{len(outcome.polls)}  posts {len(outcome.posts)}  "
            f"narratives {len(outcome.scores)}  alerts {fired}"
        )

    async def end(self) -> None:
        """The top of the last turn, and the digest of all scores and decisions."""
        async with self._db.reading() as c:
            best = (await scores.as_of(c, self._at))[:TOP]
            named = await narratives.by_ids(c, [score.narrative_id for score in best])
            for id in sorted(self._seen):
                for decision in await alerts.decisions(c, narrative_id=id, chat_id=READER, limit=ALL):
                    self._hash.update(decision.model_dump_json().encode())
        self._say(f"Top {len(best)}" if best else "No narratives.")
        for score in best:
            about = f"{score.phase.value}, {score.ratio:.1f}× usual, {score.posts_24h} posts in 24 h"
            self._say(f"{score.rank}. {named[score.narrative_id].title}: {score.score:.0f} ({about})")
        self._say(f"digest {self._hash.hexdigest()}")

    def _say(self, line: str) -> None:
        print(line, file=self.out, flush=True)


def _doubts(recording: Recording, source: Recorded) -> list[str]:
    """Where this was not simply the recording again."""
    found = (
        (source.missed, "{} questions were asked that are not in the recording; they got no answer."),
        (source.left, "{} recorded answers were not asked for."),
        (recording.unfinished, "{} recorded answers belong to a turn that did not end; it is left out."),
        (int(recording.torn), "The file ends within a line, which is left out."),
    )
    return [sentence.format(count) for count, sentence in found if count]
