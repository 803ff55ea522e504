"""The facts INTERN passes around: frozen, timezone-aware, checked once where they are made.

Times are UTC datetimes. Ids of posts are decimal strings (64 bit, never floats). Where very many rows
flow (mentions, sightings) plain named tuples stand in for models.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Window = Literal["1h", "4h", "24h", "7d", "30d"]
WINDOWS: dict[Window, int] = {"1h": 1, "4h": 4, "24h": 24, "7d": 168, "30d": 720}  # hours


class Fact(BaseModel):
    """Base of all models: immutable, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- what we ask and what comes back ---------------------------------------------------------------------


class QuestionKind(StrEnum):
    DISCOVER = "discover"  # what is being talked about?
    REFRESH = "refresh"  # what is new in this narrative?


class Question(Fact):
    """One search intent: exactly one X search with our own query over one window of time."""

    kind: QuestionKind
    query: str  # X search operators, built by our code, without time operators
    mode: Literal["Latest", "Top"] = "Latest"
    limit: int = Field(default=10, ge=1, le=50)
    since: AwareDatetime
    until: AwareDatetime
    narrative_id: str | None = None  # refresh only
    version: str = "1"  # of the prompt and the answer's schema: samples of different versions do not mix


class Search(Fact):
    """One search the model really made, read back from the tool call's arguments."""

    tool: str
    query: str = ""
    mode: str = ""
    limit: int | None = None


class Usage(Fact):
    """What one call used and cost. Ticks: 10^10 to the dollar; None when the answer did not say."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    searches: int = 0
    posts_fetched: int = 0
    users_fetched: int = 0
    cost_ticks: int | None = None


class Answer(Fact):
    """A Grok answer as it came over the wire: everything in `document` is a claim."""

    response_id: str
    served_model: str
    status: str  # completed | incomplete | failed | cancelled
    searches: tuple[Search, ...] = ()
    cited: frozenset[str] = frozenset()  # post ids in the citations: the only ids that can count
    document: Any = None  # the model's JSON, unchecked; None when it was not JSON
    usage: Usage = Usage()


class Post(Fact):
    """A post whose id was cited and whose time fits. Text and author are *reported* by the model."""

    source: Literal["x"] = "x"
    id: str = Field(pattern=r"^[0-9]{1,20}$")
    created_at: AwareDatetime  # from the id, exact to the millisecond
    known_at: AwareDatetime  # when INTERN learnt of it
    author: str | None = None
    text: str = Field(default="", max_length=200)
    lang: str = "und"  # en | zh | ru | … | und
    signature: int = 0  # of the text: equal or near signatures are near-copies; 0 = no text
    stance: float | None = Field(default=None, ge=-1.0, le=1.0)
    likes: int | None = Field(default=None, ge=0)
    reposts: int | None = Field(default=None, ge=0)
    replies: int | None = Field(default=None, ge=0)
    views: int | None = Field(default=None, ge=0)

    @property
    def url(self) -> str:
        return f"https://x.com/i/status/{self.id}"


# --- the observation log ---------------------------------------------------------------------------------


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


class Sighting(NamedTuple):
    """A poll returned a post."""

    poll_id: str
    post_id: str
    known_at: datetime


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


# --- narratives and signals ------------------------------------------------------------------------------


class Narrative(Fact):
    """A story people talk about, with an identity that outlives its names."""

    id: str
    slug: str  # for /narrative and links; unique, readable, not an identity
    title: str
    tickers: tuple[str, ...] = ()  # upper case, without the $
    terms: tuple[str, ...] = ()  # ≤ 3 distinctive words or phrases
    query: str  # what its refresh polls ask, without time operators
    first_seen_at: AwareDatetime  # app clock: when INTERN first knew it
    earliest_post_at: AwareDatetime  # earliest post *found*; a sample cannot know the first
    last_post_at: AwareDatetime
    redirect_to: str | None = None  # merged into that narrative


class NarrativeEvent(Fact):
    """Something that happened to a narrative's identity."""

    narrative_id: str
    kind: Literal["NEW", "CONTINUES", "SPLIT", "MERGED", "RENAMED", "DORMANT", "BACK"]
    at: AwareDatetime
    reason: str


class Phase(StrEnum):
    QUIET = "quiet"
    EMERGING = "emerging"
    ACCELERATING = "accelerating"
    PEAKING = "peaking"
    FADING = "fading"


class Signal(Fact):
    """A measured value. `value` 0.5 = neutral; `confidence` = its reliability, None if it has none."""

    value: Unit
    confidence: Unit | None
    n: int = Field(ge=0)  # posts it rests on
    as_of: AwareDatetime
    inputs_ok: bool = True
    reason: str = ""  # why a value is missing or weak, in words


class Change(Fact):
    """How a window compares with what came before it ("4.2× usual")."""

    ratio: float = Field(ge=0.0)
    confidence: Unit
    posts: int = Field(ge=0)
    authors: int = Field(ge=0)
    coverage: Unit


class Score(Fact):
    """Everything known about one narrative at the end of one cycle: what /trending and alerts read."""

    narrative_id: str
    cycle_id: str
    as_of: AwareDatetime
    rank: int = Field(ge=1)
    score: float = Field(ge=0.0, le=100.0)
    phase: Phase
    phase_since: AwareDatetime
    leaning: Phase  # what this cycle alone points at: a phase changes when two cycles in a row agree
    peak_ratio: float = Field(default=0.0, ge=0.0)  # highest recent ratio, halved every 24 h
    momentum: Signal
    velocity: Signal
    sentiment: Signal
    breadth: Signal
    surprise: float = Field(ge=0.0)  # −log10 p; the alert statistic
    ratio: float = Field(ge=0.0)  # current rate over usual rate
    baseline_per_hour: float = Field(ge=0.0)
    changes: dict[Window, Change] = Field(default_factory=dict)
    posts_24h: int = Field(ge=0)
    authors_24h: int = Field(ge=0)
    near_copies_24h: int = Field(default=0, ge=0)
    is_new: bool = False  # below the volume gate, or earliest post ≤ 24 h old
    history_hours: float = Field(default=0.0, ge=0.0)  # own observed history
    evidence: tuple[str, ...] = ()  # ids of the posts to show, best first


# --- chats, alerts, deliveries ---------------------------------------------------------------------------


class ChatKind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


class Chat(Fact):
    """A Telegram chat and what it asked for."""

    id: int
    kind: ChatKind
    title: str = ""
    thread_id: int | None = None  # forum topic its pushes go to
    zone: str = "UTC"
    language: str = "en"
    subscribed: bool = False
    digest_at: str | None = Field(default=None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")  # local HH:MM
    last_digest_at: AwareDatetime | None = None
    paused: str | None = None  # why pushes stopped (blocked, kicked …); None = they go on
    created_at: AwareDatetime


class Decision(Fact):
    """Why an alert did or did not go out. `chat_id` None: true for every chat."""

    cycle_id: str
    narrative_id: str
    rule: str
    chat_id: int | None
    fired: bool
    reason: str  # surprise | new story | escalated | warm-up | evidence | cooldown | confidence
    detail: str = ""  # in words
    at: AwareDatetime
    surprise: float = Field(ge=0.0)


class Firing(Fact):
    """One time a rule became true for a chat."""

    id: str
    chat_id: int
    narrative_id: str
    rule: str
    cycle_id: str
    at: AwareDatetime
    surprise: float = Field(ge=0.0)
    phase: Phase
    facts: dict[str, Any]  # what the message will be made of: facts, not text


class DeliveryKind(StrEnum):
    NEW = "new"
    DIGEST = "digest"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class Delivery(Fact):
    """One message on its way to one chat. Unique by (cause, chat_id, kind)."""

    id: int
    cause: str  # "firing:<id>" or "digest:<slot>"
    chat_id: int
    kind: DeliveryKind
    thread_id: int | None = None
    payload: dict[str, Any]
    payload_version: int = 1
    priority: int = 0  # higher goes first: alerts 10, digests 0
    state: DeliveryState = DeliveryState.PENDING
    due_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    attempts: int = 0
    message_id: int | None = None
    reason: str | None = None


class DigestLine(Fact):
    """One narrative's change since this chat's last digest."""

    narrative_id: str
    title: str
    slug: str
    change: Literal["new", "up", "down", "phase", "same", "gone"]
    phase: Phase
    was: Phase | None = None
    rank: int | None
    was_rank: int | None = None
    ratio: float
    posts: int
    authors: int
    sentiment: float | None = None
    evidence: tuple[str, ...] = ()


class Digest(Fact):
    """What moved since this chat's last digest."""

    since: AwareDatetime
    until: AwareDatetime
    lines: tuple[DigestLine, ...]
    unchanged: int = 0
    watched: int = 0
    data_until: AwareDatetime | None = None


class SpendEntry(Fact):
    """One line of the spend ledger. `settled_ticks` None: reserved, not (yet) billed as far as we know."""

    id: str
    at: AwareDatetime
    purpose: str  # discover | refresh
    narrative_id: str | None = None
    reserved_ticks: int = Field(ge=0)
    settled_ticks: int | None = None
    response_id: str | None = None
