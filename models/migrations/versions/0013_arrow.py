"""What the door needs to know of a rule and of a trigger, said beforehand: what few ask, the target, who is barred."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; installing writes them."""
    op.execute("ALTER TABLE arrow ADD COLUMN asks_more boolean NOT NULL DEFAULT false, ADD COLUMN target_id text")
    op.execute("ALTER TABLE role ADD COLUMN edits boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE trigger ADD COLUMN bars_editors boolean NOT NULL DEFAULT false")
