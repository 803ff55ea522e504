"""What was known when, for previews: what narratives were called, and what moved all of them.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cycles", sa.Column("common", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "narrative_versions",
        sa.Column("narrative_id", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tickers", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("earliest_post_at", UtcTime(), nullable=False),
        sa.Column("redirect_to", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["narrative_id"], ["narratives.id"], name=op.f("fk_narrative_versions_narrative_id")
        ),
        sa.PrimaryKeyConstraint("narrative_id", "at", name=op.f("pk_narrative_versions")),
    )


def downgrade() -> None:
    op.drop_table("narrative_versions")
    op.drop_column("cycles", "common")
