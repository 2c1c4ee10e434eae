"""Where a person lives, beside the name: names are found within a kabupaten."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

_STEP = 50_000
_FILL = """
UPDATE person p SET region = h.region FROM household h
 WHERE h.id = p.household_id AND p.region IS NULL AND p.id >= {first} AND p.id < {first} + {step}
"""
_LINE = """
CREATE INDEX CONCURRENTLY person_line ON person ((region / 1000000), lower(nama) text_pattern_ops, region, household_id)
 WHERE removed_at IS NULL
"""


def upgrade() -> None:
    """Add the column, let whoever writes a person fill it, fill the others in batches, and index it meanwhile."""
    conn = op.get_bind()
    op.execute("ALTER TABLE person ADD COLUMN region bigint")
    conn.exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"))
    with op.get_context().autocommit_block():
        low, high = conn.exec_driver_sql("SELECT COALESCE(min(id), 1), COALESCE(max(id), 0) FROM person").one()
        for first in range(low, high + 1, _STEP):
            conn.exec_driver_sql(_FILL.format(first=first, step=_STEP))
        # One that broke off stays behind invalid under its name.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS person_line")
        op.execute(_LINE)
