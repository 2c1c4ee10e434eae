"""A stage for flows: families with their numbers and accounts, people who decide, and one look of a flow at a time."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from pydantic import SecretStr

from alur.load import _family
from alur.seed.generate import generate
from alur.seed.model import Family, Household
from alur.seed.population import Scenario
from flows.carry import Step, look
from flows.work import Work, working
from integrations.connect import connect
from integrations.http import ClientOptions
from models.approval.commands import Decided, Except, decide
from models.approval.rules import GATES
from models.batch import commands as batches
from models.case.outcomes import Outcome
from models.install import role_dsn
from models.kepesertaan.rules import applicant_of, assess
from models.policy.queries import policy
from models.register.commands import Rank, note_ranked, save_accounts, save_families
from models.register.queries import families as read_families
from models.settings import Settings
from models.usulan.migration import approve_migration, migrate_memberships, migrate_registrations
from models.usulan.rules import WIB
from tests.flows.outside import Simulator
from tests.flows.witness import Witness
from tests.support.proposing import naming
from tests.support.server import TestServer
from tests.support.world import DESA, DESA_LAIN, World

KABUPATEN = DESA // 1_000_000
DENPASAR = 5171011001
"""A kelurahan of another province, in the zone of central Indonesia."""
QUICK = ClientOptions(attempts=2, pause_s=0.01, pause_max_s=0.02)
IMPATIENT = ClientOptions(read_timeout_s=0.3, attempts=1, pause_s=0.01, pause_max_s=0.02)

EVIDENCE: dict[str, tuple[str, ...]] = {
    "musdes": ("berita_acara", "daftar_hadir", "bnba"),
    "pengesahan": ("surat_pengesahan",),
    "keputusan_pusat": ("keputusan",),
    "penetapan": ("nomor_sk",),
    "sk_program": ("nomor_sk",),
    "sk_tahap": ("nomor_sk",),
    "spp": ("nomor_spp",),
    "spm": ("nomor_spm",),
    **dict.fromkeys(("si", "serah_pos"), ("nomor_si",)),
    "ralat": ("srpr", "sptjm", "rekening_koran"),
    "siklus_jadwal": ("surat_edaran",),
    "siklus_sah": ("surat_pengesahan",),
}
"""What the decider of each gate brings."""


@cache
def _pool(today: date) -> dict[int, list[Family]]:
    made: dict[int, list[Family]] = {}
    for family in generate(120, [DESA, DESA_LAIN, DENPASAR], 20261120, today, clean=True, account_share=1.0):
        made.setdefault(family.truth.kode_desa, []).append(family)
    return made


def head(family: Family) -> str:
    """Return the NIK of a family's head."""
    return next(person.nik for person in family.truth.members if person.hubungan == 1)


class Stage(Witness):
    """One database, one simulator, and everybody who acts in it."""

    def __init__(self, world: World, sim: Simulator) -> None:
        super().__init__(world)
        self.sim = sim
        self.settings = Settings(
            worker_database_url=SecretStr(role_dsn(world.admin_dsn, "alur_worker")),
            ports_url=sim.url,
            lease_seconds=120,
        )
        self._left = copy.deepcopy(_pool(datetime.now(WIB).date()))
        self._known: dict[str, Family] = {}
        self._scenarios: list[Scenario] = []
        self._migrations = 0

    # -- families ------------------------------------------------------------------------------------------------------

    async def families(
        self, count: int, *, village: int = DESA, accounts: bool = True, desil: int = 2, programme: str = "PKH"
    ) -> list[Family]:
        """Take families that the programme would accept, healthy and clean; the caller may yet change their truth."""
        ages = await policy(self.world.worker, "pkh.usia")
        today = (await self.world.now()).date()
        taken: list[Family] = []
        left = self._left[village]
        while len(taken) < count:
            family = left.pop(0)
            family.truth.desil, family.truth.persentil = desil, desil * 10.0 - 5
            family.truth.peringkat = desil * 1_000_000 + len(self._known) + len(taken)
            if not accounts:
                family.truth.accounts.clear()
            if assess(applicant_of(0, programme, _row(family.truth), today, ages), desil_max=10).fits:
                taken.append(family)
        return taken

    async def register(self, families: Sequence[Family], *scenarios: Scenario) -> list[int]:
        """Write families into the register as they are known, with their accounts; let the simulator know the truth."""
        system = await self.world.system()
        self.live(families, *scenarios)
        saved = await save_families(
            self.world.worker, system, [_family(family.truth) for family in families], source="uji"
        )
        households = [household or 0 for household in saved]
        async with self._seeing(system):
            rows = await read_families(self.world.worker, households)
        persons = {(h, member["nik"]): member["id"] for h, row in rows.items() for member in row["members"]}
        await save_accounts(
            self.world.worker,
            system,
            [
                {
                    "household_id": household,
                    "person_id": persons[household, account.nik],
                    "bank": account.bank,
                    "number": account.nomor_rekening,
                    "cif": account.cif,
                    "status": "belum_diuji",
                }
                for household, family in zip(households, families, strict=True)
                for account in family.truth.accounts
            ],
        )
        return households

    def live(self, families: Sequence[Family] = (), *scenarios: Scenario) -> None:
        """Let the outside systems know families as they are now, and answer so from now on."""
        for family in families:
            self._known.setdefault(family.truth.no_kk, copy.deepcopy(family))
        self._scenarios += scenarios
        self.sim.people(self._known.values(), self._scenarios)

    @asynccontextmanager
    async def _seeing(self, session: UUID) -> AsyncIterator[None]:
        async with self.world.worker.transaction():
            await self.world.worker.execute("SELECT set_config('alur.session', %s, true)", (str(session),))
            yield

    # -- proposals -----------------------------------------------------------------------------------------------------

    async def propose(
        self, households: Sequence[int], *, kind: str = "BARU", village: int = DESA, programme: str | None = None
    ) -> tuple[int, list[int]]:
        """Let a village's operator propose families and send them to the identity check; returns batch and cases."""
        operator = await self.person("operator_desa", village)
        batch = await batches.open_batch(self.world.api, operator, "usulan", village, f"Usulan {kind}")
        return batch, await self.add(batch, households, kind=kind, village=village, programme=programme)

    async def add(
        self,
        batch: int,
        households: Sequence[int],
        *,
        kind: str = "BARU",
        village: int = DESA,
        programme: str | None = None,
    ) -> list[int]:
        """Propose further families in a list that is under way."""
        cases = await self.drafted(batch, households, kind, village, programme)
        await self.fire("operator_desa", "usulan.kirim_cek", cases, village=village)
        return cases

    async def drafted(
        self, batch: int, households: Sequence[int], kind: str, village: int = DESA, programme: str | None = None
    ) -> list[int]:
        """Let a village's operator open proposals and keep them."""
        operator = await self.person("operator_desa", village)
        told = {"ktp": 1, "kk": 1, "foto_rumah_geotag": 1}
        named = await naming(self.world, kind, households)
        more: dict[str, Any] = {"programme": programme, "batch": batch, "facts": told, "family_facts": named}
        opened = await self.world.open(operator, "usulan.buat_draf", households, kind=kind, **more)
        assert all(outcome.done for outcome in opened), opened
        return [outcome.case_id or 0 for outcome in opened]

    async def meet(self, batch: int, cases: Sequence[int], *steps: Step, village: int = DESA) -> None:
        """Bring checked proposals through the village meeting."""
        await self.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1, village=village)
        await self.look(batch, *steps)
        await self.decide(batch, "musdes")
        await self.look(batch, *steps)

    async def agree(self, batch: int, cases: Sequence[int], *steps: Step, village: int = DESA) -> None:
        """Bring checked proposals through the village meeting and send them to the kabupaten."""
        await self.meet(batch, cases, *steps, village=village)
        await self.fire("operator_desa", "usulan.kirim", cases, village=village)

    async def verified(self, cases: Sequence[int], *, village: int = DESA) -> None:
        """Let kecamatan and kabupaten pass proposals that were sent."""
        await self.fire("operator_kecamatan", "usulan.teruskan", cases, village=village, note="lengkap")
        await self.fire("verifikator_kab", "usulan.nyatakan_lengkap", cases, village=village)

    # -- members and payments ------------------------------------------------------------------------------------------

    async def members(self, households: Sequence[int], programme: str = "PKH") -> list[int]:
        """Register families and let them take part in a programme, as a migration does; returns the memberships."""
        self._migrations += 1
        approvers = (await self.world.session("p1", "pusdatin"), await self.world.session("p2", "pusdatin"))
        told = {"hash_berkas": 1, "versi_asal": 1, "nomor_sk": {"nomor": f"M{self._migrations}"}, "rekening_asal": 1}
        worker = self.world.worker
        migration = await approve_migration(worker, approvers, told, number=self._migrations, title="Migrasi")
        await migrate_registrations(worker, migration, households)
        async with self._seeing(await self.world.system()):
            rows = await read_families(worker, households)
        truths = {number: family.truth for number, family in self._known.items()}
        ranks = [
            Rank(h, truth.desil, truth.persentil, truth.peringkat)
            for h, row in rows.items()
            if (truth := truths[row["no_kk"]]).desil is not None
        ]
        await note_ranked(worker, await self.world.system(), ranks, "2026-3")
        opened = await migrate_memberships(worker, migration, households, programme)
        assert all(outcome.done for outcome in opened), opened
        return [outcome.case_id or 0 for outcome in opened]

    async def open_tahap(self, *, programme: str = "PKH", period: int | None = None, region: int = KABUPATEN) -> int:
        direktorat = await self.world.session(f"direktorat0.{programme}", "direktorat", programme=programme)
        year = (await self.world.now()).astimezone(WIB).year
        return await batches.open_batch(
            self.world.api,
            direktorat,
            "tahap",
            region,
            f"{programme} {region}",
            programme=programme,
            period=period or year * 100 + 4,
        )

    async def payments(self, households: Sequence[int], batch: int) -> list[int]:
        """Return the disbursements of these families in a tahap, in their order; 0 where there is none."""
        cursor = await self.world.admin.execute(
            "SELECT c.household_id, c.id FROM case_ c JOIN position p ON p.case_id = c.id "
            "WHERE c.machine = 3 AND p.batch = %s",
            (batch,),
        )
        found = {row["household_id"]: row["id"] for row in await cursor.fetchall()}
        return [found.get(household, 0) for household in households]

    # -- people --------------------------------------------------------------------------------------------------------

    async def person(
        self,
        role: str,
        village: int = DESA,
        *,
        name: str | None = None,
        programme: str = "PKH",
        organisation: str | None = None,
    ) -> UUID:
        """Return the session of somebody in a role, by default one person per role, village and organisation."""
        known = name or f"{role}.{village}.{organisation or programme}"
        return await self.world.session(known, role, region=village, programme=programme, organisation=organisation)

    async def fire(
        self,
        role: str,
        trigger: str,
        cases: Sequence[int],
        *,
        village: int = DESA,
        bank: str | None = None,
        reason: str | None = None,
        note: str | None = None,
        **facts: Any,
    ) -> list[Outcome]:
        """Let somebody of a role move all these cases; every one must move."""
        session = await self.person(role, village, organisation=bank)
        outcomes = await self.world.move(session, trigger, cases, reason=reason, note=note, facts=facts)
        assert done(outcomes) == len(cases), outcomes
        return outcomes

    async def gates(self, batch: int, state: str | None = None) -> list[dict[str, Any]]:
        """Return the gates a batch has had, in order."""
        cursor = await self.world.admin.execute(
            "SELECT a.*, r.id AS role_id, g.id AS programme_id, ARRAY(SELECT c.case_id FROM approval_case c "
            "WHERE c.approval = a.id ORDER BY c.case_id) AS list FROM approval a JOIN role r ON r.code = a.role "
            "LEFT JOIN programme g ON g.code = a.programme "
            "WHERE a.batch = %s AND (%s::text IS NULL OR a.state = %s) ORDER BY a.id",
            (batch, state, state),
        )
        return await cursor.fetchall()

    async def decide(
        self,
        batch: int,
        gate: str,
        *,
        verdict: str = "setuju",
        reason: str | None = None,
        note: str | None = None,
        excepts: Sequence[Except] = (),
        people: int | None = None,
    ) -> Decided:
        """Let as many different people decide an open gate as it needs, each with the evidence it asks for."""
        row = next(row for row in await self.gates(batch, "terbuka") if row["gate"] == gate)
        kind = GATES[gate.partition(".")[0]]
        evidence = {need: {"nomor": f"{gate}/{row['id']}"} for need in EVIDENCE.get(kind.id, ())}
        programme = row["programme_id"] or "PKH"
        for number in range(people or row["people"]):
            name = f"{kind.role}{number}.{programme}.{row['lo']}"
            session = await self.person(kind.role, row["lo"], name=name, programme=programme)
            decided = await decide(
                self.world.api,
                session,
                row["id"],
                verdict,
                reason=reason,
                note=note,
                evidence=evidence if verdict == "setuju" else {},
                excepts=excepts if number == 0 else (),
            )
        return decided

    async def decide_all(self, batch: int) -> int:
        """Let every open gate of a batch be approved; returns how many there were."""
        opened = await self.gates(batch, "terbuka")
        for row in opened:
            await self.decide(batch, row["gate"])
        return len(opened)

    # -- the flow ------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def hands(
        self, batch: int, *, run: UUID | None = None, options: ClientOptions = QUICK
    ) -> AsyncIterator[Work]:
        """Hold a batch as a flow run does."""
        async with working(batch, run or uuid4(), self.settings) as work:
            assert work is not None, "another run holds the batch"
            async with connect(self.sim.url, options=options) as outside:
                work.outside = outside
                yield work
                await batches.end_lease(work.conn, batch, work.run, "selesai")

    async def look(self, batch: int, *steps: Step, run: UUID | None = None, options: ClientOptions = QUICK) -> bool:
        """Let a flow look once at a batch, from the top; returns whether a gate is open."""
        async with self.hands(batch, run=run, options=options) as work:
            return await look(work, steps)

    async def play(self, batch: int, *steps: Step, looks: int = 20) -> None:
        """Let a flow look and people approve whatever it holds before them, until neither has anything left to do."""
        for _ in range(looks):
            await self.look(batch, *steps)
            if not await self.decide_all(batch):
                return
        raise AssertionError(f"batch {batch} never comes to rest: {await self.gates(batch)}")

    async def standing(self, kind: str) -> int:
        """Open a batch that always stands open."""
        return await batches.open_batch(self.world.worker, await self.world.system(), kind, 0, kind)


def copied(server: TestServer, dsn: str) -> str:
    """Return the administrator's DSN of a copy of a database that nobody is connected to."""
    name = f"alur_copy_{uuid4().hex}"
    server._create(name, urlsplit(dsn).path.removeprefix("/"))
    return server.dsn(name)


def done(outcomes: Sequence[Outcome]) -> int:
    """Return how many cases moved."""
    return sum(outcome.done for outcome in outcomes)


def _row(truth: Household) -> dict[str, Any]:
    """Return a family as the register will tell it, as far as an assessment looks."""
    members = [
        {
            "id": number,
            "nik": person.nik,
            "nama": person.nama,
            "tanggal_lahir": person.tanggal_lahir,
            "jenis_kelamin": person.jk,
            "hubungan": person.hubungan,
            "hamil": person.hamil,
            "disabilitas": person.disabilitas,
            "pekerjaan": person.pekerjaan,
            "variables": person.variables,
            "status": "hidup",
            "padan": None,
        }
        for number, person in enumerate(truth.members)
    ]
    return {"desil": truth.desil, "peringkat": truth.peringkat, "members": members}
