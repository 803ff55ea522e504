"""What happens around the chats: stories begin, merge, split, lose posts; and what a turn reads of them."""

from datetime import timedelta

from core.models import Coordination
from core.signals.common import Common
from storage import narratives, posts
from tests.core.makers import narrative, score
from tests.storage import facts

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
CHANGES = (  # of their clocks, UTC
    "2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00",
    "2026-10-03T15:30",
)  # fmt: skip
MOST = 6  # narratives
FEW, SOME, MANY = 4, 12, 30  # authors: below every gate, above it, beyond doubt
COORDINATED = Coordination(value=0.8, category="high", confidence=0.9, n=20)


class World:
    """The stories of a life, and which of them is which by now."""

    def __init__(self, life):
        self._life = life
        self.known, self.redirects, self.parts = {}, {}, {}
        self.evidence, self.lost = {}, set()
        self.coordinated, self.deserted, self.confirmed = set(), set(), {}

    def live(self):
        return [id for id in self.known if id not in self.redirects]

    def nth(self, nth):
        return self.live()[nth % len(self.live())]

    def survivor(self, id):
        while id in self.redirects:
            id = self.redirects[id]
        return id

    def family(self, id):
        """The story and all that were merged into it."""
        return [each for each in self.known if self.survivor(each) == id]

    def same_story(self, earlier, id):
        """Whether what was told then was told of this story, or of the whole it was a part of then."""
        if self.survivor(earlier.narrative_id) == id:
            return True
        whole, since = self.parts.get(id, (None, None))
        return whole is not None and earlier.at <= since and (
            self.survivor(earlier.narrative_id) == self.survivor(whole)
        )  # fmt: skip

    # --- what happens ---------------------------------------------------------------------------------

    def begin(self, number, split_from=None):
        """So many new stories; the first two of a life are old already."""
        now, ids = self._life.now, [f"a{len(self.known) + n}" for n in range(number)]
        for id in ids:
            born = now if split_from or len(self.known) > 1 else now - timedelta(days=9)
            self.known[id] = narrative(
                id, first_seen_at=born, earliest_post_at=born, last_post_at=now, split_from=split_from
            )
            self.evidence[id] = [f"{len(self.known)}00{n}" for n in range(3)]
            if split_from:
                self.parts[id] = split_from, now
        self._life.write(self._save, ids)

    async def _save(self, c, ids):
        await narratives.save(c, [self.known[id] for id in ids])
        await posts.insert(c, [self._post(each) for id in ids for each in self.evidence[id]])

    def merge(self, gone, survivor):
        self.redirects[gone] = survivor
        self._life.write(narratives.save, [self.known[gone].model_copy(update={"redirect_to": survivor})])

    def turns_out(self, id, *, gone=0, confirmed=0, coordinated=False, deserted=False):
        """So many of its three posts are deleted, and others found in their place; so many authors confirmed;
        few tell it any more."""
        lost, left = self.evidence[id][:gone], self.evidence[id][gone:]
        self.lost |= set(lost)
        self.evidence[id] = [*left, *(f"{int(each) + 10}" for each in lost)]
        self.confirmed[id] = confirmed
        (self.coordinated.add if coordinated else self.coordinated.discard)(id)
        (self.deserted.add if deserted else self.deserted.discard)(id)
        rows = [self._post(each, text="", gone=True) for each in lost]
        self._life.write(posts.insert, [*rows, *map(self._post, self.evidence[id])])

    def _post(self, id, text="said", **fields):
        return facts.post(id, text=text, created_at=self._life.now, **fields)

    # --- what is read of it ---------------------------------------------------------------------------

    def scores(self, read):
        """The scores of a turn that read this of the live stories."""
        now = self._life.now
        read = [(*rest, FEW if id in self.deserted else authors)
                for id, (*rest, authors) in zip(self.live(), read, strict=False)]  # fmt: skip
        return [
            score(
                id, surprise=surprise, ratio=ratio, phase=phase, phase_since=now, as_of=now, rank=rank,
                authors_24h=authors, confirmed_24h=min(authors, self.confirmed.get(id, 0)),
                evidence=tuple(self.evidence[id]), cycle_id=f"{now:%Y-%m-%dT%H:%M:%SZ}",
                coordination=COORDINATED if id in self.coordinated else None,
            )
            for rank, (id, (surprise, ratio, phase, authors)) in enumerate(
                zip(self.live(), read, strict=True), 1
            )
        ]  # fmt: skip

    def common(self, move, surprise):
        """What moved all of them at once, if anything did."""
        if move is None:
            return None
        moved, (kind, factor) = tuple(self.live()), move
        return Common(
            kind=kind, factor=factor, narratives=len(moved), of=len(moved), surprise=surprise, moved=moved
        )


def stories(fired):
    """How many alerts these firings are: a narrative once a turn, however many of its rules fired."""
    return len({(f.cycle_id, f.narrative_id) for f in fired})
