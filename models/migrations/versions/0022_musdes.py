"""The village meeting: what its clerk wrote down before the head decided, and looks that were printed."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Create the tables, and let a look be a print."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
