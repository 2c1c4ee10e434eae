"""Accounts and roles of those who work here: proposed, confirmed, ended, reset. Each call is judged by the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn, fetch_value
from models.errors import AlurError
from models.raised import domain_errors
from models.signin.keys import Keys, digest, new_secret
from models.signin.rules import mask_nik
from models.staff import errors
from models.staff.rules import Proposal
from models.staff.workbook import REFUSED, Row
from models.user.commands import Scope, assign, make_user


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a proposal became: its account and number; `state` is menunggu_konfirmasi or dikonfirmasi."""

    account: int
    request: int
    state: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link for one person, shown this once: `secret` is what it holds, kept as a hash alone."""

    account: int
    purpose: str
    secret: str
    expires_at: datetime


def _refusal(outcome: str, asked: Proposal) -> AlurError:
    where = asked.region or asked.programme or asked.organisation or "-"
    return {
        "bukan_admin": errors.RoleNotYours(asked.role),
        "cakupan": errors.RoleScopeMissing(asked.role),
        "di_luar": errors.RoleOutside(where),
        "sendiri": errors.OwnRights(),
        "campur": errors.RolesMixed(),
        "sudah_ada": errors.RoleThere(),
        "masa": errors.RolePeriod(),
    }[outcome]


async def propose(conn: Conn, keys: Keys, session: UUID, asked: Proposal) -> Proposed:
    """Propose a role within one's own scope; the head of the office confirms it, where policy asks for that.

    Raises:
        RoleNotYours: another level gives this role.
        RoleScopeMissing: the role needs another kind of scope.
        RoleOutside: not within the caller's own scope.
        OwnRights: for himself.
        RolesMixed: the person would keep accounts and handle cases.
        RoleThere: he has it, or it waits.
        RolePeriod: it ends before it begins.
    """
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM staff_put(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    session,
                    keys.nik(asked.nik),
                    mask_nik(asked.nik),
                    asked.name,
                    asked.role,
                    asked.region,
                    asked.programme,
                    asked.organisation,
                    asked.valid_from,
                    asked.valid_to,
                ),
            )
        ).fetchone()
    if row is None or row["outcome"] != "dibuat":
        raise _refusal(row["outcome"] if row else "bukan_admin", asked)
    return Proposed(row["user_id"], row["request"], row["state"], row["is_new"])


@dataclass(slots=True)
class Imported:
    """What became of the rows of a spreadsheet: row number and proposal of the good ones, mistakes on the others."""

    rows: list[Row]
    made: list[tuple[int, Proposed]] = field(default_factory=list)
    repeated: int = 0

    @property
    def good(self) -> int:
        """How many rows entered now."""
        return len(self.made)


async def propose_all(conn: Conn, keys: Keys, session: UUID, rows: list[Row]) -> Imported:
    """Propose what each row of a spreadsheet asks for; a row that is refused leaves the others alone.

    Raises:
        SessionUnknown: the session has ended.
    """
    done = Imported(rows)
    for row in rows:
        if row.proposal is None:
            continue
        try:
            done.made.append((row.number, await propose(conn, keys, session, row.proposal)))
        except errors.RoleThere:
            done.repeated += 1
        except REFUSED as error:
            row.refuse(error)
    return done


async def decide(conn: Conn, session: UUID, request: int, *, confirm: bool, reason: str | None = None) -> str:
    """Confirm or refuse a proposed role as the head of its office; returns dikonfirmasi or ditolak.

    Raises:
        RoleNotKept: none of this number waits for the caller's office.
        RoleDecided: it was decided.
        OtherPersonConfirms: the caller proposed it, or shall have it.
        RolesMixed: the person would keep accounts and handle cases.
        StandInOver: it was asked for in somebody's place, and can no longer be.
    """
    with domain_errors():
        outcome: str = await fetch_value(
            conn, "SELECT staff_decide(%s, %s, %s, %s)", (session, request, confirm, reason)
        )
    refused: dict[str, AlurError] = {
        "tidak_ditemukan": errors.RoleNotKept(request),
        "sudah": errors.RoleDecided(request),
        "orang_sama": errors.OtherPersonConfirms(),
        "campur": errors.RolesMixed(),
        "lewat": errors.StandInOver(),
    }
    if outcome in refused:
        raise refused[outcome]
    return outcome


async def end_role(conn: Conn, session: UUID, assignment: int, reason: str) -> None:
    """End somebody's role now; its sessions are over at once.

    Raises:
        RoleNotKept: none of this number is of the caller's level and scope.
    """
    with domain_errors():
        if not await fetch_value(conn, "SELECT staff_end(%s, %s, %s)", (session, assignment, reason)):
            raise errors.RoleNotKept(assignment)


async def make_link(
    conn: Conn, session: UUID, account: int, *, reason: str | None = None, clear_factors: bool = False
) -> OneTimeLink:
    """Make a one-time link: an invitation until the account was first used, then a reset, which ends every session.

    Args:
        conn: inside a transaction, so that a reset without a reason changes nothing.
        session: of the administrator who keeps the account.
        account: for whom.
        reason: why; required for a reset.
        clear_factors: second factors are linked anew, because the phone is lost.

    Raises:
        AccountNotKept: not an account of the caller's.
        ReasonMissing: a reset without a reason.
    """
    secret = new_secret()
    with domain_errors():
        row = await (
            await conn.execute(
                "SELECT * FROM staff_link(%s, %s, %s, %s, %s)",
                (session, account, digest(secret), clear_factors, reason),
            )
        ).fetchone()
    if row is None:
        raise errors.AccountNotKept(account)
    if row["purpose"] == "reset" and not reason:
        raise errors.ReasonMissing
    return OneTimeLink(account, row["purpose"], secret, row["expires_at"])


async def set_active(conn: Conn, session: UUID, account: int, reason: str, *, active: bool) -> None:
    """Close an account, or open it again; closed, its sessions are over at once.

    Raises:
        AccountNotKept: not an account of the caller's.
    """
    with domain_errors():
        if not await fetch_value(conn, "SELECT staff_active(%s, %s, %s, %s)", (session, account, active, reason)):
            raise errors.AccountNotKept(account)


# -- the owner of the database ----------------------------------------------------------------------------------------


def keep_credential(conn: Connection[DictRow], keys: Keys, user: int, nik: str) -> None:
    """Let a person of ours sign in by his NIK, as the owner of the database."""
    conn.execute(
        "INSERT INTO credential (user_id, nik_hash, nik_masked) VALUES (%s, %s, %s) ON CONFLICT (user_id) DO NOTHING",
        (user, keys.nik(nik), mask_nik(nik)),
    )


def first_admin(conn: Connection[DictRow], keys: Keys, name: str, nik: str) -> OneTimeLink | None:
    """Make whoever has this NIK an admin_pusat, as the owner of the database, and return his one-time link.

    None when he holds a role that touches cases: an administrator holds none.
    """
    with conn.transaction():
        row = conn.execute("SELECT user_id FROM credential WHERE nik_hash = %s", (keys.nik(nik),)).fetchone()
        user = row["user_id"] if row else make_user(conn, f"admin-{keys.nik(nik)[:12]}", name)
        keep_credential(conn, keys, user, nik)
        mixed = conn.execute(
            "SELECT staff_mixed(%s, code) AS mixed FROM role WHERE id = 'admin_pusat'", (user,)
        ).fetchone()
        if mixed is None or mixed["mixed"]:
            return None
        assign(conn, user, "admin_pusat", Scope())
        return _invite(conn, user)


def _invite(conn: Connection[DictRow], user: int) -> OneTimeLink:
    secret = new_secret()
    made = conn.execute(
        "SELECT link_make(%s, %s, 'undangan', NULL, false, NULL) AS until", (user, digest(secret))
    ).fetchone()
    if made is None:
        raise AssertionError  # a function answers
    return OneTimeLink(user, "undangan", secret, made["until"])


def invite_known(conn: Connection[DictRow], keys: Keys, username: str, nik: str) -> OneTimeLink | None:
    """Let an account that has no NIK yet sign in by one, as the owner of the database; returns its one-time link.

    None when there is no such person, he has another NIK, or the NIK is somebody else's.
    """
    with conn.transaction():
        row = conn.execute(
            "SELECT id FROM account_user u WHERE username = %(name)s AND kind = 'person' AND active "
            "AND NOT EXISTS (SELECT 1 FROM credential c "
            "WHERE (c.user_id = u.id) <> (c.nik_hash = %(nik)s) AND (c.user_id = u.id OR c.nik_hash = %(nik)s))",
            {"name": username, "nik": keys.nik(nik)},
        ).fetchone()
        if row is None:
            return None
        keep_credential(conn, keys, row["id"], nik)
        return _invite(conn, row["id"])


def make_ready(conn: Connection[DictRow], keys: Keys, user: int, password_hash: str, chat: str) -> None:
    """Give a demo's person a password and a Telegram chat, as the owner of the database; what he has stays."""
    conn.execute(
        "UPDATE credential SET password_hash = %s, changed_at = alur_now() "
        "WHERE user_id = %s AND password_hash IS NULL",
        (password_hash, user),
    )
    conn.execute(
        "INSERT INTO second_factor (user_id, kind, sealed, since) VALUES (%s, 'telegram', %s, alur_now()) "
        "ON CONFLICT DO NOTHING",
        (user, keys.seal(user, "telegram", chat)),
    )
    conn.execute(
        "INSERT INTO notice_address (user_id, channel, address, at) VALUES (%s, 'telegram', %s, alur_now()) "
        "ON CONFLICT DO NOTHING",
        (user, chat),
    )
