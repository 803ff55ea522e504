"""Posts, and the append-only log of what was asked, what came back and when INTERN knew it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, Field

from core.models.asking import QuestionKind
from core.models.base import Fact

Confirmed = Literal["answers", "look-up"]  # two answers agree, or X itself says so
Junk = Literal["price bot", "airdrop farm", "scam"]  # no talk about anything: kept, and never counted


class Post(Fact):
    """A post whose id was cited and whose time fits. Text and author are *reported* until confirmed."""

    source: Literal["x"] = "x"
    id: str = Field(pattern=r"^[0-9]{1,20}$")
    created_at: AwareDatetime  # from the id, exact to the millisecond
    known_at: AwareDatetime  # when INTERN learnt of it
    author: str | None = None
    text: str = Field(default="", max_length=200)
    confirmed: Confirmed | None = None  # what vouches for text and author beside one answer
    looked_up_at: AwareDatetime | None = None  # when X itself was last asked about it
    gone: bool = False  # the look-up found it deleted: it is never shown, its excerpt is forgotten
    lang: str = "und"  # en | zh | ru | … | und
    signature: int = 0  # of its family: near-copies have the same (see core.copies); 0 = no text
    stance: float | None = Field(default=None, ge=-1.0, le=1.0)  # as Grok reads it
    tone: float | None = Field(default=None, ge=-1.0, le=1.0)  # as the lexicon does; None = nothing said
    junk: Junk | None = None  # by its text
    likes: int | None = Field(default=None, ge=0)
    reposts: int | None = Field(default=None, ge=0)
    replies: int | None = Field(default=None, ge=0)
    views: int | None = Field(default=None, ge=0)

    @property
    def engagement(self) -> int | None:
        """What others did with it, a repost being worth two likes; None where nothing is known."""
        if self.likes is None and self.reposts is None:
            return None
        return (self.likes or 0) + 2 * (self.reposts or 0)

    @property
    def url(self) -> str:
        return f"https://x.com/i/status/{self.id}"


class Excerpt(NamedTuple):
    """What a post says, and the signature it is counted by."""

    post_id: str
    text: str
    signature: int
    junk: Junk | None = None


class Cycle(Fact):
    """One turn of the wheel."""

    id: str
    started_at: AwareDatetime  # app clock
    known_at: AwareDatetime
    params_hash: str  # of everything in the settings that changes what core computes


class Poll(Fact):
    """One question and how it ended: a row of the append-only log."""

    id: str
    cycle_id: str
    kind: QuestionKind
    narrative_id: str | None = None
    tool: str = "x_keyword_search"
    query: str
    mode: str
    limit: int
    since: AwareDatetime
    until: AwareDatetime
    ok: bool
    covered_from: AwareDatetime | None = None  # [covered_from, until] was really observed; None = nothing was
    returned: int = 0  # accepted posts
    dropped: dict[str, int] = Field(default_factory=dict)  # reason → claimed posts that did not count
    fault: str | None = None
    served_model: str | None = None
    version: str = "1"
    response_id: str | None = None
    cost_ticks: int = 0
    known_at: AwareDatetime

    @property
    def meters(self) -> bool:
        """Whether its answer can measure a rate, as `Question.meters`."""
        return self.tool == "x_keyword_search" and self.mode == "Latest"

    @property
    def segment(self) -> tuple[str, str | None, str]:
        """What a sample is a sample of: only polls of one segment are compared with each other."""
        return self.query, self.served_model, self.version


class Sighting(NamedTuple):
    """A poll returned a post."""

    poll_id: str
    post_id: str
    known_at: datetime


class Engagement(NamedTuple):
    """What was told of a post's engagement at one moment: a row of the append-only log."""

    post_id: str
    known_at: datetime
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None


class Mention(NamedTuple):
    """A post belongs to a narrative: the row that counting is made of."""

    narrative_id: str
    post_id: str
    created_at: datetime
    known_at: datetime
    metered: bool  # found by the narrative's own refresh poll (counts for its rate), not only by discovery
    author: str | None = None
    stance: float | None = None
    signature: int = 0
    confirmed: bool = False  # its author
    tone: float | None = None
    engagement: int | None = None  # likes + 2 × reposts


class Move(NamedTuple):
    """A post left one narrative for another, which split off it."""

    origin: str  # the id its mention is stored under
    to: str
    post_id: str


class Count(NamedTuple):
    """A counts meter's word on how many posts a query had in [start, end): at most an hour, UTC-aligned."""

    narrative_id: str
    query: str
    start: datetime
    end: datetime
    posts: int
    known_at: datetime
