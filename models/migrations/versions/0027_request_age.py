"""Answers under request keys are found by their age, to be forgotten one day."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX request_at ON request (at)")
