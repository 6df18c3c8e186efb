"""What is known of sources: fingerprints, statistics of tables, what finished queries taught."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "source_fingerprints",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_table(
        "table_statistics",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("statistics", sa.Text, nullable=False),
    )
    op.create_table(
        "learned_fragments",
        sa.Column("template", sa.String(64), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("rows", sa.Float, nullable=False),
        sa.Column("bytes", sa.Float, nullable=False),
        sa.Column("milliseconds", sa.Float, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
    )
    op.create_index("learned_fragments_at", "learned_fragments", ["at"])
    op.create_table(
        "learned_transports",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("bytes_per_second", sa.Float),
        sa.Column("first_batch_milliseconds", sa.Float),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
    )
