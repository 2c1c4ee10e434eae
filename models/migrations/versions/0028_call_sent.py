"""Whether a call ever left, whether it arrived, and every body that was sent under its key."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the columns; a call of the release before that may have left is taken to have left."""
    op.execute(
        "ALTER TABLE call ADD COLUMN sent_at timestamptz, ADD COLUMN arrived_at timestamptz, ADD COLUMN bodies jsonb"
    )
    # A refusal to tell how an order stands was noted as a refusal of the order: it is asked for again.
    op.execute(
        "UPDATE call SET state = 'tidak_diketahui' WHERE state = 'ditolak' AND versions IS NOT NULL"
        " AND split_part(path, '/', -1) IN ('si', 'spm', 'srpr', 'setor')"
    )
    op.execute(
        "UPDATE call SET sent_at = updated_at, arrived_at = CASE WHEN state = 'selesai' THEN updated_at END"
        " WHERE attempts > 0 AND state <> 'ditolak'"
    )
