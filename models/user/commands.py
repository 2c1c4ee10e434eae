"""Users, dated roles and sessions. Owner's work for now: an administrator's command makes them, not a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.region.rules import span
from state_machines.vocabulary import ROLES

_SCOPES = {role.id: role.scope for role in ROLES}
_LEVELS = {"region_10": 10, "region_6": 6, "region_4": 4, "region_2": 2}
_NATION = (0, 9_999_999_999)


class ScopeMissing(ValueError):
    """A role was given without the region, programme, organisation or family that bounds it."""

    def __str__(self) -> str:
        role, needed = self.args
        return f"Role {role} needs {needed}."


@dataclass(frozen=True, slots=True)
class Scope:
    """What bounds a role: a region code, a programme, an organisation or a family; national roles need nothing.

    Of a pendamping, who is bounded by families, the region is the kabupaten whose office keeps the role.
    """

    region: int | None = None
    programme: str | None = None
    organisation: str | None = None
    household: int | None = None


def make_user(conn: Connection[DictRow], username: str, name: str) -> int:
    """Create a person's account, or return the id of the existing one."""
    conn.execute(
        "INSERT INTO account_user (username, name, kind, created_at) VALUES (%s, %s, 'person', alur_now()) "
        "ON CONFLICT (username) DO NOTHING",
        (username, name),
    )
    row = conn.execute("SELECT id FROM account_user WHERE username = %s", (username,)).fetchone()
    return int(row["id"]) if row else 0


def _bounds(role: str, scope: Scope) -> tuple[int | None, int | None]:
    kind = _SCOPES[role]
    if kind in {"national", "national_read"}:
        return _NATION
    if kind in _LEVELS:
        if scope.region is None or len(str(scope.region)) != _LEVELS[kind]:
            raise ScopeMissing(role, f"a region code of {_LEVELS[kind]} digits")
        return span(scope.region)
    for needed, value in (
        ("programme", scope.programme),
        ("own_files", scope.organisation),
        ("own_nik", scope.household),
    ):
        if kind == needed and value is None:
            raise ScopeMissing(role, {"own_files": "an organisation", "own_nik": "a family"}.get(needed, needed))
    return (None, None)


def assign(conn: Connection[DictRow], user: int, role: str, scope: Scope) -> int:
    """Give a person a role within a scope, from now on; returns the assignment (the same one if he has it).

    Raises:
        ScopeMissing: the role is bounded by something that was not given.
        KeyError: no such role.
    """
    lo, hi = _bounds(role, scope)
    params = {
        "user": user,
        "role": role,
        "lo": lo,
        "hi": hi,
        "programme": scope.programme,
        "organisation": scope.organisation,
        "household": scope.household,
        "office": scope.region if _SCOPES[role] == "assigned_families" else None,
    }
    row = conn.execute(
        """
        SELECT a.id
          FROM assignment a
          JOIN role r ON r.code = a.role
          LEFT JOIN programme g ON g.code = a.programme
         WHERE a.user_id = %(user)s AND r.id = %(role)s AND a.lo IS NOT DISTINCT FROM %(lo)s
           AND g.id IS NOT DISTINCT FROM %(programme)s AND a.organisation IS NOT DISTINCT FROM %(organisation)s
           AND a.household_id IS NOT DISTINCT FROM %(household)s AND a.valid_to IS NULL
        """,
        params,
    ).fetchone()
    if row is None:
        row = conn.execute(
            """
            INSERT INTO assignment (user_id, role, lo, hi, programme, organisation, household_id, office, valid_from)
            SELECT %(user)s, r.code, %(lo)s, %(hi)s, (SELECT code FROM programme WHERE id = %(programme)s),
                   %(organisation)s, %(household)s, %(office)s, alur_now()
              FROM role r WHERE r.id = %(role)s
            RETURNING id
            """,
            params,
        ).fetchone()
    return int(row["id"]) if row else 0


def make_session(conn: Connection[DictRow], assignment: int, *, days: int) -> UUID:
    """Open a session for one assignment; it names person, role and scope wherever it is used."""
    row = conn.execute(
        "INSERT INTO session (assignment_id, issued_at, expires_at) "
        "VALUES (%s, clock_timestamp(), clock_timestamp() + make_interval(days => %s)) RETURNING id",
        (assignment, days),
    ).fetchone()
    if row is None:
        raise AssertionError  # an INSERT … RETURNING answers or raises
    session: UUID = row["id"]
    return session


_PROPOSERS = ("operator_desa", "pendamping", "pengisi_data_kab")


def open_session(conn: Connection[DictRow], username: str, roles: Sequence[str] = _PROPOSERS) -> UUID | None:
    """Open a short session for one of these roles of a person, a proposing one unless told; None when he has none."""
    row = conn.execute(
        """
        SELECT a.id FROM assignment a
          JOIN account_user u ON u.id = a.user_id
          JOIN role r ON r.code = a.role
         WHERE u.username = %s AND r.id = ANY (%s) AND u.active AND a.valid_to IS NULL
         ORDER BY a.id LIMIT 1
        """,
        (username, list(roles)),
    ).fetchone()
    return None if row is None else make_session(conn, row["id"], days=1)


def reading_session(conn: Connection[DictRow], username: str) -> UUID | None:
    """Open a short session for the widest role a person holds now, to read with; None when he holds none."""
    row = conn.execute(
        """
        SELECT a.id FROM assignment a
          JOIN account_user u ON u.id = a.user_id
         WHERE u.username = %s AND u.active AND a.valid_from <= alur_now()
           AND (a.valid_to IS NULL OR a.valid_to > alur_now())
         ORDER BY a.hi - a.lo DESC NULLS LAST, a.id LIMIT 1
        """,
        (username,),
    ).fetchone()
    return None if row is None else make_session(conn, row["id"], days=1)
