"""Firings that wait for their deliveries are read chat by chat.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_firings_expanded", "firings")
    op.create_index("ix_firings_waiting", "firings", ["expanded", "at", "chat_id", "cycle_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_firings_waiting", "firings")
    op.create_index("ix_firings_expanded", "firings", ["expanded", "at", "id"])
