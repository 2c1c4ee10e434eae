"""At which version of its case each row of a call was asked about: a clock that is set back must not hide a call."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the column; calls of the release before have none, and are judged by their time as before."""
    op.execute("ALTER TABLE call ADD COLUMN versions bigint[]")
