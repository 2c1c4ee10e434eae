"""Load a demo population: what outside systems know, families registered before, lists that villages will send.

The generated truth goes to a file for the simulator; registered families come into the database as a migration that
two persons of Pusdatin approve; the new families of two villages stand in workbooks and nowhere in the register.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from alur.seed.files import write_village_files
from alur.seed.model import Family, Household, Person
from alur.seed.population import PopulationWriter, Scenario
from alur.settle import REGISTERED, SEED, Population
from models.batch.commands import work_session
from models.database import Conn, acting
from models.kepesertaan.rules import applicant_of, assess
from models.policy.queries import policy
from models.register.commands import Rank, Verdict, note_answered, note_ranked, save_accounts, save_families
from models.register.queries import families as read_families
from models.usulan.migration import Migration, approve_migration, migrate_memberships, migrate_registrations

VERSION = "2026-3"
"""The DTSEN version under which the families were ranked before they came."""

_AT_ONCE = 500
_PROGRAMMES = ("PKH", "SEMBAKO")
_REPAIRED = 6
"""New members of each list whose first burekol fails; some of them are refused or put off before."""
_EXAMPLES = ("RK_TUTUP", "retur:RK_PASIF", "SI_BEDA_DATA", "kurang:50000")


@dataclass(slots=True)
class Loaded:
    """What a load made: registered families, memberships per programme, workbooks of families still to come."""

    registered: int = 0
    memberships: dict[str, int] = field(default_factory=dict)
    lists: list[Path] = field(default_factory=list)


def _member(person: Person, *, pengurus: bool) -> dict[str, Any]:
    return {
        "nik": person.nik,
        "nama": person.nama,
        "tempat_lahir": person.tempat_lahir,
        "tanggal_lahir": person.tanggal_lahir.isoformat(),
        "jenis_kelamin": person.jk,
        "hubungan": person.hubungan,
        "status_kawin": person.status_kawin,
        "pekerjaan": person.pekerjaan,
        "hamil": person.hamil,
        "disabilitas": person.disabilitas,
        "variables": dict(person.variables),
        "pengurus": pengurus,
    }


def _family(truth: Household) -> dict[str, Any]:
    """Return a family as the register takes it; its payee is whoever holds the account, else its head."""
    holder = truth.accounts[0].nik if truth.accounts else None
    return {
        "no_kk": truth.no_kk,
        "region": truth.kode_desa,
        "alamat": truth.alamat,
        "rt": truth.rt,
        "rw": truth.rw,
        "dusun": truth.dusun or None,
        "latitude": truth.lat,
        "longitude": truth.long,
        "kepala": next((p.nama for p in truth.members if p.hubungan == 1), ""),
        "variables": dict(truth.variables),
        "members": [_member(p, pengurus=p.nik == holder if holder else p.hubungan == 1) for p in truth.members],
    }


def _registered(truth: Household) -> dict[str, Any]:
    """Return a family as the register will tell it, as far as an assessment looks."""
    members = [
        _member(person, pengurus=False)
        | {"id": n, "tanggal_lahir": person.tanggal_lahir, "status": "hidup", "padan": None}
        for n, person in enumerate(truth.members)
    ]
    return {"desil": truth.desil, "peringkat": truth.peringkat, "members": members}


class Loader:
    """Loads one population through the worker's connection; call `load` once."""

    def __init__(self, conn: Conn, folder: Path, approvers: tuple[UUID, UUID], today: date) -> None:
        self._conn = conn
        self._folder = folder
        self._approvers = approvers
        self._today = today
        self.done = Loaded()
        self._examples: list[str] = []

    async def load(self, households: int, region: int) -> Loaded:
        """Generate, write the files, register. The same numbers make the same people."""
        people = Population.of(households, region)
        self._session = await work_session(self._conn, None)
        name = f"{households} keluarga, wilayah {region}, benih {SEED}"
        fingerprint = hashlib.sha256(name.encode()).hexdigest()
        evidence = {
            "hash_berkas": {"sha256": fingerprint},
            "versi_asal": {"versi": VERSION},
            "nomor_sk": {"nomor": f"SK-MIGRASI/{region}"},
            "rekening_asal": {"status": "belum_diuji"},
        }
        migration = await approve_migration(
            self._conn, self._approvers, evidence, number=region, title=f"Migrasi {name}"
        )
        listed: list[tuple[int, Family]] = []
        self._folder.mkdir(parents=True, exist_ok=True)
        with PopulationWriter(self._folder / "penduduk.sqlite") as population:
            population.set_meta({"benih": SEED, "hari": self._today, "keluarga": households, "wilayah": region})
            everybody = self._sorted(people, population, listed)
            part = next(everybody, [])
            while part:
                # The next families are invented while the database registers these.
                _, part = await asyncio.gather(self._register(migration, part), asyncio.to_thread(next, everybody, []))
            heads = await self._without_accounts(listed)
            for _, family in listed:
                population.add(family)
            for scenario in arranged(heads, self._examples):
                population.add_scenario(scenario)
        for number in range(1, people.lists + 1):
            families = (family for place, family in listed if place == number)
            written = write_village_files(self._folder / "usulan", families, number=number)
            self.done.lists += [file.path for file in written]
        return self.done

    def _sorted(
        self, people: Population, population: PopulationWriter, listed: list[tuple[int, Family]]
    ) -> Iterator[list[Family]]:
        """Yield those to register, so many at once; note them in the file, and the others in `listed`."""
        waiting: list[Family] = []
        for number, family in people.families(self._today):
            if number != REGISTERED:
                listed.append((number, family))
                continue
            population.add(family)
            waiting.append(family)
            if len(waiting) == _AT_ONCE:
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    async def _without_accounts(self, listed: list[tuple[int, Family]]) -> list[str]:
        """Let some families of every list that will become members hold no account yet; return NIK of their heads."""
        ages = await policy(self._conn, "pkh.usia")
        desil_max = await policy(self._conn, f"desil.{_PROGRAMMES[0]}")
        chosen: dict[int, list[str]] = {}
        for number, family in listed:
            truth, heads = family.truth, chosen.setdefault(number, [])
            applicant = applicant_of(0, _PROGRAMMES[0], _registered(truth), self._today, ages)
            if len(heads) < _REPAIRED and not family.dirt and assess(applicant, desil_max=desil_max).fits:
                truth.accounts.clear()
                heads.append(next(person.nik for person in truth.members if person.hubungan == 1))
        return [nik for heads in chosen.values() for nik in heads]

    async def _register(self, migration: Migration, part: list[Family]) -> None:
        truths = [family.truth for family in part]
        saved = await save_families(self._conn, self._session, [_family(truth) for truth in truths], source="migrasi")
        known = [(h, truth) for h, truth in zip(saved, truths, strict=True) if h is not None]
        ranks = [
            Rank(h, truth.desil, truth.persentil, truth.peringkat) for h, truth in known if truth.desil is not None
        ]
        await note_ranked(self._conn, self._session, ranks, VERSION)
        await migrate_registrations(self._conn, migration, [h for h, _ in known])
        async with acting(self._conn, self._session) as seeing:
            rows = await read_families(seeing, [h for h, _ in known])
        persons = {(h, m["nik"]): m["id"] for h, row in rows.items() for m in row["members"]}
        await note_answered(
            self._conn,
            self._session,
            [
                Verdict(
                    persons[h, p.nik],
                    rows[h]["version"],
                    p.status == "hidup",
                    "meninggal" if p.status == "meninggal" else None,
                )
                for h, truth in known
                for p in truth.members
            ],
        )
        await save_accounts(
            self._conn,
            self._session,
            [
                {
                    "household_id": h,
                    "person_id": persons[h, account.nik],
                    "bank": account.bank,
                    "number": account.nomor_rekening,
                    "cif": account.cif,
                    "status": "belum_diuji",
                }
                for h, truth in known
                for account in truth.accounts
            ],
        )
        members = await self._members(migration, rows)
        self._examples += [
            account.nomor_rekening
            for h, truth in known
            for account in truth.accounts
            if h in members and account.status == "aktif"
        ][: len(_EXAMPLES) - len(self._examples)]
        self.done.registered += len(known)

    async def _members(self, migration: Migration, rows: dict[int, dict[str, Any]]) -> set[int]:
        """Let those take part whom the programme's own rules let in; return the families of the first programme."""
        members: set[int] = set()
        ages = await policy(self._conn, "pkh.usia")
        for programme in _PROGRAMMES:
            desil_max = await policy(self._conn, f"desil.{programme}")
            fitting = [
                h
                for h, row in rows.items()
                if assess(applicant_of(0, programme, row, self._today, ages), desil_max=desil_max).fits
            ]
            opened = await migrate_memberships(self._conn, migration, fitting, programme)
            if programme == _PROGRAMMES[0]:
                members = set(fitting)
            count = sum(1 for outcome in opened if outcome.done)
            self.done.memberships[programme] = self.done.memberships.get(programme, 0) + count
        return members


def arranged(heads: list[str], accounts: list[str]) -> Iterator[Scenario]:
    """Yield what must happen to a few families, so that a demonstration shows every way a payment can go.

    Of the new members without an account, some are refused by burekol once and accepted after their repair; of those
    paid already, one credit fails, one comes back late, one finds other data at the bank, one is short.

    Args:
        heads: NIK of the heads of new member families without an account.
        accounts: numbers of healthy accounts of member families.
    """
    for nik in heads:
        yield Scenario(nik, "burekol", 1, "BR_DATA")
    for account, outcome in zip(accounts, _EXAMPLES, strict=False):
        yield Scenario(account, "si", 0, outcome)
