"""Answers as Grok gives them: the newest posts, grouped well or badly, under names that change every time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.sandbox.world import World
from bot.sources.posts import document
from bot.sources.posts.features import Sense
from core.models import Answer, Question, QuestionKind, Search, Usage
from core.observing import Reply

LOST = 0.03  # of the polls
SHARED_SLUGS = ("defi-hack", "market-update", "new-listing", "crypto-news", "airdrop-season")
VAGUE = ("Crypto market update", "DeFi security incident", "New token listing", "What crypto X talks about")
RENAMED, SHARED, VAGUE_SHARE = 0.5, 0.15, 0.15  # of the groups
LUMPED, TORN, DROPPED = 0.06, 0.06, 0.08
NO_TICKERS, FALSE_TICKER = 0.2, 0.05

Json = dict[str, Any]


class Grok:
    """Asks a world; the same seed and the same questions give the same answers."""

    def __init__(self, world: World, *, seed: int, faithful: bool = False) -> None:
        self._world = world
        self._sense = Sense(world.posts)
        self._rng = random.Random(f"{seed}/grok")
        self._faithful = faithful  # nothing is lost and groups stay as they were found

    def reply(self, question: Question, known: Sequence[tuple[str, str]], now: datetime) -> Reply:
        if not self._faithful and self._rng.random() < LOST:
            return Reply(question, fault="timeout")
        loose = question.tool == "x_semantic_search"
        mode = "Top" if loose else question.mode
        since, until = int(question.since.timestamp()), int(question.until.timestamp())
        query = f"({question.query}) since_time:{since} until_time:{until}"
        found = self._world.search(query, mode=mode, limit=question.limit, now=now, loose=loose)
        discovers = question.kind is QuestionKind.DISCOVER
        told = document.write("discover" if discovers else "refresh", found, known, self._sense)
        if discovers and not self._faithful:
            self._distort(told)
        search = Search(
            tool=question.tool, query=question.query, mode="" if loose else mode, limit=question.limit
        )
        answer = Answer(
            response_id=f"sim-{self._rng.getrandbits(48):x}",
            served_model="sim",
            status="completed",
            searches=(search,),
            cited=frozenset(str(post.id) for post in found),
            document=told,
            usage=Usage(searches=1, posts_fetched=len(found), cost_ticks=0),
        )
        return Reply(question, answer=answer)

    def _distort(self, told: Json) -> None:
        """What a model does to groups: throws two together, tears one, forgets posts, names them anew."""
        rng, groups = self._rng, told["narratives"]
        if len(groups) >= 2 and rng.random() < LUMPED * len(groups):
            lost = groups.pop(rng.randrange(len(groups)))
            rng.choice(groups)["posts"] += lost["posts"]
        for group in list(groups):
            if len(group["posts"]) >= 4 and rng.random() < TORN:
                half = len(group["posts"]) // 2
                groups.append({**group, "posts": group["posts"][half:], "slug": group["slug"] + "-2"})
                group["posts"] = group["posts"][:half]
            for post in [post for post in group["posts"] if rng.random() < DROPPED]:
                group["posts"].remove(post)
                told["other"].append(post)
            self._rename(group)

    def _rename(self, group: Json) -> None:
        rng = self._rng
        if rng.random() < SHARED:
            group["slug"] = rng.choice(SHARED_SLUGS)
        elif rng.random() < RENAMED:
            parts = group["slug"].split("-")
            rng.shuffle(parts)
            group["slug"] = "-".join((*parts, rng.choice(("news", "update", "watch"))))[:48]
        if rng.random() < VAGUE_SHARE:
            group["title"] = rng.choice(VAGUE)
        if rng.random() < NO_TICKERS:
            group["tickers"] = []
        elif rng.random() < FALSE_TICKER:
            group["tickers"] = [*group["tickers"], rng.choice(("BTC", "LINK", "HYPE"))]
