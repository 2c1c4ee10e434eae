"""Indexes that auditors' questions need, each on a table that is written less often than cases move."""

from alembic import op

revision = "0003"
down_revision = "0002"

_INDEXES = """
-- One act carries out a gate, whatever the size of its list.
CREATE INDEX act_approval ON act (approval) WHERE approval IS NOT NULL;
-- Written when a case is opened, refused, shared or half confirmed; never when it moves.
CREATE INDEX case_region ON case_ (region, id);
CREATE INDEX case_share_region ON case_share (region);
CREATE INDEX refusal_case ON refusal (case_id);
CREATE INDEX confirmation_act ON confirmation (act);
-- Papers by their number: decree 44, SPP 73, SPM 74, SP2D 75, SI 77, SP2D of a return 83, state receipt 85. A hash,
-- because a number may be as long as people write it.
CREATE INDEX act_fact_number ON act_fact USING hash ((value ->> 'nomor'))
    WHERE kind IN (44, 73, 74, 75, 77, 83, 85);
CREATE INDEX fact_number ON fact USING hash ((value ->> 'nomor'))
    WHERE kind IN (44, 73, 74, 75, 77, 83, 85);
-- Facts are appended in the order of their acts: a block range index costs the door next to nothing.
CREATE INDEX fact_act ON fact USING brin (act) WITH (pages_per_range = 16, autosummarize = on);
-- What an act changed in the register.
CREATE INDEX household_act ON household (act);
CREATE INDEX household_history_act ON household_history (act);
CREATE INDEX household_history_made ON household_history USING hash ((before ->> 'act')) WHERE version = 1;
CREATE INDEX account_act ON account (act);
"""


def upgrade() -> None:
    """Create the indexes."""
    op.get_bind().exec_driver_sql(_INDEXES)
