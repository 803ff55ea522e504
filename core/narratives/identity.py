"""Is this the story we knew? Groups of accepted posts become new narratives or continue known ones.

Identity rests on evidence: posts already known to belong to a narrative, then a ticker that is not a major,
then the words both share. The model's own name for it only helps where the words half agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from operator import itemgetter
from typing import Literal

from core.evidence import Group
from core.models import Mention, Narrative, NarrativeEvent, Post
from core.narratives import merging
from core.narratives.label import Background, grade, slug
from core.narratives.matching import Face, Likeness, face_of, likeness, speaks_of
from core.narratives.query import MAX_PARTS, refresh_query
from core.narratives.reading import about, is_evidence
from core.narratives.story import Gathering, Story, stories, together
from core.text import words

YOUNG = timedelta(hours=6)  # while title, tickers and terms may still improve
SILENCE = timedelta(days=7)  # after it a narrative that speaks again is back


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one batch of groups changed. `ignored`: reason → groups that continued and founded nothing."""

    narratives: tuple[Narrative, ...] = ()  # new or changed
    mentions: tuple[Mention, ...] = ()
    events: tuple[NarrativeEvent, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)


def assign(
    *,
    known: Sequence[Narrative],
    owners: Mapping[str, Set[str]],
    groups: Sequence[Group],
    posts: Mapping[str, Post],
    background: Background,
    now: datetime,
    said: Mapping[str, str] | None = None,
) -> Assignment:
    """Decide for every group whether it continues a known narrative, founds one, or is no story.

    `owners` maps post ids to the narratives they are known to belong to. `posts` holds the accepted posts;
    those in no group and of no narrative (earlier batches' too) join a story they are closely linked with.
    `said` holds the texts of posts already owned: known narratives that turn out to be one story are merged.
    The order of groups, of their ids and of `known` changes nothing. Groups of one batch that tell the same
    story become one. A new narrative's id follows from its earliest posts.
    """
    batch = _Batch(known, owners, background, now)
    rest: list[Story] = []
    grouped = {id for group in groups for id in group.post_ids}
    loose = [post for id, post in sorted(posts.items()) if id not in grouped and not owners.get(id)]
    gathering = Gathering(loose, background)
    for group in [*groups, *(_alone(post) for post in loose if post.known_at == now)]:
        found = stories(group, posts, background, gathering)
        batch.ignored["no accepted post"] += not found
        rest += found
    rest.sort(key=_weightiest)
    for _ in range(2):  # the second time with the posts that this very batch made known
        rest = batch.continue_known(rest)
    for story in batch.united(rest):
        batch.found(story)
    batch.merge({**(said or {}), **{id: post.text for id, post in posts.items() if post.text}})
    return batch.assignment()


def _alone(post: Post) -> Group:
    """A new post that the model put into no narrative: it may meet one of the day that was left over too."""
    return Group(slug="", title="", summary="", tickers=(), stance="", post_ids=(post.id,))


def refreshed(narrative: Narrative, posts: Iterable[Post], now: datetime) -> tuple[Narrative, list[Mention]]:
    """The narrative after its own refresh poll, and its metered mentions: only of posts about it."""
    found = sorted(
        (p for p in posts if about(p, narrative.tickers, narrative.terms)), key=lambda p: int(p.id)
    )
    return _stretched(narrative, found), [_mention(narrative.id, post, now, metered=True) for post in found]


def is_dormant(narrative: Narrative, now: datetime) -> bool:
    """Whether nobody was found to speak of it for seven days."""
    return now - narrative.last_post_at > SILENCE


class _Batch:
    """The state while one batch of groups is assigned."""

    def __init__(
        self,
        known: Sequence[Narrative],
        owners: Mapping[str, Set[str]],
        background: Background,
        now: datetime,
    ) -> None:
        self.background, self.now = background, now
        self.narratives = {n.id: n for n in sorted(known, key=lambda n: (n.first_seen_at, n.id))}
        redirects = {n.id: n.redirect_to for n in known if n.redirect_to}
        self.evidence: dict[str, set[str]] = defaultdict(set)  # narrative id → its posts
        for post_id, ids in owners.items():
            for id in ids:
                self.evidence[merging.survivor(id, redirects)].add(post_id)
        self.changed: dict[str, Narrative] = {}
        self.mentions: list[Mention] = []
        self.events: list[NarrativeEvent] = []
        self.ignored: Counter[str] = Counter()

    def continue_known(self, stories: Sequence[Story]) -> list[Story]:
        """Let every story that is a known one continue it; the others are returned."""
        same: dict[str, list[tuple[Likeness, Story]]] = defaultdict(list)
        rest: list[Story] = []
        alive = {id: n for id, n in self.narratives.items() if n.redirect_to is None}
        faces = {id: face_of(n, self.evidence[id], self.background) for id, n in alive.items()}
        for story in stories:
            best = _best(story, faces, self.background)
            if best:
                same[best[1]].append((best[0], story))
            else:
                rest.append(story)
        for id, found in sorted(same.items()):
            likeness = max(likeness for likeness, _ in found)
            self._continue(faces[id], self.narratives[id], likeness, [story for _, story in found])
        return rest

    def _continue(self, face: Face, narrative: Narrative, likeness: Likeness, parts: Sequence[Story]) -> None:
        story = together(parts, self.background)
        trusted = {post.id for part in parts if part.coherent for post in part.posts}
        fresh = [
            post
            for post in story.posts
            if (post.id in trusted or speaks_of(post, face, self.background))
            and post.id not in self.evidence[narrative.id]
        ]
        if not fresh:
            return
        back = is_dormant(narrative, self.now)
        self._event(narrative.id, "BACK" if back else "CONTINUES", likeness.reason)
        narrative = _stretched(narrative, fresh)
        if story.coherent and self.now - narrative.first_seen_at < YOUNG:
            narrative = self._improved(narrative, story)
        self._keep(narrative, fresh)

    def _improved(self, narrative: Narrative, story: Story) -> Narrative:
        """A young narrative may gain tickers, terms and a name that says more."""
        tickers = tuple(dict.fromkeys((*narrative.tickers, *story.tickers)))[:MAX_PARTS]
        said = {word for term in narrative.terms for word in words(term)}
        terms = (*narrative.terms, *(term for term in story.terms if said.isdisjoint(words(term))))[
            :MAX_PARTS
        ]
        name = story.name(self.background)
        if grade(name) > grade(narrative.title):
            self._event(narrative.id, "RENAMED", f"was {narrative.title!r}")
        else:
            name = narrative.title
        query = refresh_query(tickers, terms)
        return narrative.model_copy(
            update={"tickers": tickers, "terms": terms, "title": name, "query": query}
        )

    def united(self, stories: Sequence[Story]) -> list[Story]:
        """Stories of this batch that are the same become one; only coherent ones remain."""
        whole: dict[str, Story] = {}
        for story in stories:
            faces = {name: face_of(known, known.ids, self.background) for name, known in whole.items()}
            best = _best(story, faces, self.background)
            name = best[1] if best else story.posts[0].id
            parts = [whole[name], story] if name in whole else [story]
            whole[name] = together(parts, self.background)
        for story in whole.values():
            if not story.coherent:
                few = not is_evidence(story.posts)
                self.ignored["too few posts" if few else "nothing distinctive in common"] += 1
        return [story for story in whole.values() if story.coherent]

    def found(self, story: Story) -> None:
        """A narrative INTERN did not know."""
        first = [post.id for post in story.posts[:2]]
        id = blake2b(",".join(first).encode(), digest_size=6).hexdigest()
        name = story.name(self.background) or " ".join((*story.tickers, *story.terms)[:1])
        taken = {n.slug for n in self.narratives.values()}
        short = slug(name, id)
        narrative = Narrative(
            id=id,
            slug=f"{short[:43]}-{id[:4]}" if short in taken else short,
            title=name,
            tickers=story.tickers,
            terms=story.terms,
            query=refresh_query(story.tickers, story.terms),
            first_seen_at=self.now,
            earliest_post_at=story.posts[0].created_at,
            last_post_at=max(post.created_at for post in story.posts),
        )
        self._event(id, "NEW", f"{len(story.posts)} posts of {len(story.texts)} authors share it")
        self._keep(narrative, story.posts)

    def merge(self, said: Mapping[str, str]) -> None:
        """Let narratives that have become the same story be one."""
        every = self.narratives.values()
        changed, events = merging.merged(every, self.evidence, said, self.background, self.now)
        self.changed |= {narrative.id: narrative for narrative in changed}
        self.events += events

    def _keep(self, narrative: Narrative, posts: Iterable[Post]) -> None:
        self.narratives[narrative.id] = self.changed[narrative.id] = narrative
        for post in posts:
            self.evidence[narrative.id].add(post.id)
            self.mentions.append(_mention(narrative.id, post, self.now, metered=False))

    def _event(self, id: str, kind: Literal["NEW", "CONTINUES", "RENAMED", "BACK"], reason: str) -> None:
        self.events.append(NarrativeEvent(narrative_id=id, kind=kind, at=self.now, reason=reason))

    def assignment(self) -> Assignment:
        ignored = {reason: count for reason, count in sorted(self.ignored.items()) if count}
        return Assignment(tuple(self.changed.values()), tuple(self.mentions), tuple(self.events), ignored)


def _best(story: Story, faces: Mapping[str, Face], background: Background) -> tuple[Likeness, str] | None:
    """The most alike of the faces; among equals the first."""
    found = [(like, key) for key, face in faces.items() if (like := likeness(story, face, background))]
    return max(found, key=itemgetter(0), default=None)


def _weightiest(story: Story) -> tuple[int, int, str, str]:
    return (-len(story.posts), int(story.posts[0].id), story.slug, story.proposal)


def _stretched(narrative: Narrative, posts: Sequence[Post]) -> Narrative:
    times = [post.created_at for post in posts]
    first = min((narrative.earliest_post_at, *times))
    last = max((narrative.last_post_at, *times))
    return narrative.model_copy(update={"earliest_post_at": first, "last_post_at": last})


def _mention(id: str, post: Post, now: datetime, *, metered: bool) -> Mention:
    return Mention(
        narrative_id=id,
        post_id=post.id,
        created_at=post.created_at,
        known_at=now,
        metered=metered,
        author=post.author,
        stance=post.stance,
        signature=post.signature,
        tone=post.tone,
        engagement=post.engagement,
    )
