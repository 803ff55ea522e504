"""The "model": does exactly what its prompt says, then writes what it found; faults bend what it does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.world import World, XPost
from bot.sandbox.xai import distort, wording
from bot.sandbox.xai.faults import Fault
from bot.sandbox.xai.prompt import Prompt, read
from bot.sandbox.xai.request import Asked
from bot.sandbox.xai.schema import fit
from bot.sandbox.xai.searching import Made, search, united
from bot.sources.posts import document as documents
from bot.sources.posts.features import Sense

Json = dict[str, Any]
EXCESS = 3  # times every search is made under the fault excess_searches


@dataclass(slots=True)
class Work:
    """Everything the model did for one request, before it goes on the wire."""

    prompt: Prompt
    made: list[Made]
    posts: list[XPost]
    text: str = ""
    annotations: list[Json] = field(default_factory=list)
    status: str = "completed"  # completed | incomplete | failed
    invented: list[int] = field(default_factory=list)  # claimed, not cited
    strays: list[int] = field(default_factory=list)  # cited, outside the window

    @property
    def cited(self) -> list[int]:
        return [post.id for post in self.posts]


class Model:
    """Works on a world of posts; the same seed and the same requests give the same answers."""

    def __init__(self, world: World, *, rng: random.Random) -> None:
        self._world = world
        self._sense = Sense(world.posts)
        self._rng = rng

    def work(self, asked: Asked, *, now: datetime, faults: Sequence[Fault]) -> Work:
        """Reads the prompt, searches, writes."""
        kinds = {fault.kind: fault for fault in faults}
        prompt = read(asked)
        times = 0 if "ungrounded" in kinds else EXCESS if "excess_searches" in kinds else 1
        tool = asked.x_search or {}
        made = [search(self._world, o, tool, now=now) for o in prompt.orders for _ in range(times)]
        done = Work(prompt, made, united(made))
        if (words := wording.written(asked, kinds)) is not None:
            done.text = words
        elif asked.format["type"] == "text" and not prompt.in_json:
            _write_prose(done, inline=asked.inline_citations)
        else:
            found = len(done.posts)
            bend = distort.Bend(kinds, now, self._rng, world=self._world.posts, found=found)
            self._write_json(done, asked, bend)
        _cut(done, kinds)
        return done

    def _write_json(self, done: Work, asked: Asked, bend: distort.Bend) -> None:
        task = "refresh" if "posts" in (asked.schema or {}).get("properties", {}) else done.prompt.task
        document = documents.write(task, done.posts, done.prompt.known, self._sense)
        if asked.schema is not None:
            document = fit(document, asked.schema)
        strays = bend.strays(done.prompt)
        done.posts += strays
        done.strays = [post.id for post in strays]
        distort.add(document, [documents.claim(post) for post in strays])
        done.invented = distort.add(document, bend.inventions())
        bend.texts(document)
        done.text = bend.length(document)
        if asked.format["type"] == "text":
            done.text = f"```json\n{done.text}\n```"
        done.annotations = [_citation(post) for post in done.posts]


def _citation(post: XPost, start: int = 0, end: int = 0, title: str | None = None) -> Json:
    return {
        "type": "url_citation",
        "url": post.url,
        "start_index": start,
        "end_index": end,
        "title": title or post.url,
    }


def _write_prose(done: Work, *, inline: bool) -> None:
    """Plain words; with inline citations each gets its offsets and its number as title."""
    if not done.posts:
        done.text = (
            "I have no live results for that. From memory, nothing unusual stands out in crypto right now."
        )
        return
    done.text = f"I found {len(done.posts)} posts:"
    for number, post in enumerate(done.posts, 1):
        done.text += f"\n- {post.author}: {post.text[:120]}"
        start = len(done.text) + 1
        if inline:
            done.text += f" [[{number}]]({post.url})"
            done.annotations.append(_citation(post, start, len(done.text), str(number)))
        else:
            done.annotations.append(_citation(post))


def _cut(done: Work, kinds: dict[str, Fault]) -> None:
    if "failed" in kinds:
        done.status, done.text, done.annotations = "failed", "", []
    elif "incomplete" in kinds:
        done.status, done.text = "incomplete", done.text[: len(done.text) * 3 // 5]
    elif "broken_text" in kinds:
        done.text = done.text[: max(1, len(done.text) // 2)]
