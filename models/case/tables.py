"""The tables of the door: cases, where they stand, and the log of what was decided about them.

Only the door's functions write here. From the log nothing points back by foreign key: it is written at the speed of
the moves, and its codes are never reused.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Sequence, text
from sqlmodel import SQLModel

from models import columns as col

CASE_ID = Sequence("case_id", metadata=SQLModel.metadata)
ACT_ID = Sequence("act_id", metadata=SQLModel.metadata)

_PAPERS = "kind IN (44, 73, 74, 75, 77, 83, 85)"
"""Kinds of fact that carry a number auditors ask for: decree, SPP, SPM, SP2D, SI, SP2D of a return, state receipt."""


class Case(SQLModel, table=True):
    """The immutable header of one case."""

    __tablename__ = "case_"

    id: int = col.bigint("Number of the case, from the sequence `case_id`.", key=True)
    machine: int = col.smallint("Machine it runs on.")
    kind: int = col.smallint("Kind of proposal or objection (jenis); 0 on other machines.", default="0")
    programme: int = col.smallint("Programme; 0 where none applies.", default="0")
    period: int = col.integer("Month of the right it pays, yyyymm; 0 where none applies.", default="0")
    household_id: int | None = col.bigint("Family it is about; null where it is about a region.")
    person_id: int | None = col.bigint("Person it is about, where it is about one.")
    region: int = col.bigint("Village, ten digits, at the time of opening.")
    predecessor: int | None = col.bigint("Case it continues.")
    opened_at: datetime = col.moment("When it was opened.")

    __table_args__ = (
        Index("case_household", "household_id", "machine"),
        Index("case_predecessor", "predecessor", postgresql_where=text("predecessor IS NOT NULL")),
        Index("case_region", "region", "id"),
        Index("case_regional", "machine", "period", "region", postgresql_where=text("household_id IS NULL")),
    )


class Position(SQLModel, table=True):
    """Where one case stands: the only hot row, 44 bytes."""

    __tablename__ = "position"

    case_id: int = col.bigint("The case.", key=True)
    region: int = col.bigint("Its village, ten digits.")
    batch: int | None = col.bigint("Batch that carries it; null when none does.")
    since: datetime = col.moment("When it came to this state.")
    version: int = col.integer("How many moves it has made; 1 when opened.")
    state: int = col.smallint("State it is in.")
    programme: int = col.smallint("Its programme; 0 where none applies.")
    kind: int = col.smallint("Its kind of proposal or objection (jenis); 0 on other machines.")

    __table_args__ = (
        # Resting states (from 20000 on) are no work and stay out of the queue.
        Index("position_queue", "state", "region", "since", "case_id", postgresql_where=text("state < 20000")),
        # A kabupaten's cases of any state in the order in which they came (`queue_rows`); the village is read from it.
        Index("position_line", "state", text("(region / 1000000)"), "since", "case_id", "region"),
        Index("position_batch", "batch", "state", postgresql_where=text("batch IS NOT NULL")),
        {
            "postgresql_with": {
                "fillfactor": 70,
                "autovacuum_vacuum_scale_factor": 0.02,
                "autovacuum_analyze_scale_factor": 0.02,
            }
        },
    )


class Act(SQLModel, table=True):
    """One decision by one actor: a click, a bulk approval, a flow's step. Append-only."""

    __tablename__ = "act"

    id: int = col.bigint("Number of the act, from the sequence `act_id`; not the order of commit.", key=True)
    xid: int = col.xid8("Transaction that wrote it; readers of news wait until older ones have ended.")
    actor: int = col.integer("Who: a person, or the group of persons who decided together.")
    role: int = col.smallint("Role in which they acted.")
    trigger: int = col.smallint("What they asked for.")
    reason: int | None = col.smallint("Reason they gave.")
    policy_version: int = col.integer("Policy under which it was judged.")
    at: datetime = col.moment("When, by the house's clock.")
    approval: int | None = col.bigint("Gate whose decision it carries out, or is.")
    cause: int | None = col.bigint("Act that brought it about.")
    flow_run: UUID | None = col.uuid("Prefect's run, when a flow acted.")
    note_hash: bytes | None = col.octets("SHA-256 over salt and text of its note, which may be erased.")

    __table_args__ = (
        Index("act_actor", "actor", "at"),
        Index("act_cause", "cause", postgresql_where=text("cause IS NOT NULL")),
        Index("act_at", "at"),
        Index("act_xid", "xid", "id"),
        Index("act_approval", "approval", postgresql_where=text("approval IS NOT NULL")),
    )


class Transition(SQLModel, table=True):
    """One case moved by one act. Append-only."""

    __tablename__ = "transition"

    case_id: int = col.bigint("The case.", key=True)
    version: int = col.integer("Its version after the move.", key=True)
    actor: int = col.integer("The act's actor, repeated so that four eyes are judged from the index alone.")
    act: int = col.bigint("The act.")
    rule: int = col.smallint("Rule along which it moved.")

    __table_args__ = (
        # The actor stands in the key's index, so that judging four eyes reads no act.
        PrimaryKeyConstraint("case_id", "version", postgresql_include=["rule", "actor"]),
        Index("transition_act", "act"),
    )


class Refusal(SQLModel, table=True):
    """What an act asked for and did not get. Append-only."""

    __tablename__ = "refusal"

    act: int = col.bigint("The act.", key=True)
    case_id: int = col.bigint("The case that stayed where it was.", key=True)
    code: int = col.smallint("Why: a refusal code.")

    __table_args__ = (Index("refusal_case", "case_id"),)


class Fact(SQLModel, table=True):
    """What was known about one case. Append-only."""

    __tablename__ = "fact"

    case_id: int = col.bigint("The case.", key=True)
    kind: int = col.smallint("Kind of fact.", key=True)
    act: int = col.bigint("Act that brought it.", key=True)
    at: datetime = col.moment("When it became known.")
    source: str = col.text("Role that told it.")
    value: Any | None = col.document("What is known; null where the act's shared fact holds it.")

    __table_args__ = (
        # Rows come in the order of their acts, so block ranges find them and cost the door next to nothing.
        Index(
            "fact_act", "act", postgresql_using="brin", postgresql_with={"pages_per_range": 16, "autosummarize": "on"}
        ),
        Index("fact_number", text("(value ->> 'nomor')"), postgresql_using="hash", postgresql_where=text(_PAPERS)),
    )


class ActFact(SQLModel, table=True):
    """What was known for all cases of an act. Append-only."""

    __tablename__ = "act_fact"

    act: int = col.bigint("The act.", key=True)
    kind: int = col.smallint("Kind of fact.", key=True)
    value: Any = col.document("What is known.")

    __table_args__ = (
        Index("act_fact_number", text("(value ->> 'nomor')"), postgresql_using="hash", postgresql_where=text(_PAPERS)),
    )


class Nominal(SQLModel, table=True):
    """The amount of one case from a version on. Append-only."""

    __tablename__ = "nominal"

    case_id: int = col.bigint("The case.", key=True)
    version: int = col.integer("Version of the case that set it.", key=True)
    rupiah: int = col.rupiah("Amount due, whole rupiah.")

    __table_args__ = (CheckConstraint("rupiah >= 0"),)


class Claim(SQLModel, table=True):
    """What a live case holds exclusively ("at most one live ..."): taken and released by the door."""

    __tablename__ = "claim"

    kind: int = col.smallint("Machine of the case.", key=True)
    key: int = col.bigint("Household, or the region of a case about one.", key=True)
    sub: int = col.bigint("Tells kinds of proposal, programmes and periods apart.", key=True)
    case_id: int = col.bigint("The live case that holds it.")

    __table_args__ = (Index("claim_case", "case_id"),)


class Counter(SQLModel, table=True):
    """Quota and pagu: a locked counter, served in the order given. Its limit is policy."""

    __tablename__ = "counter"

    kind: int = col.smallint("1 proposals a month, 2 seats of a programme, 3 a budget.", key=True)
    key: int = col.bigint("Region it counts for: village (1), kabupaten (2), 0 for the nation (3).", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    period: int = col.integer("Month yyyymm (1), 0 (2), budget year yyyy (3).", key=True)
    used: int = col.bigint("Taken so far: proposals, seats, or whole rupiah.")


class Confirmation(SQLModel, table=True):
    """The first of two persons who must agree on one move. Append-only."""

    __tablename__ = "confirmation"

    case_id: int = col.bigint("The case.", key=True)
    version: int = col.integer("Its version; the confirmation ends when the case moves.", key=True)
    rule: int = col.smallint("Rule that needs two.", key=True)
    user_id: int = col.integer("Who asked first.", key=True)
    act: int = col.bigint("The act.")
    reason: int | None = col.smallint("Reason given; the second person must give the same.")
    at: datetime = col.moment("When.")
    behalf: int | None = col.integer("On whose behalf; null for himself.")

    __table_args__ = (Index("confirmation_act", "act"),)


class CaseShare(SQLModel, table=True):
    """A second region that sees a case: the village a family moves to."""

    __tablename__ = "case_share"

    case_id: int = col.bigint("The case.", key=True)
    region: int = col.bigint("Village of destination, ten digits.", key=True)

    __table_args__ = (Index("case_share_region", "region"),)


class FileCase(SQLModel, table=True):
    """An organisation whose files a case is or was in: a bank, Pos, a KPPN. One payer at a time."""

    __tablename__ = "file_case"

    organisation: str = col.text("The organisation, as its assignment names it.", key=True)
    case_id: int = col.bigint("The case.", key=True)
    at: datetime | None = col.moment("Since when; null where that was not yet written down (release 0.1.0).")
    ended_at: datetime | None = col.moment("When another payer took the case over; null while it is in these files.")

    __table_args__ = (Index("file_case_case", "case_id"),)


class Note(SQLModel, table=True):
    """Free text of an act: erasable, while the act keeps a salted hash of it."""

    __tablename__ = "note"

    act: int = col.bigint("The act.", key=True)
    salt: bytes = col.octets("16 random bytes, so that the hash tells nothing once the text is erased.")
    text: str = col.text("What was written.")
