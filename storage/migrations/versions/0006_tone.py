"""What the lexicon reads in a post, beside Grok's stance.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("tone", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("posts", "tone")
