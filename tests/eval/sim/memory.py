"""What the cycle reads from storage each turn, kept in memory: the same windows, no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.cycle import KNOWN, LOOSE, SAID, TEXTS
from core.models import Excerpt, Mention, Narrative, NarrativeEvent, Poll, Post, Score
from core.observing import Reply
from core.pipeline import COMPLETENESS, POLLS, History, Outcome
from core.plan import REMEMBERS
from core.signals import Log, sampled
from core.signals.completeness import Find
from core.voices import known_since


class Memory:
    """Everything the turns so far have left."""

    def __init__(self) -> None:
        self.narratives: dict[str, Narrative] = {}
        self.mentions: dict[tuple[str, str], Mention] = {}
        self.posts: dict[str, Post] = {}
        self.polls: list[Poll] = []
        self.events: list[NarrativeEvent] = []
        self.scores: dict[str, Score] = {}  # the newest of each
        self.latest: Sequence[Score] = ()
        self.earlier: dict[str, Score] = {}  # the scores of the turn before
        self._discovered: dict[str, tuple[str, datetime, datetime]] = {}
        self._finds: list[Find] = []

    def live(self, since: datetime) -> list[Narrative]:
        found = [n for n in self.narratives.values() if n.last_post_at >= since and n.redirect_to is None]
        return sorted(found, key=lambda n: (-n.last_post_at.timestamp(), n.id))

    def redirects(self) -> dict[str, str]:
        return {n.id: n.redirect_to for n in self.narratives.values() if n.redirect_to}

    def asked(self, now: datetime) -> list[Poll]:
        return [poll for poll in self.polls if poll.until >= now - REMEMBERS]

    def history(self, replies: Iterable[Reply], now: datetime) -> History:
        live = self.live(now - KNOWN)
        owned = {id for _, id in self.mentions}
        cited = {id for reply in replies if reply.answer for id in reply.answer.cited}
        recent = [post for post in self.posts.values() if post.created_at >= now - TEXTS and post.text]
        recent.sort(key=lambda post: post.created_at)
        return History(
            narratives=live,
            redirects=self.redirects(),
            log=Log.of(
                map(self._known, self.mentions.values()),
                sampled(self.polls),
                finds=self._discovered.values(),
                ids=self.narratives,
            ),
            polls=[poll for poll in self.polls if poll.until >= now - POLLS],
            finds=[find for find in self._finds if find.created_at >= now - COMPLETENESS],
            previous={n.id: self.scores[n.id] for n in live if n.id in self.scores},
            known={id: self.posts[id] for id in cited if id in self.posts},
            loose={p.id: p for p in recent if p.created_at >= now - LOOSE and p.id not in owned},
            recent=[Excerpt(post.id, post.text, post.signature, post.junk) for post in recent],
            said={p.id: p.text for p in recent if p.created_at >= now - SAID and p.id in owned},
            regulars=self._regulars(now),
        )  # fmt: skip

    def _regulars(self, now: datetime) -> set[str] | None:
        before = known_since(self.polls[0].known_at, now) if self.polls else None
        if before is None:
            return None
        return {p.author for p in self.posts.values() if p.author and p.created_at < before}

    def _known(self, mention: Mention) -> Mention:
        return mention._replace(confirmed=bool(self.posts[mention.post_id].confirmed))

    def keep(self, outcome: Outcome) -> None:
        """What the cycle writes."""
        measuring = {p.id for p in outcome.polls if p.kind != "discover" and p.covered_from}
        finding = {p.id for p in outcome.polls if p.kind == "discover" and p.meters}
        known = dict(self.posts)
        self.posts |= {post.id: post for post in outcome.posts}
        self.polls += outcome.polls
        for poll_id, post_id, at in outcome.sightings:
            if post_id not in self.posts:
                continue
            post = self.posts[post_id]
            if poll_id in measuring:
                first = known[post_id].known_at if post_id in known else at
                self._finds.append(Find(poll_id, post.created_at, first))
            if poll_id in finding:
                self._discovered.setdefault(post_id, (post_id, post.created_at, at))
        self.narratives |= {n.id: n for n in outcome.narratives}
        for mention in outcome.mentions:
            key = mention.narrative_id, mention.post_id
            before = self.mentions.get(key)
            self.mentions[key] = (
                before._replace(metered=before.metered or mention.metered) if before else mention
            )
        for origin, to, post_id in outcome.moves:
            row = self.mentions.pop((origin, post_id), None)
            if row:
                self.mentions.setdefault((to, post_id), row._replace(narrative_id=to, metered=False))
        self.events += outcome.events
        self.earlier = {score.narrative_id: score for score in self.latest}
        self.latest = outcome.scores
        self.scores |= {score.narrative_id: score for score in outcome.scores}
