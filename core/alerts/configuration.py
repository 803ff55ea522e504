"""A chat's whole configuration as JSON: written, read back anywhere, refused with a sentence.

Rules are lines of the language and narratives are slugs, so that a person can read and edit the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator

from core.alerts.language import Known, parse, text_of
from core.errors import BadInput, BadRule
from core.models import Chat, Fact
from core.models.attention import Attention, Clock, Kind, Mode, QuietHours, Sensitivity, Topic
from core.models.rules import ENTRIES, RULES, TOPICS, Rule, Scope, Spec

LARGEST = 64_000  # characters


class Line(Fact):
    """A rule."""

    rule: str
    name: str = Field(default="", max_length=60)
    paused: bool = False


class Entry(Fact):
    """A thing on a list; a narrative by its slug."""

    kind: Literal["narrative", "token", "topic"]
    name: str = Field(min_length=1, max_length=60)


class Configuration(Fact):
    """What export writes and import reads."""

    version: Literal[1] = 1
    zone: str = "UTC"
    subscribed: bool = False
    digest_at: Clock | None = None
    quiet: QuietHours | None = None
    budget: int = Field(default=5, ge=0, le=50)
    sensitivity: Sensitivity = Sensitivity.STANDARD
    kinds: dict[Kind, Mode] = Field(default_factory=dict)
    watch: tuple[Entry, ...] = Field(default=(), max_length=ENTRIES)
    ignore: tuple[Entry, ...] = Field(default=(), max_length=ENTRIES)
    topics: tuple[Topic, ...] = Field(default=(), max_length=TOPICS)
    rules: tuple[Line, ...] = Field(default=(), max_length=RULES)

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; write one such as Europe/Berlin")
        return value


class Imported(Fact):
    """A configuration with everything in it understood."""

    configuration: Configuration
    specs: tuple[Spec, ...]  # of its rules, in their order
    watch: tuple[Scope, ...]
    ignore: tuple[Scope, ...]


def exported(chat: Chat, allowed: Attention, rules: Iterable[Rule]) -> str:
    """The chat's configuration as JSON. Rules for once that have fired are over and stay behind."""
    lists = {
        name: tuple(Entry(kind=scope.kind, name=scope.name) for scope in getattr(allowed, name))
        for name in ("watch", "ignore")
    }
    lines = [Line(rule=text_of(r), name=r.name, paused=r.paused) for r in rules if r.done_at is None]
    return Configuration(
        zone=chat.zone, subscribed=chat.subscribed, digest_at=chat.digest_at, quiet=allowed.quiet,
        budget=allowed.budget, sensitivity=allowed.sensitivity, kinds=allowed.kinds, topics=allowed.topics,
        rules=tuple(lines), **lists,
    ).model_dump_json(indent=1)  # fmt: skip


def imported(text: str, known: Known) -> Imported:
    """What the JSON says; nothing is taken over unless all of it is understood.

    `known.narratives` are the slugs known here; rules may be about the topics the file itself follows.
    Raises BadInput with a sentence that says where.
    """
    if len(text) > LARGEST:
        raise BadInput(f"That file is too large: a configuration has at most {LARGEST} characters.")
    try:
        read = Configuration.model_validate_json(text)
    except ValidationError as error:
        raise BadInput(_sentence(error.errors(include_url=False)[0])) from None
    here = Known(known.narratives, read.topics)
    return Imported(
        configuration=read,
        specs=tuple(_spec(n, line, here) for n, line in enumerate(read.rules, 1)),
        watch=tuple(_entry("watch", entry, known) for entry in read.watch),
        ignore=tuple(_entry("ignore", entry, known) for entry in read.ignore),
    )


def _spec(number: int, line: Line, known: Known) -> Spec:
    try:
        return parse(line.rule, known)
    except BadRule as error:
        raise BadInput(f"Rule {number}: {error}") from None


def _entry(name: str, entry: Entry, known: Known) -> Scope:
    if entry.kind == "narrative" and entry.name not in known.narratives:
        raise BadInput(f"On the {name} list: I know no story #{entry.name}.")
    id = known.narratives[entry.name] if entry.kind == "narrative" else None
    try:
        return Scope(kind=entry.kind, name=entry.name, narrative_id=id)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise BadInput(f"On the {name} list, {entry.name}: {reason}.") from None


def _sentence(error: Any) -> str:
    """The first thing that is wrong, and where."""
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in error["loc"])
    if error["type"] == "json_invalid":
        return "That is not JSON: send the file as /export wrote it."
    if where == "version":
        return "That configuration is of another version: this INTERN reads version 1."
    if error["type"] == "extra_forbidden":
        return f"{where} is nothing a configuration has: remove it or check its spelling."
    return f"{where} is wrong: {error['msg'].removeprefix('Value error, ')}."
