"""Find the accounts of a family without reading everybody's roles: notices ask for them family by family."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX assignment_household ON assignment (household_id) WHERE household_id IS NOT NULL")
