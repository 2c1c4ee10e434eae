"""Delegation, hand-over, and who looked: roles lent for a time, families offered and accepted, reads of a family."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the tables, and say of an act on whose behalf it was done."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
