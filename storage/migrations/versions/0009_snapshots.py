"""A disposable snapshot of the observation log.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("params_hash", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Text(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("narrative_id", name=op.f("pk_snapshots")),
    )
    op.create_index("ix_polls_cycle_id", "polls", ["cycle_id"])
    op.create_index("ix_counts_cycle_id", "counts", ["cycle_id"])


def downgrade() -> None:
    op.drop_index("ix_counts_cycle_id", "counts")
    op.drop_index("ix_polls_cycle_id", "polls")
    op.drop_table("snapshots")
