"""A verval cycle on the stage: its national flow, the kabupaten's, and the people who work in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flows.siklus import siklus
from flows.siklus_kab import siklus_kab
from models.approval.commands import decide
from models.database import acting
from models.siklus import commands, queries
from tests.flows.stage import KABUPATEN, Stage, done
from tests.flows.steps import steps_of
from tests.support.world import DESA

NATION = steps_of(siklus)
KAB = steps_of(siklus_kab)
FORM = {"formulir_cek": {"lembar": 1}, "foto_geotag_2": {"foto": 2}, "responden": {"siapa": "kepala"}}
"""What an officer brings from a visit."""


class Cycles:
    """The cycles of one stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.world = stage.world

    async def look(self) -> None:
        """Let the national flow look once."""
        await self.stage.look(await self.stage.standing("siklus"), *NATION)

    async def look_kab(self, kabupaten: int = KABUPATEN) -> None:
        """Let every kabupaten's flow of this code look once."""
        rows = await (
            await self.world.admin.execute(
                "SELECT id FROM batch WHERE kind = 'siklus_kab' AND region = %s ORDER BY id DESC LIMIT 1", (kabupaten,)
            )
        ).fetchall()
        for row in rows:
            await self.stage.look(row["id"], *KAB)

    async def schedule_decided(self, *, until: str | None = None) -> None:
        """Let two persons of Pusdatin decide the schedule that waits, for further cycles too with `until`."""
        batch = await self.stage.standing("siklus")
        row = next(r for r in await self.stage.gates(batch, "terbuka") if r["gate"].startswith("siklus_jadwal"))
        letter: dict[str, Any] = {"nomor": f"SE/{row['id']}"} | ({"berlaku_sampai": until} if until else {})
        for name in ("pusdatin.a", "pusdatin.b"):
            session = await self.world.session(name, "pusdatin")
            await decide(self.world.api, session, row["id"], "setuju", evidence={"surat_edaran": letter})

    async def decided(self, gate: str, who: str = "pusdatin.c", verdict: str = "setuju", **more: Any) -> None:
        """Let one person of Pusdatin decide a gate of the cycle."""
        batch = await self.stage.standing("siklus")
        row = next(r for r in await self.stage.gates(batch, "terbuka") if r["gate"].startswith(gate))
        await decide(self.world.api, await self.world.session(who, "pusdatin"), row["id"], verdict, **more)

    async def all(self) -> list[dict[str, Any]]:
        return await queries.cycles(self.world.worker, await self.world.system())

    async def newest(self) -> dict[str, Any]:
        return (await self.all())[0]

    async def village(self, region: int = DESA) -> int:
        """Return the newest case of a village."""
        rows = await (
            await self.world.admin.execute(
                "SELECT max(id) AS id FROM case_ WHERE machine = 6 AND region = %s", (region,)
            )
        ).fetchall()
        return int(rows[0]["id"])

    async def visits(self, households: Sequence[int]) -> list[int]:
        """Return the newest visit of each family, 0 where there is none."""
        cursor = await self.world.admin.execute(
            "SELECT household_id, max(id) AS id FROM case_ WHERE machine = 7 GROUP BY 1"
        )
        found = {row["household_id"]: row["id"] for row in await cursor.fetchall()}
        return [found.get(household, 0) for household in households]

    async def begun(self, officers: Sequence[str], region: int = DESA) -> None:
        """Let the verifikator begin a village with these officers."""
        for name in officers:
            await self.world.session(name, "pendamping")
        village = await self.village(region)
        told = {"petugas_ditunjuk": {"pengguna": list(officers)}}
        verifikator = await self.stage.person("verifikator_kab", region)
        outcomes = await self.world.move(verifikator, "siklus_desa.mulai_pendataan", [village], facts=told)
        assert done(outcomes) == 1, outcomes

    async def officer_of(self, visit: int) -> str:
        rows = await (
            await self.world.admin.execute(
                "SELECT u.username FROM siklus_keluarga k JOIN account_user u ON u.id = k.petugas "
                "WHERE k.kunjungan = %s",
                (visit,),
            )
        ).fetchall()
        return str(rows[0]["username"])

    async def recorded(self, visits: Sequence[int], found: str = "TETAP_LAYAK", **form: Any) -> None:
        """Let each visit's own officer record what he found."""
        trigger = {"ditugaskan": "kunjungan.catat_hasil", "dikembalikan": "kunjungan.catat_ulang"}
        for visit in visits:
            session = await self.world.session(await self.officer_of(visit), "pendamping")
            facts = FORM | ({"formulir_cek": form} if form else {})
            name = trigger[await self.stage.state(visit)]
            outcomes = await self.world.move(session, name, [visit], reason=found, facts=facts)
            assert done(outcomes) == 1, outcomes

    async def not_reached(self, visits: Sequence[int]) -> None:
        """Let each visit's officer record three attempts on three days."""
        days = [f"2026-0{month}-01" for month in (1, 2, 3)]
        for visit in visits:
            session = await self.world.session(await self.officer_of(visit), "pendamping")
            outcomes = await self.world.move(
                session,
                "kunjungan.catat_tidak_terjangkau",
                [visit],
                reason="AKSES_PUTUS",
                facts={"bukti_3_kali_datang": {"tanggal": days}},
            )
            assert done(outcomes) == 1, outcomes

    async def signed(self, region: int = DESA) -> None:
        """Let the head of the village sign the meeting's list."""
        village = await self.village(region)
        await self.stage.fire("kades", "siklus_desa.sahkan_ba", [village], village=region, berita_acara=1, bnba=1)

    async def sample(self, region: int = DESA) -> list[int]:
        verifikator = await self.stage.person("verifikator_kab", region)
        return await queries.sample(self.world.api, verifikator, await self.village(region))

    async def checked(self, wrong: Sequence[int] = (), region: int = DESA) -> str:
        """Let the verifikator check the whole sample; returns where the village stands then."""
        verifikator = await self.stage.person("verifikator_kab", region)
        village = await self.village(region)
        found = {case: "DATA_JANGGAL" if case in wrong else None for case in await self.sample(region)}
        async with self.world.api.transaction():
            outcome = await commands.record_sample(self.world.api, verifikator, village, None, found)
        assert outcome.done, outcome
        return outcome.state or ""

    async def approved(self, kabupaten: int = KABUPATEN) -> None:
        """Let the head of Dinsos approve whatever villages wait, and the results be applied."""
        batch = (await self.stage.batch("siklus_kab", region=kabupaten, period=(await self.newest())["period"]))["id"]
        await self.stage.look(batch, *KAB)
        await self.stage.decide(batch, "siklus_sah")
        await self.stage.look(batch, *KAB)

    async def running(self, *, officers: Sequence[str] = ("petugas.a", "petugas.b"), region: int = DESA) -> int:
        """Bring the next cycle to the day on which a village's officers set out; returns the cycle."""
        await self.opened()
        await self.begun(officers, region)
        return int((await self.newest())["id"])

    async def opened(self) -> None:
        """Bring the next cycle to the day on which its villages have their lists."""
        await self.stage.day(20, month=12)
        await self.look()
        await self.schedule_decided()
        await self.stage.day(1, month=2, hour=1)
        await self.look()
        await self.decided("siklus_buka")
        await self.look()
        await self.look_kab()

    async def progress(self, who: str = "verifikator_kab", region: int = DESA, digits: int = 4) -> list[dict[str, Any]]:
        session = await self.stage.person(who, region)
        cycle = (await self.newest())["id"]
        lo = 0 if digits == 0 else KABUPATEN * 1_000_000
        async with acting(self.world.api, session) as conn:
            return await queries.progress(conn, session, cycle, lo, lo + 999_999 if digits else 9_999_999_999, digits)
