"""A small world to act in: people with roles, families in villages, and one way to knock at the door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from psycopg.types.json import Jsonb

from models.case.commands import CaseFact, move, open_cases
from models.case.outcomes import Outcome
from models.database import Conn, connect, fetch_value
from models.install import role_dsn
from state_machines.vocabulary import ROLES

DESA = 3204052001
"""Desa Sadu's neighbours: a village code of Kabupaten Bandung (3204), kecamatan 320405."""
DESA_LAIN = 3204052002
DESA_JAUH = 5171010001

_DIGITS = {"region_10": 1, "region_6": 10_000, "region_4": 1_000_000, "region_2": 100_000_000}
_SCOPES = {role.id: role.scope for role in ROLES}


class World:
    """One test database with an administrator, the application's and the worker's connection."""

    def __init__(self, admin_dsn: str) -> None:
        self.admin_dsn = admin_dsn
        self.people: dict[tuple[str, str, int], UUID] = {}
        self.users: dict[str, int] = {}
        self._kk = 0

    async def __aenter__(self) -> Self:
        self.admin = await connect(self.admin_dsn)
        self.api = await connect(role_dsn(self.admin_dsn, "alur_api"))
        self.worker = await connect(role_dsn(self.admin_dsn, "alur_worker"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for conn in (self.admin, self.api, self.worker):
            await conn.close()

    # -- people ---------------------------------------------------------------------------------------------------

    async def user(self, name: str) -> int:
        if name not in self.users:
            self.users[name] = await fetch_value(
                self.admin,
                "INSERT INTO account_user (username, name, kind, created_at) VALUES (%s, %s, 'person', alur_now()) "
                "RETURNING id",
                (name, name.title()),
            )
        return self.users[name]

    async def session(
        self, name: str, role: str, *, region: int = DESA, programme: str = "PKH", organisation: str | None = None
    ) -> UUID:
        """Return the session of a person in a role, made on first use with the scope that the role has there."""
        if role == "sistem":
            return await self.system()
        key = (name, role, region)
        if key in self.people:
            return self.people[key]
        scope = _SCOPES[role]
        lo = hi = None
        household = None
        if scope in _DIGITS:
            unit = _DIGITS[scope]
            lo, hi = region // unit * unit, region // unit * unit + unit - 1
        elif scope in {"national", "national_read"}:
            lo, hi = 0, 9_999_999_999
        elif scope == "own_nik":
            household = await fetch_value(self.admin, "SELECT max(id) FROM household WHERE region = %s", (region,))
        assignment = await fetch_value(
            self.admin,
            "INSERT INTO assignment (user_id, role, lo, hi, programme, organisation, household_id, valid_from) "
            "SELECT %s, r.code, %s, %s, (SELECT code FROM programme WHERE id = %s), %s, %s, '2025-01-01' "
            "FROM role r WHERE r.id = %s RETURNING id",
            (
                await self.user(name),
                lo,
                hi,
                programme if scope == "programme" else None,
                (organisation or {"bank": "BRI", "pos": "POS", "kppn": "KPPN"}.get(role))
                if scope == "own_files"
                else None,
                household,
                role,
            ),
        )
        self.people[key] = await fetch_value(
            self.admin,
            "INSERT INTO session (assignment_id, issued_at, expires_at) "
            "VALUES (%s, now(), now() + interval '10 years') RETURNING id",
            (assignment,),
        )
        return self.people[key]

    async def system(self, batch: int | None = None) -> UUID:
        value: UUID = await fetch_value(self.worker, "SELECT work_session(%s, 'sistem', NULL)", (batch,))
        return value

    # -- families -------------------------------------------------------------------------------------------------

    async def households(self, count: int = 1, *, region: int = DESA, members: int = 2) -> list[int]:
        """Write `count` complete families into the register and return their ids."""
        families = []
        for _ in range(count):
            self._kk += 1
            day, serial = divmod(self._kk, 1000)
            kk = f"{region // 10_000:06d}{day + 1:02d}0120{serial + 9000}"
            families.append(
                {
                    "no_kk": kk,
                    "region": region,
                    "alamat": "Jl. Melati 1",
                    "rt": "001",
                    "rw": "002",
                    "kepala": f"Kepala {self._kk}",
                    "members": [
                        {
                            "nik": f"{region // 10_000:06d}0101{80 + n:02d}{self._kk:04d}",
                            "nama": f"Anggota {self._kk} {n}",
                            "tempat_lahir": "Bandung",
                            "tanggal_lahir": f"19{80 + n}-01-01",
                            "jenis_kelamin": 1 + n % 2,
                            "hubungan": 1 if n == 0 else 3,
                        }
                        for n in range(members)
                    ],
                }
            )
        system = await self.system()
        rows = await (
            await self.worker.execute("SELECT * FROM register_save(%s, %s, 'uji')", (system, Jsonb(families)))
        ).fetchall()
        return [row["household_id"] for row in rows]

    # -- the door -------------------------------------------------------------------------------------------------

    async def open(self, session: UUID, trigger: str, households: Sequence[int], **more: Any) -> list[Outcome]:
        return await open_cases(await self._conn(session), session, trigger, households, **more)

    async def move(self, session: UUID, trigger: str, cases: Sequence[int], **more: Any) -> list[Outcome]:
        return await move(await self._conn(session), session, trigger, cases, **more)

    async def _conn(self, session: UUID) -> Conn:
        return self.api if session in self.people.values() else self.worker

    async def state(self, case_id: int) -> str:
        value: str = await fetch_value(
            self.admin,
            "SELECT s.id FROM position p JOIN state s ON s.code = p.state WHERE p.case_id = %s",
            (case_id,),
        )
        return value

    async def assign_families(self, name: str, households: Sequence[int]) -> None:
        """Give families to a pendamping."""
        for household in households:
            await self.admin.execute(
                "INSERT INTO family_assignment (user_id, household_id, valid_from) VALUES (%s, %s, '2025-01-01') "
                "ON CONFLICT DO NOTHING",
                (await self.user(name), household),
            )

    async def file(self, organisation: str, cases: Sequence[int]) -> None:
        """Hand cases to a bank, Pos or KPPN."""
        await self.worker.execute("SELECT door_file(%s, %s, %s)", (await self.system(), organisation, list(cases)))

    # -- time -----------------------------------------------------------------------------------------------------

    async def now(self) -> datetime:
        value: datetime = await fetch_value(self.admin, "SELECT alur_now()")
        return value

    async def travel(self, to: datetime | timedelta) -> None:
        """Move the clock forward, to a moment or by a duration."""
        target = to if isinstance(to, datetime) else await self.now() + to
        await self.admin.execute("SELECT clock_travel(%s)", (target,))

    async def policy(self, entries: Mapping[str, Any]) -> None:
        """Decree a new policy, in force at once."""
        version = await fetch_value(
            self.admin,
            "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
            "SELECT max(id) + 1, alur_now(), 'Keputusan uji', '', now() FROM policy_version RETURNING id",
        )
        for key, value in entries.items():
            await self.admin.execute(
                "INSERT INTO policy (key, version, value) VALUES (%s, %s, %s)", (key, version, Jsonb(value))
            )


def facts_about(cases: Sequence[int], **kinds: Any) -> list[CaseFact]:
    """Return the same facts about each of several cases."""
    return [CaseFact(case, kind, value) for case in cases for kind, value in kinds.items()]
