"""Rules, what chats allow, watch and follow, crossings; what firings say of each other.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("firings", sa.Column("told_by", sa.Text(), nullable=True))
    op.add_column("firings", sa.Column("bundle", sa.Text(), nullable=True))
    op.add_column("firings", sa.Column("silent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("cooldown_hours", sa.Integer(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_index("ix_rules_chat_id", "rules", ["chat_id", "created_at"])
    op.create_table(
        "attention",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quiet_start", sa.Text(), nullable=True),
        sa.Column("quiet_end", sa.Text(), nullable=True),
        sa.Column("budget", sa.Integer(), nullable=False),
        sa.Column("sensitivity", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_attention")),
    )
    op.create_table(
        "silences",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "target", "id", name=op.f("pk_silences")),
    )
    op.create_table(
        "entries",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "list", "kind", "name", name=op.f("pk_entries")),
    )
    op.create_table(
        "topics",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "topic", name=op.f("pk_topics")),
    )
    op.create_index("ix_topics_topic", "topics", ["topic"])
    op.create_table(
        "crossings",
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("condition", "narrative_id", name=op.f("pk_crossings")),
    )


def downgrade() -> None:
    for table in ("crossings", "topics", "entries", "silences", "attention", "rules"):
        op.drop_table(table)
    for column in ("silent", "bundle", "told_by"):
        op.drop_column("firings", column)
