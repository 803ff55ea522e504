"""What vouches for posts, what a counts meter says, words that were asked for.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("confirmed", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("looked_up_at", sa.BigInteger(), nullable=True))
    op.add_column("posts", sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("polls", sa.Column("tool", sa.Text(), server_default="x_keyword_search", nullable=False))
    op.create_index("ix_spend_narrative_id_at", "spend", ["narrative_id", "at"])
    op.create_table(
        "counts",
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("posts", sa.BigInteger(), nullable=False),
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.id"], name=op.f("fk_counts_cycle_id")),
        sa.PrimaryKeyConstraint("narrative_id", "query", "start", "known_at", name=op.f("pk_counts")),
    )
    op.create_index("ix_counts_end", "counts", ["end"])
    op.create_table(
        "wordings",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_wordings")),
    )
    op.create_index("ix_wordings_state_asked_at", "wordings", ["state", "asked_at"])
    op.create_table(
        "wording_targets",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key"], ["wordings.key"], name=op.f("fk_wording_targets_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "chat_id", "message_id", name=op.f("pk_wording_targets")),
    )
    op.create_index("ix_wording_targets_chat_id", "wording_targets", ["chat_id"])


def downgrade() -> None:
    op.drop_table("wording_targets")
    op.drop_table("wordings")
    op.drop_table("counts")
    op.drop_index("ix_spend_narrative_id_at", "spend")
    op.drop_column("polls", "tool")
    op.drop_column("posts", "gone")
    op.drop_column("posts", "looked_up_at")
    op.drop_column("posts", "confirmed")
