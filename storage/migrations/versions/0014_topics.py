"""Narratives of topics that chats follow.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("narratives", sa.Column("topic", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_narratives_topic", "narratives", ["topic"])


def downgrade() -> None:
    op.drop_index("ix_narratives_topic", "narratives")
    op.drop_column("narratives", "topic")
