"""Is this the story we knew? Groups of accepted posts become new narratives or continue known ones.

Identity rests on evidence: posts already known to belong to a narrative, then a ticker that is not a major,
then the words both share. The model's own name for it only helps where the words half agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from core.evidence import Group
from core.models import Mention, Narrative, NarrativeEvent, Post
from core.narratives import merging
from core.narratives.entities import apart, is_telling, named_in, stands_for
from core.narratives.label import Background, grade, slug
from core.narratives.links import Gathering, Sayings
from core.narratives.matching import Face, Faces, Likeness, closest, face_of, speaks_of
from core.narratives.query import MAX_PARTS, refresh_query
from core.narratives.reading import about, is_evidence, own
from core.narratives.splitting import RECENT, Parting, Said, parting, spoken
from core.narratives.story import Story, stories, together
from core.narratives.story import told as story_of
from core.text import language, signature, words

YOUNG = timedelta(hours=6)  # while title, tickers and terms may still improve
SILENCE = timedelta(days=7)  # after it a narrative that speaks again is back
GROWN = 0.1  # of its posts are new: then a story is told anew while it is put together
NOTHING_READ = Background()
Kind = Literal["NEW", "CONTINUES", "SPLIT", "RENAMED", "BACK"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one batch of groups changed. `ignored`: reason → groups that continued and founded nothing."""

    narratives: tuple[Narrative, ...] = ()  # new or changed
    mentions: tuple[Mention, ...] = ()
    events: tuple[NarrativeEvent, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    parted: Mapping[tuple[str, str], str] = field(
        default_factory=dict
    )  # (left narrative, post) → the new one


def assign(
    *,
    known: Sequence[Narrative],
    owners: Mapping[str, Set[str]],
    groups: Sequence[Group],
    posts: Mapping[str, Post],
    background: Background,
    now: datetime,
    said: Mapping[str, str] | None = None,
    speakers: Mapping[str, tuple[str | None, datetime]] | None = None,
) -> Assignment:
    """Decide for every group whether it continues a known narrative, founds one, or is no story.

    `owners` maps post ids to the narratives they are known to belong to. `posts` holds the accepted posts;
    those in no group and of no narrative (earlier batches' too) join a story they are closely linked with.
    `said` holds the texts of posts already owned, `speakers` their authors and times: known narratives that
    turn out to be one story are merged, and one that has become two is split.
    The order of groups, of their ids and of `known` changes nothing. Groups of one batch that tell the same
    story become one. A new narrative's id follows from its earliest posts.
    """
    batch = _Batch(known, owners, background, now)
    rest: list[Story] = []
    grouped = {id for group in groups for id in group.post_ids}
    loose = [post for id, post in sorted(posts.items()) if id not in grouped and not owners.get(id)]
    gathering = Gathering(loose, Sayings(background))
    for group in [*groups, *(_alone(post) for post in loose if post.known_at == now)]:
        found = stories(group, posts, background, gathering)
        batch.ignored["no accepted post"] += not found
        rest += found
    rest.sort(key=_weightiest)
    for _ in range(2):  # the second time with the posts that this very batch made known
        rest = batch.continue_known(rest)
    for story in batch.united(rest):
        batch.found(story)
    texts = {**(said or {}), **{id: post.text for id, post in posts.items() if post.text}}
    voiced = {**(speakers or {}), **{id: (post.author, post.created_at) for id, post in posts.items()}}
    told = {id: Said(id, text, *voiced[id]) for id, text in texts.items() if id in voiced}
    batch.merge(texts, fresh={post.id for post in told.values() if now - post.at <= RECENT})
    batch.split(told)
    return batch.assignment()


def _alone(post: Post) -> Group:
    """A new post that the model put into no narrative: it may meet one of the day that was left over too."""
    return Group(slug="", title="", summary="", tickers=(), stance="", post_ids=(post.id,))


def refreshed(
    narrative: Narrative,
    posts: Iterable[Post],
    now: datetime,
    *,
    background: Background = NOTHING_READ,
) -> tuple[Narrative, list[Mention]]:
    """The narrative after its own refresh poll, and its metered mentions: only of posts about it.

    A post that names somebody else in the same words is not.
    """
    face = face_of(narrative, frozenset(), background)

    def meant(post: Post) -> bool:
        whom = named_in(post.text, background)
        elsewhere = apart(whom, face.whom) or (not face.whom.all and is_telling(whom, background))
        return about(post, narrative.tickers, narrative.terms) and not elsewhere

    found = sorted(filter(meant, posts), key=lambda post: int(post.id))
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
        self.parted: dict[tuple[str, str], str] = {}

    def continue_known(self, stories: Sequence[Story]) -> list[Story]:
        """Let every story that is a known one continue it; the others are returned."""
        same: dict[str, list[tuple[Likeness, Story]]] = defaultdict(list)
        rest: list[Story] = []
        alive = {id: n for id, n in self.narratives.items() if n.redirect_to is None}
        faces = Faces()
        for id, narrative in alive.items():
            faces.put(id, face_of(narrative, self.evidence[id], self.background))
        for story in stories:
            best = closest(story, faces, self.background)
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
        terms = _broadened(narrative.terms, story.terms, self.background)
        name = story.name(self.background)
        if _says(name, tickers) > _says(narrative.title, tickers):
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
        faces = Faces()
        waiting: dict[str, list[Story]] = defaultdict(list)  # to be told anew with the whole

        def tell(name: str) -> None:
            parts = [*([whole[name]] if name in whole else []), *waiting.pop(name)]
            whole[name] = together(parts, self.background)
            faces.put(name, face_of(whole[name], whole[name].ids, self.background))

        for story in stories:
            best = closest(story, faces, self.background)
            name = best[1] if best else story.posts[0].id
            waiting[name].append(story)
            told = len(whole[name].posts) if name in whole else 0
            if sum(len(part.posts) for part in waiting[name]) > GROWN * told:
                tell(name)
        for name in list(waiting):
            tell(name)
        for story in whole.values():
            if not story.coherent:
                few = not is_evidence(story.originals)
                self.ignored["too few posts" if few else "nothing distinctive in common"] += 1
        return [story for story in whole.values() if story.coherent]

    def found(self, story: Story) -> None:
        """A narrative INTERN did not know."""
        narrative = self._new(story)
        reason = f"{len(story.posts)} posts of {len(story.texts)} authors share it"
        self._event(narrative.id, "NEW", reason)
        self._keep(narrative, story.posts)

    def _new(self, story: Story, left: str | None = None) -> Narrative:
        """`left`: the narrative it was a part of; its id differs from what the same posts founded before."""
        first = [*(post.id for post in story.posts[:2]), *([left, self.now.isoformat()] if left else [])]
        id = blake2b(",".join(first).encode(), digest_size=6).hexdigest()
        name = story.name(self.background) or " ".join((*story.tickers, *story.terms)[:1])
        taken = {n.slug for n in self.narratives.values()}
        short = slug(name, id)
        return Narrative(
            id=id,
            slug=f"{short[:43]}-{id[:4]}" if short in taken else short,
            title=name,
            tickers=story.tickers,
            terms=story.terms,
            query=refresh_query(story.tickers, story.terms),
            first_seen_at=self.now,
            earliest_post_at=story.posts[0].created_at,
            last_post_at=max(post.created_at for post in story.posts),
            split_from=left,
        )

    def merge(self, said: Mapping[str, str], fresh: Set[str]) -> None:
        """Let narratives that have become the same story be one."""
        every = self.narratives.values()
        changed, events = merging.merged(every, self.evidence, said, self.background, self.now, fresh=fresh)
        for narrative in changed:
            self.narratives[narrative.id] = self.changed[narrative.id] = narrative
            if narrative.redirect_to:
                self.evidence[narrative.redirect_to] |= self.evidence.pop(narrative.id, set())
        self.events += events

    def split(self, said: Mapping[str, Said]) -> None:
        """Let narratives that have become two stories be two: the older id keeps the larger part."""
        for id, narrative in sorted(self.narratives.items()):
            told = [said[post] for post in sorted(self.evidence[id] & said.keys())]
            found = parting(told, self.background, self.now) if narrative.redirect_to is None else None
            if found:
                self._part(narrative, told, found)

    def _part(self, narrative: Narrative, told: Sequence[Said], found: Parting) -> None:
        # what speaks of both stays with the older id, and says nothing of what it is about from now on
        alone = [p for p in told if found.words.isdisjoint(spoken(p.text, self.background))]
        left, rest = (
            story_of([_post(p) for p in posts], slug, "", (), self.background)
            for posts, slug in (
                ([p for p in told if p.id in found.leaving], ""),
                (alone, narrative.slug),
            )
        )
        if not (left.coherent and rest.coherent):
            return
        new = self._new(left, narrative.id)
        theirs = {w for w in words(narrative.title) if stands_for(w, own(left.tickers), self.background)}
        gone = bool((found.words | theirs).intersection(words(narrative.title)))
        title = (rest.name(self.background) if gone else "") or narrative.title
        tickers, terms = rest.tickers, rest.terms
        old = narrative.model_copy(
            update={
                "title": title,
                "tickers": tickers,
                "terms": terms,
                "query": refresh_query(tickers, terms),
            }
        )
        self._event(old.id, "SPLIT", f"{new.title!r} went its own way: {found.reason}")
        self._event(new.id, "SPLIT", f"left {narrative.title!r}: {found.reason}")
        if title != narrative.title:
            self._event(old.id, "RENAMED", f"was {narrative.title!r}")
        for each in (old, new):
            self.narratives[each.id] = self.changed[each.id] = each
        self.parted |= {(old.id, post): new.id for post in found.leaving}
        self.evidence[old.id] -= found.leaving
        self.evidence[new.id] |= found.leaving

    def _keep(self, narrative: Narrative, posts: Iterable[Post]) -> None:
        self.narratives[narrative.id] = self.changed[narrative.id] = narrative
        for post in posts:
            self.evidence[narrative.id].add(post.id)
            self.mentions.append(_mention(narrative.id, post, self.now, metered=False))

    def _event(self, id: str, kind: Kind, reason: str) -> None:
        self.events.append(NarrativeEvent(narrative_id=id, kind=kind, at=self.now, reason=reason))

    def assignment(self) -> Assignment:
        ignored = {reason: count for reason, count in sorted(self.ignored.items()) if count}
        mentions = tuple(moved(self.mentions, self.parted))
        changed, events = tuple(self.changed.values()), tuple(self.events)
        return Assignment(changed, mentions, events, ignored, self.parted)


def _broadened(terms: Sequence[str], found: Sequence[str], background: Background) -> tuple[str, ...]:
    """Terms with those found later; one that has come up replaces a longer one, it finds more."""
    kept = list(terms)
    for term in found:
        longer = [i for i, each in enumerate(kept) if set(words(term)) < set(words(each))]
        if longer and background.is_rising(term):
            kept[longer[0]] = term
        elif set(words(term)).isdisjoint(word for each in kept for word in words(each)):
            kept.append(term)
    return tuple(dict.fromkeys(kept))[:MAX_PARTS]


def _says(name: str, tickers: Sequence[str]) -> tuple[int, bool]:
    """How much a name says; of equals one that begins with a name before one that begins with a ticker."""
    return grade(name), not name.startswith(tuple(tickers))


def moved(mentions: Iterable[Mention], parted: Mapping[tuple[str, str], str]) -> Iterator[Mention]:
    """Mentions, those of posts that left under the new narrative: evidence there, metered by no poll."""
    for row in mentions:
        to = parted.get((row.narrative_id, row.post_id))
        yield row._replace(narrative_id=to, metered=False) if to else row


def dormant(narratives: Iterable[Narrative], *, before: datetime, now: datetime) -> list[NarrativeEvent]:
    """Which narratives fell silent for seven days since the turn `before`; each is told of once."""
    return [
        NarrativeEvent(narrative_id=n.id, kind="DORMANT", at=at, reason="silent for 7 days")
        for n in narratives
        if n.redirect_to is None and before < (at := n.last_post_at + SILENCE) <= now
    ]


def _post(said: Said) -> Post:
    """The post as far as its words matter."""
    return Post(
        id=said.id,
        created_at=said.at,
        known_at=said.at,
        author=said.author,
        text=said.text,
        lang=language(said.text),
        signature=signature(said.text),
    )


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
