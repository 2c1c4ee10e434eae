"""Answers under request keys are found by their age, to be forgotten one day."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the index while requests go on."""
    with op.get_context().autocommit_block():
        # One that broke off stays behind invalid under its name.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS request_at")
        op.execute("CREATE INDEX CONCURRENTLY request_at ON request (at)")
