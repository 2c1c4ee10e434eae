"""Counts kept from the log, the watch's counts by kabupaten, and the queue's order within a kabupaten."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0014"

_LINE = "CREATE INDEX CONCURRENTLY position_line ON position (state, (region / 1000000), since, case_id, region)"


def upgrade() -> None:
    """Create the tables, and the index while cases go on moving."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
    with op.get_context().autocommit_block():
        # One that broke off stays behind invalid under its name.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS position_line")
        op.execute(_LINE)
