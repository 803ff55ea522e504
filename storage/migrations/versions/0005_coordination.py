"""Whom we have known for a week, and coordination over months.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_posts_author_created_at", "posts", ["author", "created_at"])
    op.add_column("scores", sa.Column("coordination", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("scores", "coordination")
    op.drop_index("ix_posts_author_created_at", "posts")
