"""A year in the test region by Prefect's clock: two cycles, twelve windows, four tahap, and nobody late unheard."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import acting
from models.penyaluran.queries import balance, funds
from models.siklus.queries import report
from tests.flows.clock import Clock
from tests.flows.oracle import (
    assert_alerts_end,
    assert_named_at_stuck,
    assert_nothing_personal,
    assert_once_per_level,
    assert_one_digest_a_day,
    assert_told_upwards,
)
from tests.flows.stage import DENPASAR
from tests.flows.year import SILENT, Year
from tests.integration.door.kit import rows
from tests.support.world import DESA, DESA_LAIN

FINDINGS: dict[str, dict[str, Any]] = {
    "TETAP_LAYAK": {},
    "TIDAK_LAYAK": {},
    "MENINGGAL": {"anggota": []},
    "PINDAH": {"tujuan": DESA_LAIN},
    "TIDAK_DITEMUKAN": {},
    "GANDA": {},
    "MENOLAK": {},
    "PERBAIKAN_DATA": {"lembar": 1},
}
"""What the first cycle's visits find, and what their form says of it."""
PAID = (2, 5, 8, 11)
LATE = (1, 3, 5, 7, 9, 11)
CHECKS = (1, 3, 5, 8, 10, 12)


class Played(Year):
    """The year's agenda: what people do on which day of a month."""

    sent: dict[int, list[int]]
    late: dict[int, list[int]]
    tahap: list[int]

    async def play_year(self, year: int) -> None:
        self.sent, self.late, self.tahap = {}, {}, []
        for month in range(1, 13):
            await self._early(month)
            await self._middle(month, year)
            await self._cycle(month)

    async def _early(self, month: int) -> None:
        """Lists begin, meet and are sent; kecamatan and kabupaten pass them."""
        stage, clock = self.stage, self.clock
        await clock.day(3, month=month)
        self.sent[month] = await self.propose(count=2 if month == 3 else 1)
        if month in LATE:
            self.late[month] = await self.propose(DESA_LAIN)
        far = await self.propose(DENPASAR, role="pengisi_data_kab") if month in {1, 6} else []
        await clock.day(5, month=month)
        await self.meet(self.sent[month])
        await self.send(self.sent[month])
        if far:
            await self.meet(far, DENPASAR, role="pengisi_data_kab")
            await self.send(far, DENPASAR, role="pengisi_data_kab")
            if month == 1:
                await stage.fire("operator_kecamatan", "usulan.teruskan", far, village=DENPASAR, note="lengkap")
            else:
                await self.returned(far, DENPASAR)
        await clock.day(7, month=month)
        if month == 3:
            await stage.fire("operator_kecamatan", "usulan.teruskan", self.sent[3][:1], note="lengkap")
            named = {"pengguna": SILENT}
            await stage.fire("verifikator_kab", "usulan.minta_ground_check", self.sent[3][:1], petugas_ditunjuk=named)
        if month == 5:
            await stage.fire(
                "verifikator_kab", "usulan.alihkan_petugas", self.sent[3][:1], reason="PETUGAS_GANTI", note="diam"
            )
        await self.verify()
        if month in CHECKS:
            await clock.watched()
            await assert_named_at_stuck(self)

    async def _middle(self, month: int, year: int) -> None:
        """The window, what misses it, the centre's decrees, and money every quarter."""
        stage, clock = self.stage, self.clock
        await clock.day(15, month=month, hour=9)
        home = await self.month(year * 100 + month, "pengesahan")
        if await stage.gates(home["id"], "terbuka"):
            await stage.decide(home["id"], "pengesahan")
            await clock.serve()
        await clock.day(16, month=month)
        if month in LATE:
            await self.meet(self.late[month], DESA_LAIN)
        await clock.day(19, month=month)
        await self.play((await self.month(year * 100 + month, "penetapan"))["id"])
        if month in PAID:
            await clock.day(21, month=month)
            self.tahap.append(await self.pay(month, year))

    async def _cycle(self, month: int) -> None:
        """Verval: one village finishes, one is late, one never begins."""
        clock = self.clock
        if month in {2, 8}:
            await clock.day(22, month=month)
            for village in (DESA, DESA_LAIN):
                await self.begin(village, ["petugas.a", "petugas.b"])
        elif month in {3, 9}:
            await clock.day(23, month=month)
            visits = await self.visits(DESA, "ditugaskan")
            if month == 3:
                for visit, (found, form) in zip(visits, FINDINGS.items(), strict=False):
                    await self.visit([visit], found, **form)
                visits = visits[len(FINDINGS) :]
            await self.visit(visits)
            await self.visit((await self.visits(DESA_LAIN, "ditugaskan"))[:1])
            await self.finish(DESA)
        elif month in {5, 11}:
            await clock.day(24, month=month)
            if month == 5:
                await self.extend(DESA_LAIN)
                await self.visit(await self.visits(DESA_LAIN, "ditugaskan"))
                await self.finish(DESA_LAIN)
            else:
                await self.give_up(DESA_LAIN)
            await self.give_up(DENPASAR)
            await clock.day(26, month=month)
            await self.cycles.decided("siklus_tutup")
            await clock.serve()


@pytest.mark.timeout(1200)
async def test_a_year(engine: Clock) -> None:
    played, stage, clock = Played(engine.stage, engine), engine.stage, engine
    await stage.day(15, month=12)
    year = (await clock.now()).year + 1
    await stage.policy({f"pagu.PKH.{year}": 28_700_000_000_000, f"pagu.SEMBAKO.{year}": 43_800_000_000_000})
    await played.staff()
    for village, count in ((DESA, 8), (DESA_LAIN, 4), (DENPASAR, 2)):
        await stage.members(await stage.register(await stage.families(count, village=village)))
    await clock.day(20, month=12)
    await played.cycles.schedule_decided(until=f"{year}-12-31")
    await clock.serve()

    await played.play_year(year)
    await clock.day(5, month=1)
    await clock.watched()

    cycles = [(cycle["period"], cycle["state"]) for cycle in await played.cycles.all()]
    assert cycles == [(year * 100 + 8, "ditutup"), (year * 100 + 2, "ditutup")]
    await _cycles_name_the_unreached(played, year)
    await _windows_were_served(played, year)
    await _money_closes(played)
    await assert_once_per_level(played)
    await assert_alerts_end(played)
    await assert_told_upwards(played)
    await assert_named_at_stuck(played)
    await assert_one_digest_a_day(played)
    await assert_nothing_personal(played)
    assert stage.agrees()


async def _windows_were_served(played: Played, year: int) -> None:
    """Who was sent in time is decided in that month, the late ones wait and are decided in the next."""
    for served, lists, road in ((0, played.sent, "U15"), (1, played.late, "U16 U17")):
        for month, cases in lists.items():
            for case in cases:
                if month + served > 12 or (month, case) == (3, played.sent[3][0]):
                    continue
                rules = await played.stage.rules(case)
                assert road in rules, (month, rules)
                assert ("U16" in rules) is bool(served)
                pulled = await rows(
                    played.world,
                    "SELECT (a.at AT TIME ZONE 'Asia/Jakarta')::date AS day FROM transition t "
                    "JOIN rule r ON r.code = t.rule AND r.id = 'U32' JOIN act a ON a.id = t.act WHERE t.case_id = %s",
                    (case,),
                )
                assert [row["day"].isoformat() for row in pulled] == [f"{year}-{month + served:02d}-18"], rules


async def _money_closes(played: Played) -> None:
    """Four tahap were paid by the banks, and the books of each close to the rupiah."""
    assert len(played.tahap) == len(PAID)
    for batch in played.tahap:
        async with acting(played.world.worker, await played.world.system()) as conn:
            books = balance(await funds(conn, batch=batch))
        assert books["closing"] == sum(rupiah for name, rupiah in books.items() if name != "closing")
        assert books["selesai"] > 0
    assert played.stage.sim.nothing_doubled()


async def _cycles_name_the_unreached(played: Played, year: int) -> None:
    """Each cycle opened under the standing decision; its report names whom it missed, and who held them."""
    pusdatin = await played.stage.person("pusdatin")
    for cycle in await played.cycles.all():
        opened = await rows(
            played.world,
            "SELECT g.gate, (a.at AT TIME ZONE 'Asia/Jakarta')::date AS day FROM transition t "
            "JOIN rule r ON r.code = t.rule AND r.id = 'C03' JOIN act a ON a.id = t.act "
            "JOIN approval g ON g.id = a.approval WHERE t.case_id = %s",
            (cycle["id"],),
        )
        first = f"{cycle['period'] // 100}-{cycle['period'] % 100:02d}-01"
        assert [(row["gate"], row["day"].isoformat()) for row in opened] == [(f"siklus_jadwal.{year}02", first)]
        async with acting(played.world.api, pusdatin) as conn:
            told = await report(conn, cycle["id"], 0, 9_999_999_999)
        missed = {row["region"]: row["isi"]["tidak_terjangkau"] for row in told}
        assert len(missed[DENPASAR]) == 2
        assert {family["kantor"] for family in missed[DENPASAR]} == {DENPASAR // 1_000_000}
        assert missed[DESA] == []
        late = [family["petugas"] for family in missed[DESA_LAIN]]
        if cycle["period"] % 100 == 2:
            assert late == []
        else:
            assert late
            assert {*late} <= {"petugas.a", "petugas.b"}
