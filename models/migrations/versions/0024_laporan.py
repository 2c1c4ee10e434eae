"""Reports: what was counted of each kecamatan, kept for those who look at many."""

from alembic import op

revision = "0024"
down_revision = "0023"

_TABLE = """
CREATE TABLE laporan_cacah (
    region bigint NOT NULL,
    year integer NOT NULL,
    quarter smallint NOT NULL,
    programme smallint NOT NULL,
    measure text NOT NULL,
    key text NOT NULL,
    part text NOT NULL,
    cases bigint NOT NULL,
    rupiah bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (region, year, quarter, programme, measure, key, part)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.get_bind().exec_driver_sql(_TABLE)
