"""From when to when a payment is in somebody's files, and which edition of its data a row of a call asked about."""

from alembic import op

revision = "0004"
down_revision = "0003"

_COLUMNS = """
ALTER TABLE file_case ADD COLUMN IF NOT EXISTS at timestamptz, ADD COLUMN IF NOT EXISTS ended_at timestamptz;
ALTER TABLE call ADD COLUMN IF NOT EXISTS editions bigint[];
"""

RIGHTED = """
-- Of several payers of one case the present one is the bank that its last way to an account (P06, P07) named.
WITH way AS (
    SELECT DISTINCT ON (t.case_id) t.case_id, f.value ->> 'bank' AS bank
      FROM transition t
      JOIN rule r ON r.code = t.rule AND r.id IN ('P06', 'P07')
      JOIN fact f ON f.case_id = t.case_id AND f.act = t.act AND f.value ? 'bank'
     WHERE t.case_id IN (
            SELECT c.case_id FROM file_case c WHERE c.organisation <> 'KPPN' GROUP BY c.case_id HAVING count(*) > 1)
     ORDER BY t.case_id, t.version DESC)
UPDATE file_case f SET ended_at = now()
  FROM way
 WHERE f.case_id = way.case_id AND f.organisation NOT IN (way.bank, 'KPPN') AND f.ended_at IS NULL
   AND EXISTS (SELECT 1 FROM file_case c WHERE c.case_id = way.case_id AND c.organisation = way.bank)
"""


def upgrade() -> None:
    """Add the columns; then, holding no table, end what was left open on payments that had been routed anew."""
    op.get_bind().exec_driver_sql(_COLUMNS)
    with op.get_context().autocommit_block():
        op.get_bind().exec_driver_sql(RIGHTED)
