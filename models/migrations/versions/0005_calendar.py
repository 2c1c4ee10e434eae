"""The calendar in full: regional and withdrawn holidays, windows that were extended."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let several holidays fall on one day and end, and create the table of extended windows."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
