"""The tables of people who work here: accounts, dated roles with their scope, sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Sequence, UniqueConstraint, text
from sqlmodel import SQLModel

from models import columns as col

ACTOR_ID = Sequence("actor_id", data_type=Integer, metadata=SQLModel.metadata)
"""Persons and groups share one number space: the log names an actor, who is one person or several."""


class AccountUser(SQLModel, table=True):
    """One account: a person, an outside organisation's service, or the system itself."""

    __tablename__ = "account_user"

    id: int = col.integer("Number of the actor.", key=True, default="nextval('actor_id')")
    username: str = col.text("What they sign in with.", unique=True)
    name: str = col.text("What the history shows.")
    kind: str = col.text("person, service or system.")
    active: bool = col.boolean("May act; history keeps those who no longer may.", default="true")
    created_at: datetime = col.moment("When it was made.")

    __table_args__ = (CheckConstraint("kind IN ('person', 'service', 'system')"),)


class ActorGroup(SQLModel, table=True):
    """Persons who stand behind an act together, as one actor: who decided jointly, or who acts for another.

    Made on first use.
    """

    __tablename__ = "actor_group"

    id: int = col.integer("Number of the actor.", key=True, default="nextval('actor_id')")
    members: list[int] = col.integers("Their accounts, ascending; four eyes bar each of them.")
    behalf: list[int] = col.integers(
        "Those of them who did not act themselves: another member acted on their behalf.", default="'{}'"
    )

    __table_args__ = (
        UniqueConstraint("members", "behalf"),
        Index("actor_group_members", "members", postgresql_using="gin"),
    )


class Assignment(SQLModel, table=True):
    """A dated role with its scope."""

    __tablename__ = "assignment"

    id: int = col.integer("Number of the assignment.", key=True, numbered=True)
    user_id: int = col.integer("Account.", references="account_user.id")
    role: int = col.smallint("Role.", references="role.code")
    lo: int | None = col.bigint("Lowest village of the scope, ten digits; null where the scope is no region.")
    hi: int | None = col.bigint("Highest village of the scope, ten digits; null where the scope is no region.")
    programme: int | None = col.smallint("Programme of the scope.", references="programme.code")
    organisation: str | None = col.text("Organisation whose files are the scope: a bank, Pos, a KPPN.")
    household_id: int | None = col.bigint("Own family, for a warga.")
    valid_from: datetime = col.moment("When it begins.")
    valid_to: datetime | None = col.moment("When it ends; null for no end.")
    office: int | None = col.bigint(
        "Region whose office keeps the role, at its own length, where the scope is no region."
    )
    delegated_from: int | None = col.integer(
        "Assignment of somebody else in whose place this one acts; it lasts no longer than that one.",
        references="assignment.id",
    )
    actor: int | None = col.integer("Actor of the log under which it acts, where it acts for another.")
    why: str | None = col.text("Why another acts in his place.")

    __table_args__ = (
        CheckConstraint("(lo IS NULL) = (hi IS NULL)"),
        Index("assignment_user", "user_id"),
        Index("assignment_role", "role", "lo", "hi"),
        Index("assignment_delegated", "delegated_from", postgresql_where=text("delegated_from IS NOT NULL")),
        Index("assignment_household", "household_id", postgresql_where=text("household_id IS NOT NULL")),
    )


class FamilyAssignment(SQLModel, table=True):
    """A family that a pendamping looks after."""

    __tablename__ = "family_assignment"

    user_id: int = col.integer("Account of the pendamping.", key=True, references="account_user.id")
    household_id: int = col.bigint("The family.", key=True)
    valid_from: datetime = col.moment("When it begins.", key=True)
    valid_to: datetime | None = col.moment("When it ended; null while it lasts.")

    __table_args__ = (Index("family_assignment_household", "household_id"),)


class Session(SQLModel, table=True):
    """What every call names; functions derive person, role and scope from it."""

    __tablename__ = "session"

    id: UUID = col.uuid("Secret of the session.", key=True, default="gen_random_uuid()")
    assignment_id: int = col.integer("In which role and scope.", references="assignment.id")
    batch: int | None = col.bigint("Batch to whose region a worker's session is bound.")
    issued_at: datetime = col.moment("When it was issued, by the real clock.")
    expires_at: datetime = col.moment("When it ends, by the real clock.")
    revoked_at: datetime | None = col.moment("When it was revoked; null while it is good.")
    number: int = col.bigint("What lists call it; the id is a secret.", numbered=True, unique=True)
    kind: str = col.text("web (somebody signed in), token (a program's) or worker (a flow's).", default="'token'")
    name: str | None = col.text("What its owner calls a token.")
    network: str | None = col.text("Keyed hash of the network it was opened from.")
    user_agent: str | None = col.text("With what it was opened, shortened.")
    idle_s: int | None = col.integer("How long it may rest, in seconds; null for no limit.")
    last_seen_at: datetime | None = col.moment("When it was last used, to the minute, where it may not rest for ever.")
    revoked_by: int | None = col.integer("Who ended it.", references="account_user.id")

    __table_args__ = (
        CheckConstraint("kind IN ('web', 'token', 'worker')"),
        Index("session_assignment", "assignment_id"),
    )
