"""A year of people's work on the stage: who is at which desk, what each does on which day, and who never does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from models.approval.rules import GATES
from models.batch import commands as batches
from models.case.queries import PAGE_MAX
from models.database import acting
from models.stuck.queries import Filter, list_stuck
from tests.flows.clock import Clock
from tests.flows.cycles import Cycles
from tests.flows.stage import DENPASAR, KABUPATEN, Stage, done
from tests.integration.door.kit import rows
from tests.support.proposing import naming
from tests.support.world import DESA, DESA_LAIN

EMPTY = {("verifikator_kab", DENPASAR // 1_000_000), ("operator_desa", DENPASAR // 1_000_000)}
"""Desks of a kabupaten that nobody ever held."""
SILENT = "pendamping.diam"
"""A pendamping who has not given a sign of life for longer than policy `macet.diam`."""

_LO = (DESA, DESA_LAIN, DENPASAR)
_OFFICES = ("operator_kecamatan", "kepala_dinas", "admin_kab", "dinsos_provinsi", "admin_provinsi")


class Year:
    """One stage, its clock, and the people who work there."""

    def __init__(self, stage: Stage, clock: Clock) -> None:
        self.stage, self.clock, self.world = stage, clock, stage.world
        self.cycles = Cycles(stage)

    # -- desks -------------------------------------------------------------------------------------------------------

    async def staff(self) -> None:
        """Give every desk its people before anything happens, but for those that stay empty."""
        for village in _LO:
            for role in ("kades", *_OFFICES):
                await self.stage.person(role, village)
        for village in (DESA, DESA_LAIN):
            await self.stage.person("operator_desa", village)
            await self.stage.person("verifikator_kab", village)
        await self.stage.person("pengisi_data_kab", DENPASAR)
        for name in ("pusdatin.a", "pusdatin.b", "pusdatin.c", "pusdatin"):
            await self.world.session(name, "pusdatin")
        await self.world.session("admin_pusat", "admin_pusat")
        for bank in ("BRI", "BNI", "MANDIRI", "BTN", "BSI"):
            await self.stage.person("bank", organisation=bank)
        await self.stage.person("kppn")
        await self.stage.person("bps")
        await self._deciders()
        for officer in ("petugas.a", "petugas.b"):
            await self.world.session(officer, "pendamping")
        await self.world.session(SILENT, "pendamping")
        await self.world.admin.execute(
            "UPDATE session SET issued_at = issued_at - interval '40 days' WHERE id = %s",
            (await self.world.session(SILENT, "pendamping"),),
        )

    async def _deciders(self) -> None:
        """Give every gate its people, under the names by which the stage lets them decide."""
        for role in {gate.role for gate in GATES.values()}:
            places = _LO if role == "kades" else (0, KABUPATEN * 1_000_000, DENPASAR // 1_000_000 * 1_000_000)
            for lo, programme, number in product(places, ("PKH", "SEMBAKO"), range(2)):
                if lo or role != "kepala_dinas":
                    name = f"{role}{number}.{programme}.{lo}"
                    await self.stage.person(role, lo, name=name, programme=programme)

    # -- what is where -------------------------------------------------------------------------------------------------

    async def standing(self, state: str, *, region: int = KABUPATEN, unit: int = 1_000_000) -> list[int]:
        """Return the open cases of a region (its code is the village's divided by `unit`) in a "machine.state"."""
        machine, _, name = state.partition(".")
        found = await rows(
            self.world,
            "SELECT p.case_id FROM position p JOIN state s ON s.code = p.state JOIN machine m ON m.code = s.machine "
            "WHERE m.name = %s AND s.id = %s AND p.region / %s = %s ORDER BY p.case_id",
            (machine, name, unit, region),
        )
        return [row["case_id"] for row in found]

    async def stuck(self, who: str = "pusdatin", role: str = "pusdatin") -> list[dict[str, Any]]:
        """Return everything that somebody reads at /stuck, page by page."""
        session = await self.world.session(who, role)
        found: list[dict[str, Any]] = []
        after = None
        while True:
            async with acting(self.world.api, session):
                page = await list_stuck(self.world.api, Filter(), after=after, limit=PAGE_MAX)
            found += page.rows
            after = page.after
            if after is None:
                return found

    # -- proposals -----------------------------------------------------------------------------------------------------

    async def propose(self, village: int = DESA, count: int = 1, *, role: str = "operator_desa") -> list[int]:
        """Let a village's list begin: families are proposed and checked against Dukcapil."""
        families = [self.stage._left[village].pop() for _ in range(count)]
        households = await self.stage.register(families)
        operator = await self.stage.person(role, village)
        batch = await batches.open_batch(self.world.api, operator, "usulan", village, "Usulan")
        told = {"ktp": 1, "kk": 1, "foto_rumah_geotag": 1}
        more: dict[str, Any] = {"facts": told, "family_facts": await naming(self.world, "BARU", households)}
        opened = await self.world.open(operator, "usulan.buat_draf", households, kind="BARU", batch=batch, **more)
        assert all(outcome.done for outcome in opened), opened
        cases = [outcome.case_id or 0 for outcome in opened]
        assert done(await self.world.move(operator, "usulan.kirim_cek", cases)) == count
        await self.clock.serve()
        return cases

    async def meet(self, cases: Sequence[int], village: int = DESA, *, role: str = "operator_desa") -> None:
        """Let the village meet over a list, and its head sign."""
        await self.stage.fire(role, "usulan.masuk_musdes", cases, id_batch_musdes=1, village=village)
        await self.clock.serve()
        batch = await self.stage.batch_of(cases[0]) or 0
        await self.stage.decide(batch, "musdes")
        await self.clock.serve()

    async def send(self, cases: Sequence[int], village: int = DESA, *, role: str = "operator_desa") -> None:
        await self.stage.fire(role, "usulan.kirim", cases, village=village)
        await self.clock.serve()

    async def verify(self) -> None:
        """Let kecamatan and kabupaten pass everything that lies before them."""
        sent = await self.standing("usulan.diajukan")
        await self.stage.fire("operator_kecamatan", "usulan.teruskan", sent, note="lengkap")
        await self.clock.serve()
        ready = await self.standing("usulan.verif_dinsos")
        await self.stage.fire("verifikator_kab", "usulan.nyatakan_lengkap", ready)
        await self.clock.serve()

    async def returned(self, cases: Sequence[int], village: int) -> None:
        """Let the kecamatan send proposals back to their village."""
        more = {"reason": "BERKAS_KURANG", "note": "foto buram"}
        await self.stage.fire("operator_kecamatan", "usulan.kembalikan_kecamatan", cases, village=village, **more)
        await self.clock.serve()

    async def play(self, batch: int) -> None:
        """Let people approve whatever a batch holds before them, until nothing waits for them."""
        await self.clock.serve()
        while await self.stage.decide_all(batch):
            await self.clock.serve()

    async def month(self, period: int, kind: str) -> dict[str, Any]:
        """Return the batch of a month."""
        return await self.stage.batch(kind, period=period, **({"region": KABUPATEN} if kind != "penetapan" else {}))

    async def pay(self, month: int, year: int) -> int:
        """Open and pay a tahap; returns its batch."""
        batch = await self.stage.open_tahap(period=year * 100 + (month + 2) // 3)
        await batches.wake(self.world.worker, batch, "dibuka")
        await self.play(batch)
        return batch

    # -- cycles --------------------------------------------------------------------------------------------------------

    async def begin(self, village: int, officers: Sequence[str]) -> None:
        await self.cycles.begun(officers, village)
        await self.clock.serve()

    async def visit(self, visits: Sequence[int], found: str = "TETAP_LAYAK", **form: Any) -> None:
        await self.cycles.recorded(visits, found, **form)
        await self.clock.serve()

    async def visits(self, village: int, *states: str) -> list[int]:
        """Return a village's visits of the newest cycle that stand in one of these states."""
        found = [await self.standing(f"kunjungan.{state}", region=village, unit=1) for state in states]
        return sorted(case for cases in found for case in cases)

    async def finish(self, village: int) -> None:
        """Let a village whose visits are recorded sign, be checked and be approved."""
        await self.cycles.signed(village)
        await self.clock.serve()
        await self.cycles.checked(region=village)
        await self.clock.serve()
        period = (await self.cycles.newest())["period"]
        batch = await self.stage.batch("siklus_kab", region=village // 1_000_000, period=period)
        await self.stage.decide(batch["id"], "siklus_sah")
        await self.clock.serve()

    async def extend(self, village: int) -> None:
        """Let Pusdatin give a late village more time."""
        asked = {"permohonan_kepala_dinas": {"nomor": "440/12"}}
        await self._pusdatin("siklus_desa.perpanjang", village, reason="PERPANJANGAN", facts=asked)

    async def give_up(self, village: int) -> None:
        """Let Pusdatin close a late village; nobody loses a right."""
        await self._pusdatin("siklus_desa.tutup_terlewat", village, reason="BELUM_VERVAL", note="akses terputus")

    async def _pusdatin(self, trigger: str, village: int, **more: Any) -> None:
        case = await self.cycles.village(village)
        (moved,) = await self.world.move(await self.stage.person("pusdatin"), trigger, [case], **more)
        assert moved.done, moved
        await self.clock.serve()
