"""Signing in: credentials, second factors, attempts, throttles, links, events; limits of sessions; proposed roles."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the tables. Sessions that are open stay as good as they were: tokens without an idle limit."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
