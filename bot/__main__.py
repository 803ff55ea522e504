"""The command line: `python -m bot run | migrate | check | record | replay | demo`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bot import logs
from bot.clock import AppClock
from bot.garbage import collect_seldom
from bot.roles import EVERYTHING, Role
from bot.settings import Settings, load
from core.errors import ConfigError, InternError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; what the operator can mend is one sentence on stderr and exit code 2."""
    arguments = _parser().parse_args(argv)
    collect_seldom()
    logs.configure()
    try:
        return int(arguments.command(arguments) or 0)
    except InternError as error:
        print(f"INTERN cannot start: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="INTERN, the analyst in a Telegram chat."
    )
    commands = parser.add_subparsers(required=True, metavar="run | migrate | check | record | replay | demo")
    run = commands.add_parser("run", help="serve chats until SIGTERM")
    run.add_argument(
        "roles",
        nargs="*",
        type=_role,
        metavar="web | worker | sender",
        help="only these parts of the work, beside other processes on the same PostgreSQL (default: all)",
    )
    run.set_defaults(command=_run)
    commands.add_parser("migrate", help="bring the database up to date and exit").set_defaults(
        command=_migrate
    )
    commands.add_parser(
        "check", help="try key, model, search, spending and Telegram once (about $0.02); what a day costs"
    ).set_defaults(command=_check)
    _add_recordings(commands)
    demo = commands.add_parser("demo", help="the whole product on loopback, nothing to configure")
    demo.add_argument(
        "--posts", help="play this posts file (.jsonl or .jsonl.gz) instead of the simulated world"
    )
    demo.add_argument("--from", dest="first", help="first UTC date to play, YYYY-MM-DD")
    demo.add_argument("--to", dest="last", help="last UTC date to play, inclusive")
    demo.add_argument("--stay", action="store_true", help="keep the chat page open after the last post")
    demo.add_argument("--port", type=int, default=0, help="port of the chat page (default: any free one)")
    demo.add_argument("--guide-only", action="store_true", help="exit after the guided transcript")
    demo.add_argument(
        "--quick", action="store_true", help="no tour and less history: the chat is yours sooner"
    )
    demo.set_defaults(command=_demo)
    return parser


def _add_recordings(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    record = commands.add_parser(
        "record", help="read X as `run` does, without Telegram, and keep every question and answer in a file"
    )
    record.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="a new .jsonl or .jsonl.gz file"
    )
    record.add_argument("--turns", type=_positive, help="how many turns (default: until Ctrl-C)")
    record.add_argument("--append", action="store_true", help="go on with the recording in FILE")
    record.set_defaults(command=_record)
    replay = commands.add_parser(
        "replay", help="play a recording: no key, no network, always the same result"
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="made by `record`")
    replay.add_argument("--database", metavar="URL", help="an empty database to keep the result in")
    replay.add_argument(
        "--with-current-settings", action="store_true", help="today's settings instead of the recorded ones"
    )
    replay.set_defaults(command=_replay)


def _role(text: str) -> Role:
    if text not in EVERYTHING:
        raise argparse.ArgumentTypeError(f"{text!r} is no role: write web, worker, sender or several of them")
    return Role(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of turns: write 1 or more")
    return int(text)


def _settings() -> Settings:
    settings = load()
    logs.configure(level=settings.log.level, form=settings.log.format, secrets=settings.secrets)
    return settings


def _run(arguments: argparse.Namespace) -> None:
    settings = _settings()
    clock = AppClock.parse(settings.clock)
    _refuse_dear_hours(settings, clock)
    from bot import app  # noqa: PLC0415 — the wiring pulls in everything: what is wrong is told before that

    async def serve() -> None:
        stop = asyncio.Event()
        app.stop_on_signals(stop)
        await app.run(settings, clock, stop, roles=frozenset(arguments.roles) or EVERYTHING)

    asyncio.run(serve())


def _refuse_dear_hours(settings: Settings, clock: AppClock) -> None:
    """The daily cap counts app days: on a fast clock the real xAI would be paid many of them in one."""
    host = urlsplit(settings.xai_base_url).hostname or ""
    if settings.posts_file is not None and settings.x_bearer_token is None:
        return  # nobody is paid
    if clock.speed > 1 and host not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError(
            f"CLOCK runs {clock.speed:g} times as fast as real time and {host} bills real money: "
            "set its speed to 1, or XAI_BASE_URL to a server on this machine."
        )


def _migrate(_arguments: argparse.Namespace) -> None:
    from storage.migrate import migrate  # noqa: PLC0415

    asyncio.run(migrate(_settings().database_url.get_secret_value()))
    print("The database is up to date.")


def _check(_arguments: argparse.Namespace) -> int:
    settings = _settings()
    clock = AppClock.parse(settings.clock)
    from bot.check import check  # noqa: PLC0415 — as for `run`

    return asyncio.run(check(settings, clock, sys.stdout))


def _record(arguments: argparse.Namespace) -> int:
    from bot import record, replay  # noqa: PLC0415 — as for `run`

    settings = load(bot_token=replay.NOBODY["bot_token"])  # Telegram is left alone
    logs.configure(level=settings.log.level, form=settings.log.format, secrets=settings.secrets)
    clock = AppClock.parse(settings.clock)
    _refuse_dear_hours(settings, clock)

    async def keep() -> None:
        stop = asyncio.Event()
        record.stop_on_signals(stop)
        await record.record(
            settings,
            clock,
            arguments.to,
            sys.stdout,
            stop=stop,
            turns=arguments.turns,
            append=arguments.append,
        )

    try:
        asyncio.run(keep())
    except asyncio.CancelledError:
        return 130
    return 0


def _replay(arguments: argparse.Namespace) -> None:
    logs.configure(level="error")  # what was recorded was logged then
    from bot.replay import replay  # noqa: PLC0415 — as for `run`

    current = arguments.with_current_settings
    asyncio.run(replay(arguments.file, sys.stdout, url=arguments.database, current=current))


def _demo(arguments: argparse.Namespace) -> int:
    from bot import demo  # noqa: PLC0415 — the only door to the sandbox

    return asyncio.run(demo.play(demo.Plan.of(arguments)))


if __name__ == "__main__":
    sys.exit(main())
