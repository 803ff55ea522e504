"""A narrative that was a part of another remembers which.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("narratives", sa.Column("split_from", sa.Text(), nullable=True))
    op.create_index("ix_narratives_split_from", "narratives", ["split_from"])


def downgrade() -> None:
    op.drop_index("ix_narratives_split_from", "narratives")
    op.drop_column("narratives", "split_from")
