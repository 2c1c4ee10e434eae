"""A database may be marked as one for practice, whose pages say that nothing counts."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Let the clock's mark say so."""
    op.execute(
        "ALTER TABLE clock DROP CONSTRAINT clock_mark_check, ADD CONSTRAINT clock_mark_check "
        "CHECK (mark IN ('production', 'demo', 'test', 'practice'))"
    )
