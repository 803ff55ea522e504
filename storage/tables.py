"""The tables, once for both engines. Migrations build them; a test holds the two descriptions together.

Post ids are text: they are decimal strings everywhere and never numbers. Times are microseconds (`UtcTime`).
Foreign keys join the parts of one aggregate; logs (scores, decisions, firings) stand on their own.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.columns import UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

# --- what was observed -----------------------------------------------------------------------------------

posts = Table(
    "posts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("known_at", UtcTime, nullable=False),
    Column("author", Text),
    Column("confirmed", Text),  # answers | look-up
    Column("looked_up_at", UtcTime),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("text", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("signature", BigInteger, nullable=False),
    Column("stance", Double),
    Column("tone", Double),
    Column("junk", Text),  # price bot | airdrop farm | scam
    Column("likes", BigInteger),
    Column("reposts", BigInteger),
    Column("replies", BigInteger),
    Column("views", BigInteger),
    Index("ix_posts_created_at", "created_at"),
    Index("ix_posts_author_created_at", "author", "created_at"),
)
# Only posts that still have an excerpt: forgetting texts must not walk over all that are forgotten already.
Index(
    "ix_posts_excerpts",
    posts.c.known_at,
    sqlite_where=text("text != ''"),
    postgresql_where=text("text != ''"),
)

cycles = Table(
    "cycles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", UtcTime, nullable=False),
    Column("known_at", UtcTime, nullable=False),
    Column("params_hash", Text, nullable=False),
    Column("common", JSON(none_as_null=True)),  # what moved nearly all narratives at once
    Index("ix_cycles_started_at", "started_at"),
)

polls = Table(
    "polls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("cycle_id", Text, ForeignKey("cycles.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("narrative_id", Text),
    Column("tool", Text, nullable=False, server_default="x_keyword_search"),
    Column("query", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("limit", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("covered_from", UtcTime),
    Column("returned", Integer, nullable=False),
    Column("dropped", JSON, nullable=False),
    Column("fault", Text),
    Column("served_model", Text),
    Column("version", Text, nullable=False),
    Column("response_id", Text),
    Column("cost_ticks", BigInteger, nullable=False),
    Column("known_at", UtcTime, nullable=False),
    Index("ix_polls_until", "until"),
    Index("ix_polls_known_at", "known_at"),
    Index("ix_polls_cycle_id", "cycle_id"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("poll_id", Text, ForeignKey("polls.id"), primary_key=True),
    Column("post_id", Text, primary_key=True),
    Column("known_at", UtcTime, nullable=False),
    Index("ix_sightings_post_id", "post_id"),
)

engagement = Table(
    "engagement",
    metadata,
    Column("post_id", Text, primary_key=True),
    Column("known_at", UtcTime, primary_key=True),
    Column("likes", BigInteger),
    Column("reposts", BigInteger),
    Column("replies", BigInteger),
    Column("views", BigInteger),
    Index("ix_engagement_known_at", "known_at"),
)

counts = Table(
    "counts",
    metadata,
    Column("narrative_id", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("known_at", UtcTime, primary_key=True),
    Column("end", UtcTime, nullable=False),
    Column("posts", BigInteger, nullable=False),
    Column("cycle_id", Text, ForeignKey("cycles.id"), nullable=False),
    Index("ix_counts_end", "end"),
    Index("ix_counts_cycle_id", "cycle_id"),
)

snapshots = Table(  # of the log, disposable: what is known of a narrative as bytes; '' is the stamp
    "snapshots",
    metadata,
    Column("narrative_id", Text, primary_key=True),
    Column("params_hash", Text, nullable=False),
    Column("cycle_id", Text, nullable=False),
    Column("page", LargeBinary, nullable=False),
)

# --- what it means ---------------------------------------------------------------------------------------

narratives = Table(
    "narratives",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("folded_title", Text, nullable=False),  # case-folded by Python: SQLite folds ASCII only
    Column("tickers", JSON, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("query", Text, nullable=False),
    Column("first_seen_at", UtcTime, nullable=False),
    Column("earliest_post_at", UtcTime, nullable=False),
    Column("last_post_at", UtcTime, nullable=False),
    Column("redirect_to", Text),
    Column("split_from", Text),
    Column("topic", Text, nullable=False, server_default=""),
    Index("ix_narratives_last_post_at", "last_post_at"),
    Index("ix_narratives_split_from", "split_from"),
    Index("ix_narratives_topic", "topic"),
)

narrative_events = Table(
    "narrative_events",
    metadata,
    Column("narrative_id", Text, ForeignKey("narratives.id"), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("reason", Text, nullable=False),
)

narrative_versions = Table(  # what a narrative was called and led to from then on
    "narrative_versions",
    metadata,
    Column("narrative_id", Text, ForeignKey("narratives.id"), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tickers", JSON, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("earliest_post_at", UtcTime, nullable=False),
    Column("redirect_to", Text),
)

mentions = Table(
    "mentions",
    metadata,
    Column("narrative_id", Text, ForeignKey("narratives.id"), primary_key=True),
    Column("post_id", Text, primary_key=True),
    Column("created_at", UtcTime, nullable=False),  # the post's, which never changes: counting needs no join
    Column("known_at", UtcTime, nullable=False),
    Column("metered", Boolean, nullable=False),
    Index("ix_mentions_narrative_id_created_at", "narrative_id", "created_at"),
    Index("ix_mentions_post_id", "post_id"),
)

scores = Table(
    "scores",
    metadata,
    Column("cycle_id", Text, primary_key=True),
    Column("narrative_id", Text, primary_key=True),
    Column("as_of", UtcTime, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("coordination", Double),  # as in the payload, to be read for months; null: not scored
    Column("payload", Text, nullable=False),  # the whole Score as JSON
    Index("ix_scores_as_of", "as_of"),
    Index("ix_scores_narrative_id_as_of", "narrative_id", "as_of"),
)

# --- chats, alerts, deliveries ---------------------------------------------------------------------------

chats = Table(
    "chats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("thread_id", BigInteger),
    Column("zone", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("subscribed", Boolean, nullable=False),
    Column("digest_at", Text),
    Column("last_digest_at", UtcTime),
    Column("paused", Text),
    Column("created_at", UtcTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("cycle_id", Text, primary_key=True),
    Column("narrative_id", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),  # 0: true for every chat
    Column("reason", Text, primary_key=True),
    Column("fired", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("surprise", Double, nullable=False),
    Index("ix_decisions_narrative_id_at", "narrative_id", "at"),
    Index("ix_decisions_chat_id", "chat_id"),
)

firings = Table(
    "firings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("narrative_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("cycle_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("surprise", Double, nullable=False),
    Column("phase", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("told_by", Text),
    Column("bundle", Text),
    Column("silent", Boolean, nullable=False, server_default=false()),
    Column("expanded", Boolean, nullable=False),
    Index("ix_firings_chat_id_at", "chat_id", "at"),
    Index("ix_firings_narrative_id_rule", "narrative_id", "rule", "chat_id", "at"),
    Index("ix_firings_waiting", "expanded", "at", "chat_id", "cycle_id", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("cause", Text, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("thread_id", BigInteger),
    Column("payload", JSON, nullable=False),
    Column("payload_version", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),  # −priority, so that one ascending index gives the order
    Column("silent", Boolean, nullable=False, server_default=false()),
    Column("state", Text, nullable=False),
    Column("due_at", UtcTime, nullable=False),  # app time, like expires_at and sent_at
    Column("expires_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcTime),  # real time, like lease_until
    Column("ambiguous", Boolean, nullable=False),  # was cut off while sending once: may have arrived
    Column("owner", Text),
    Column("lease_until", UtcTime),
    Column("message_id", BigInteger),
    Column("sent_at", UtcTime),
    Column("reason", Text),
    UniqueConstraint("cause", "chat_id", "kind"),
    Index("ix_deliveries_queue", "state", "urgency", "due_at", "id"),
    Index("ix_deliveries_expiry", "state", "expires_at"),
    Index("ix_deliveries_chat", "chat_id", "state"),
    sqlite_autoincrement=True,  # an id is never given out twice, even after its row was merged away
)

delivery_firings = Table(
    "delivery_firings",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("firing_id", Text, primary_key=True),
)

feedback = Table(
    "feedback",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("firing_id", Text, primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("verdict", Text, nullable=False),
    Column("narrative_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("tickers", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_feedback_chat_id_at", "chat_id", "at"),
)

# --- what chats want to hear -----------------------------------------------------------------------------

rules = Table(
    "rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("expression", Text, nullable=False),  # JSON; equal expressions are equal texts
    Column("scope", Text, nullable=False),  # JSON
    Column("once", Boolean, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("cooldown_hours", Integer),
    Column("until", Text),  # a date of the chat's calendar
    Column("paused", Boolean, nullable=False),
    Column("done_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_rules_chat_id", "chat_id", "created_at"),
)

attention = Table(
    "attention",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("quiet_start", Text),  # local HH:MM, like the end
    Column("quiet_end", Text),
    Column("budget", Integer, nullable=False),
    Column("sensitivity", Text, nullable=False),
    Column("kinds", JSON, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True),
    Column("id", Text, primary_key=True),  # of the narrative or rule; "": the whole chat
    Column("until", UtcTime),  # null: a mute
    Column("since", UtcTime, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("list", Text, primary_key=True),  # watch | ignore
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("narrative_id", Text),
    Column("at", UtcTime, nullable=False),
)

topics = Table(
    "topics",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("topic", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Index("ix_topics_topic", "topic"),
)

crossings = Table(
    "crossings",
    metadata,
    Column("condition", Text, primary_key=True),
    Column("narrative_id", Text, primary_key=True),
    Column("since", UtcTime),
    Column("released", Integer, nullable=False),
)

# --- the track record: append-only, and no chat stands in it ---------------------------------------------

records = Table(
    "records",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("narrative_id", Text, nullable=False),
    Column("cycle_id", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("rule", Text, nullable=False),
    Column("baseline", Double, nullable=False),
    Column("ratio", Double, nullable=False),
    Column("surprise", Double, nullable=False),
    Column("confidence", Double),
    Column("shown", Double),
    Column("params_hash", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    Index("ix_records_at", "at"),
)

grades = Table(
    "grades",
    metadata,
    Column("record_id", Text, ForeignKey("records.id"), primary_key=True),
    Column("horizon", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("rate", Double),
    Column("coverage", Double, nullable=False),
    Column("hit", Boolean),  # null: too little was seen to say
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("at", UtcTime, primary_key=True),
    Column("payload", JSON, nullable=False),  # the whole Calibration
)

# --- words -----------------------------------------------------------------------------------------------

wordings = Table(
    "wordings",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("narrative_id", Text),
    Column("facts", JSON, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("words", JSON),
    Column("reason", Text),
    Column("ended_at", UtcTime),
    Index("ix_wordings_state_asked_at", "state", "asked_at"),
)

wording_targets = Table(
    "wording_targets",
    metadata,
    Column("key", Text, ForeignKey("wordings.key", ondelete="CASCADE"), primary_key=True),
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("payload", JSON, nullable=False),
    Index("ix_wording_targets_chat_id", "chat_id"),
)

# --- money, schedule, intake -----------------------------------------------------------------------------

spend = Table(
    "spend",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("narrative_id", Text),
    Column("reserved_ticks", BigInteger, nullable=False),
    Column("settled_ticks", BigInteger),
    Column("response_id", Text),
    Index("ix_spend_at", "at"),
    Index("ix_spend_narrative_id_at", "narrative_id", "at"),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
    Column("done_at", UtcTime),
)

due_polls = Table(
    "due_polls",
    metadata,
    Column("turn", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("question", JSON, nullable=False),
    Column("known", JSON, nullable=False),
    Column("owner", Text),
    Column("lease_until", UtcTime),
    Column("claims", Integer, nullable=False),
    Column("wanted_until", UtcTime, nullable=False),
    Column("reply", Text),
)

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("seen_at", UtcTime, nullable=False),
    Index("ix_updates_seen_at", "seen_at", "update_id"),
)
