"""What the "model" says about rows it is given: a line on each story, one on what its first post says."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

from bot.sandbox.xai.distort import HOSTILE
from bot.sandbox.xai.request import Asked
from bot.sandbox.xai.schema import fit

Json = dict[str, Any]
TASKS = ("explanation", "digest")
FOREIGN = "1999999999999999999"  # the id of a post nobody gave it
_SAID = 100  # characters of a post that are repeated


def written(asked: Asked, faults: Container[str]) -> str | None:
    """The answer to a request for words; None when something else is asked."""
    try:
        content = json.loads(asked.last_user_text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("task") not in TASKS:
        return None
    document = _words(content["facts"])
    if "invented_ids" in faults:
        document["bullets"] = [{"text": "Insiders confirm it", "post_ids": [FOREIGN]}, *document["bullets"]]
    if "hostile_text" in faults:
        for place, bullet in enumerate(document["bullets"]):
            bullet["text"] = HOSTILE[place % len(HOSTILE)][:160]
    return json.dumps(fit(document, asked.schema) if asked.schema else document, ensure_ascii=False)


def _words(facts: Json) -> Json:
    said = {row["post_id"]: row["excerpt"] for row in facts["posts"]}
    bullets = [bullet for story in facts["stories"] for bullet in _about(story, said)]
    return {"headline": f"Talk about {facts['stories'][0]['title']}"[:120], "bullets": bullets[:4]}


def _about(story: Json, said: dict[str, str]) -> list[Json]:
    ids = story["post_ids"]
    if not ids:
        return []
    counted = f"{story['posts']} posts by {story['authors']} authors" if "posts" in story else "A few posts"
    return [
        {"text": f"{counted} are about {story['title']}"[:160], "post_ids": ids[:3]},
        {"text": f"Somebody writes: {said[ids[0]][:_SAID]}", "post_ids": ids[:1]},
    ]
