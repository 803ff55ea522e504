"""The first shape of everything INTERN remembers.

Times are whole microseconds since 1970 in BIGINT columns (`storage.columns.UtcTime`); written with the plain
type, because a migration must not change when the code does.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("digest_at", sa.Text(), nullable=True),
        sa.Column("last_digest_at", sa.BigInteger(), nullable=True),
        sa.Column("paused", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
    )
    op.create_table(
        "cycles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("params_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycles")),
    )
    op.create_index("ix_cycles_started_at", "cycles", ["started_at"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fired", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("surprise", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint(
            "cycle_id", "narrative_id", "rule", "chat_id", "reason", name=op.f("pk_decisions")
        ),
    )
    op.create_index("ix_decisions_chat_id", "decisions", ["chat_id"], unique=False)
    op.create_index("ix_decisions_narrative_id_at", "decisions", ["narrative_id", "at"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("payload_version", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("cause", "chat_id", "kind", name=op.f("uq_deliveries_cause_chat_id_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_chat", "deliveries", ["chat_id", "state"], unique=False)
    op.create_index("ix_deliveries_expiry", "deliveries", ["state", "expires_at"], unique=False)
    op.create_index("ix_deliveries_queue", "deliveries", ["state", "urgency", "due_at", "id"], unique=False)
    op.create_table(
        "firings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("surprise", sa.Double(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("expanded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firings")),
    )
    op.create_index("ix_firings_chat_id_at", "firings", ["chat_id", "at"], unique=False)
    op.create_index("ix_firings_expanded", "firings", ["expanded", "at", "id"], unique=False)
    op.create_index(
        "ix_firings_narrative_id_rule", "firings", ["narrative_id", "rule", "chat_id", "at"], unique=False
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_runs")),
    )
    op.create_table(
        "narratives",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("folded_title", sa.Text(), nullable=False),
        sa.Column("tickers", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("earliest_post_at", sa.BigInteger(), nullable=False),
        sa.Column("last_post_at", sa.BigInteger(), nullable=False),
        sa.Column("redirect_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_narratives")),
        sa.UniqueConstraint("slug", name=op.f("uq_narratives_slug")),
    )
    op.create_index("ix_narratives_last_post_at", "narratives", ["last_post_at"], unique=False)
    op.create_table(
        "posts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("signature", sa.BigInteger(), nullable=False),
        sa.Column("stance", sa.Double(), nullable=True),
        sa.Column("likes", sa.BigInteger(), nullable=True),
        sa.Column("reposts", sa.BigInteger(), nullable=True),
        sa.Column("replies", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_posts")),
    )
    op.create_index("ix_posts_created_at", "posts", ["created_at"], unique=False)
    op.create_index(
        "ix_posts_excerpts",
        "posts",
        ["known_at"],
        unique=False,
        sqlite_where=sa.text("text != ''"),
        postgresql_where=sa.text("text != ''"),
    )
    op.create_table(
        "scores",
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("cycle_id", "narrative_id", name=op.f("pk_scores")),
    )
    op.create_index("ix_scores_as_of", "scores", ["as_of"], unique=False)
    op.create_index("ix_scores_narrative_id_as_of", "scores", ["narrative_id", "as_of"], unique=False)
    op.create_table(
        "spend",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=True),
        sa.Column("reserved_ticks", sa.BigInteger(), nullable=False),
        sa.Column("settled_ticks", sa.BigInteger(), nullable=True),
        sa.Column("response_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend")),
    )
    op.create_index("ix_spend_at", "spend", ["at"], unique=False)
    op.create_table(
        "updates",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_updates")),
    )
    op.create_index("ix_updates_seen_at", "updates", ["seen_at", "update_id"], unique=False)
    op.create_table(
        "delivery_firings",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("firing_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_firings_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "firing_id", name=op.f("pk_delivery_firings")),
    )
    op.create_table(
        "mentions",
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("metered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["narrative_id"], ["narratives.id"], name=op.f("fk_mentions_narrative_id")),
        sa.PrimaryKeyConstraint("narrative_id", "post_id", name=op.f("pk_mentions")),
    )
    op.create_index(
        "ix_mentions_narrative_id_created_at", "mentions", ["narrative_id", "created_at"], unique=False
    )
    op.create_index("ix_mentions_post_id", "mentions", ["post_id"], unique=False)
    op.create_table(
        "narrative_events",
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["narrative_id"], ["narratives.id"], name=op.f("fk_narrative_events_narrative_id")
        ),
        sa.PrimaryKeyConstraint("narrative_id", "at", "kind", name=op.f("pk_narrative_events")),
    )
    op.create_table(
        "polls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("covered_from", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.JSON(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("served_model", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("response_id", sa.Text(), nullable=True),
        sa.Column("cost_ticks", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_polls_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
    )
    op.create_index("ix_polls_known_at", "polls", ["known_at"], unique=False)
    op.create_index("ix_polls_until", "polls", ["until"], unique=False)
    op.create_table(
        "sightings",
        sa.Column("poll_id", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_sightings_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "post_id", name=op.f("pk_sightings")),
    )
    op.create_index("ix_sightings_post_id", "sightings", ["post_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_sightings_post_id", table_name="sightings")
    op.drop_table("sightings")
    op.drop_index("ix_polls_until", table_name="polls")
    op.drop_index("ix_polls_known_at", table_name="polls")
    op.drop_table("polls")
    op.drop_table("narrative_events")
    op.drop_index("ix_mentions_post_id", table_name="mentions")
    op.drop_index("ix_mentions_narrative_id_created_at", table_name="mentions")
    op.drop_table("mentions")
    op.drop_table("delivery_firings")
    op.drop_index("ix_updates_seen_at", table_name="updates")
    op.drop_table("updates")
    op.drop_index("ix_spend_at", table_name="spend")
    op.drop_table("spend")
    op.drop_index("ix_scores_narrative_id_as_of", table_name="scores")
    op.drop_index("ix_scores_as_of", table_name="scores")
    op.drop_table("scores")
    op.drop_index(
        "ix_posts_excerpts",
        table_name="posts",
        sqlite_where=sa.text("text != ''"),
        postgresql_where=sa.text("text != ''"),
    )
    op.drop_index("ix_posts_created_at", table_name="posts")
    op.drop_table("posts")
    op.drop_index("ix_narratives_last_post_at", table_name="narratives")
    op.drop_table("narratives")
    op.drop_table("job_runs")
    op.drop_index("ix_firings_narrative_id_rule", table_name="firings")
    op.drop_index("ix_firings_expanded", table_name="firings")
    op.drop_index("ix_firings_chat_id_at", table_name="firings")
    op.drop_table("firings")
    op.drop_index("ix_deliveries_queue", table_name="deliveries")
    op.drop_index("ix_deliveries_expiry", table_name="deliveries")
    op.drop_index("ix_deliveries_chat", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_decisions_narrative_id_at", table_name="decisions")
    op.drop_index("ix_decisions_chat_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_cycles_started_at", table_name="cycles")
    op.drop_table("cycles")
    op.drop_table("chats")
