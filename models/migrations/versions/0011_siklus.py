"""The verval cycle: cases of a region instead of a family, the frozen list of a cycle, its packages and its report."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Let a case be about a region, and create the cycle's tables."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
