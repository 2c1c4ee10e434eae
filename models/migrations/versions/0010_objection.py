"""Seats that are kept for struck-off families while their appeal is open."""

from alembic import op

revision = "0010"
down_revision = "0008"

_TABLE = """
CREATE TABLE seat_kept (
    case_id bigint PRIMARY KEY,
    objection bigint NOT NULL
);
CREATE INDEX seat_kept_objection ON seat_kept (objection);
"""


def upgrade() -> None:
    """Create the table."""
    op.get_bind().exec_driver_sql(_TABLE)
