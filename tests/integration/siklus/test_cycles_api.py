"""Cycles over HTTP: scheduled by Pusdatin, forecast, worked, told to whoever may see, and to nobody else.

Real: the application over a database of the test's own, because a cycle is the nation's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.api.kit import Caller, Site, done, problem, running, settings
from tests.support import cycle
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    async with running(settings(world.admin_dsn)) as made:
        yield made


class Office:
    """People who ask over HTTP about one running cycle with two families of one village."""

    def __init__(self, world: World, site: Site) -> None:
        self.world = world
        self.site = site

    async def person(self, role: str, name: str | None = None, region: int = DESA) -> Caller:
        named = name or f"{role}.{region}"
        session = await self.world.session(named, role, region=region)
        return Caller(self.site.http, session, named, await self.world.user(named))

    async def begin(self) -> None:
        self.families = await self.world.households(2)
        self.cycle = await cycle.running(self.world, self.families)
        (opened,) = await cycle.shared_out(self.world)
        self.village = opened.case_id or 0
        await cycle.begun(self.world, self.village)
        self.visits = await cycle.visits(self.world)


@pytest.fixture
async def office(world: World, site: Site) -> Office:
    return Office(world, site)


@pytest.fixture
async def at_work(office: Office) -> Office:
    await office.begin()
    return office


# -- scheduling --------------------------------------------------------------------------------------------------------


async def asked(office: Office, **more: Any) -> dict[str, Any]:
    today = (await office.world.now()).date()
    return {
        "mulai": str(today + timedelta(days=2)),
        "selesai": str(today + timedelta(days=60)),
        "surat_edaran": {"nomor": "SE/7"},
        "reason": "verval ulang setelah gempa",
    } | more


async def test_pusdatin_schedules_once_and_the_second_time_changes_nothing(office: Office) -> None:
    who = await office.person("pusdatin")
    body = await asked(office)
    first = done(await who.post("/cycles", body), 201)
    again = done(await who.post("/cycles", body), 200)
    assert (again["cycle"], first["new"], again["new"]) == (first["cycle"], True, False)
    told = done(await who.get("/cycles"))
    assert [(row["id"], row["state"]) for row in told["cycles"]] == [(first["cycle"], "dijadwalkan")]
    assert told["next"]["period"] in {202702, 202708}


async def test_nobody_else_schedules(office: Office) -> None:
    for role in ("verifikator_kab", "kepala_dinas", "pendamping"):
        who = await office.person(role)
        problem(await who.post("/cycles", await asked(office)), 409, "siklus_ditolak")
    assert done(await (await office.person("pusdatin")).get("/cycles"))["cycles"] == []


@pytest.mark.parametrize(("begins", "ends"), [(-1, 30), (30, 30), (30, 2)])
async def test_days_that_are_no_cycle_s_are_refused(office: Office, begins: int, ends: int) -> None:
    today = (await office.world.now()).date()
    days = {"mulai": str(today + timedelta(days=begins)), "selesai": str(today + timedelta(days=ends))}
    who = await office.person("pusdatin")
    problem(await who.post("/cycles", await asked(office, **days)), 422, "tanggal_siklus_salah")


async def test_a_cycle_that_is_not_there(office: Office) -> None:
    who = await office.person("pusdatin")
    for path in ("", "/progress", "/officers", "/packages", "/unreached", "/second-time", "/report"):
        problem(await who.get(f"/cycles/77{path}"), 404, "siklus_tidak_ditemukan")


# -- can it be done ----------------------------------------------------------------------------------------------------


async def test_the_forecast_flags_villages_that_cannot_be_done(office: Office) -> None:
    world = office.world
    here, there = await world.households(3), await world.households(2, region=DESA_LAIN)
    far = await world.households(1, region=DESA_JAUH)
    system = await world.system()
    await world.open(system, "usulan.buka_turunan", [*here, *there, *far], kind="BARU", facts={"kasus_asal": 1})
    await world.session("petugas", "pendamping")
    await world.assign_families("petugas", here)
    who = await office.person("verifikator_kab")
    days = {"mulai": "2027-02-01", "selesai": "2027-02-05"}
    rows = done(await who.get("/cycles/forecast", **days))["villages"]
    assert [row["region"] for row in rows] == [DESA, DESA_LAIN]
    first, second = rows
    assert (first["keluarga"], first["petugas"], first["hari"], float(first["per_hari"])) == (3, 1, 5, 0.6)
    assert (first["berat"], first["selesai"]) == (False, "2027-02-01")
    assert (second["petugas"], second["berat"], second["selesai"]) == (0, True, None)
    await world.policy({"siklus.beban_harian": 1})
    short = done(await who.get("/cycles/forecast", mulai="2027-02-01", selesai="2027-02-02"))["villages"]
    assert short[0]["berat"]
    assert short[0]["selesai"] == "2027-02-03"
    page = done(await who.get("/cycles/forecast", limit=1, **days))
    assert page["next"] == DESA
    assert done(await who.get("/cycles/forecast", after=DESA, **days))["villages"] == [second]
    for mulai, selesai in (("2027-02-05", "2027-02-01"), ("1970-01-01", "2000-01-01"), ("2027-02-01", "2028-02-03")):
        problem(await who.get("/cycles/forecast", mulai=mulai, selesai=selesai), 422, "tanggal_siklus_salah")


# -- at work -----------------------------------------------------------------------------------------------------------


async def test_an_officer_sees_his_packages_and_no_other(at_work: Office) -> None:
    who = await at_work.person("pendamping", cycle.OFFICER)
    [package] = done(await who.get(f"/cycles/{at_work.cycle}/packages", officer="me"))["packages"]
    assert (package["region"], package["nomor"], package["keluarga"]) == (DESA, 1, 2)
    assert [visit["case"] for visit in package["visits"]] == at_work.visits
    assert package["hari"] is not None
    other = await at_work.person("pendamping", "lain")
    assert done(await other.get(f"/cycles/{at_work.cycle}/packages", officer="me"))["packages"] == []
    assert done(await other.get(f"/cycles/{at_work.cycle}/packages"))["packages"] == []


async def test_what_is_told_stops_at_the_region_s_border(at_work: Office) -> None:
    inside, outside = await at_work.person("verifikator_kab"), await at_work.person("verifikator_kab", region=DESA_JAUH)
    for path, name in (
        ("progress", "regions"),
        ("officers", "officers"),
        ("packages", "packages"),
        ("unreached", "families"),
    ):
        assert len(done(await inside.get(f"/cycles/{at_work.cycle}/{path}"))[name]) > 0, path
        assert done(await outside.get(f"/cycles/{at_work.cycle}/{path}"))[name] == [], path
    problem(await outside.get(f"/cycles/villages/{at_work.village}/sample"), 404, "kasus_tidak_ditemukan")
    assert done(await outside.get(f"/cycles/{at_work.cycle}"))["state"] == "berjalan"


async def test_the_unreached_are_named_with_who_holds_them(at_work: Office) -> None:
    who = await at_work.person("kepala_dinas")
    told = done(await who.get(f"/cycles/{at_work.cycle}/unreached", limit=1))
    [first] = told["families"]
    assert first["number"] == f"KJG-{first['number'][4:8]}-{at_work.visits[0]:07d}"
    assert (first["officer"], first["office"], first["state"]) == (cycle.OFFICER, DESA // 1_000_000, "ditugaskan")
    [second] = done(await who.get(f"/cycles/{at_work.cycle}/unreached", **told["next"]))["families"]
    assert second["case"] == at_work.visits[1]


async def test_the_sample_is_checked_and_sends_the_village_on(at_work: Office) -> None:
    world = at_work.world
    await cycle.recorded(world, at_work.village)
    await world.move(await world.system(), "siklus_desa.lengkap_pendataan", [at_work.village])
    kades = await at_work.person("kades")
    evidence = {"berita_acara": {"nomor": "BA/1"}, "bnba": {"nomor": "BA/1"}}
    done(await kades.move(at_work.village, "siklus_desa.sahkan_ba", evidence=evidence), 201)
    who = await at_work.person("verifikator_kab")
    path = f"/cycles/villages/{at_work.village}/sample"
    drawn = done(await who.get(path))["visits"]
    assert sorted(drawn) == at_work.visits
    problem(await who.post(path, {"checked": [{"visit": drawn[0]}]}), 409)
    problem(await who.post(path, {"checked": [{"visit": case, "wrong": "SALAH_KLIK"} for case in drawn]}), 422)
    told = done(await who.post(path, {"checked": [{"visit": case} for case in drawn]}), 201)
    assert told["state"] == "menunggu_sah"


async def test_an_officer_who_leaves_hands_over_what_he_has_not_visited(at_work: Office) -> None:
    await at_work.world.session("pengganti", "pendamping")
    who = await at_work.person("verifikator_kab")
    body = {"officer": cycle.OFFICER, "reason": "pindah tugas"}
    problem(await who.post("/cycles/handover", body), 409, "petugas_lain_tidak_ada")
    told = done(await who.post("/cycles/handover", body | {"to": ["pengganti"]}))
    assert told["taken"] == {"pengganti": 2}
    assert {outcome["outcome"] for outcome in told["outcomes"]} == {"dipindah"}
    assert done(await who.post("/cycles/handover", body | {"to": ["pengganti"]}))["taken"] == {}
    mine = await at_work.person("pendamping", "pengganti")
    [package] = done(await mine.get(f"/cycles/{at_work.cycle}/packages", officer="me"))["packages"]
    assert package["officer"] == "pengganti"


async def test_packages_are_proposed_by_load_before_a_village_begins(office: Office) -> None:
    world = office.world
    families = await world.households(5)
    await world.policy({"siklus.beban_harian": 2})
    await cycle.running(world, families)
    (opened,) = await cycle.shared_out(world)
    for name in ("satu", "dua"):
        await world.session(name, "pendamping")
    await world.assign_families("satu", families[:1])
    who = await office.person("verifikator_kab")
    near = done(await who.get(f"/cycles/villages/{opened.case_id}/packages"))["packages"]
    assert [(row["nomor"], row["keluarga"], row["petugas"]) for row in near] == [
        (1, 2, "satu"),
        (2, 2, "satu"),
        (3, 1, "satu"),
    ]
    assert len({row["hari"] for row in near}) == 3
    named = done(await who.get(f"/cycles/villages/{opened.case_id}/packages", officer=["satu", "dua"]))["packages"]
    assert sorted(row["petugas"] for row in named) in (["dua", "satu", "satu"], ["dua", "dua", "satu"])
    assert len({(row["petugas"], row["hari"]) for row in named}) == 3


# -- as cases ----------------------------------------------------------------------------------------------------------


async def test_cases_about_a_region_are_told_like_any_other(at_work: Office) -> None:
    who = await at_work.person("pusdatin")
    for case, prefix, household in (
        (at_work.cycle, "SKL", None),
        (at_work.village, "SKD", None),
        (at_work.visits[0], "KJG", at_work.families[0]),
    ):
        told = done(await who.get(f"/cases/{case}"))
        assert told["number"].startswith(prefix)
        assert told["household_id"] == household
        assert told["due"] is not None or case == at_work.cycle
        assert len(told["timeline"]) == told["version"]
        assert done(await who.get(f"/cases/{case}/actions"))["closed"]
    listed = done(await who.get("/cases", machine="siklus_desa"))["cases"]
    assert [row["id"] for row in listed] == [at_work.village]


async def test_the_log_of_a_cycle_is_told_to_auditors(at_work: Office) -> None:
    who = await at_work.person("auditor")
    for case, rules in ((at_work.cycle, ["C03", "C02", "C01"]), (at_work.village, ["D02", "D01"])):
        rows = done(await who.get("/audit/transitions", case=case))["transitions"]
        assert [row["rule"] for row in rows] == rules
        assert {row["household"] for row in rows} == {None}


async def test_who_sees_a_cycle_s_cases(at_work: Office) -> None:
    for role, seen in (
        ("pusdatin", (True, True, True)),
        ("verifikator_kab", (False, True, True)),
        ("kades", (False, True, True)),
        ("dinsos_provinsi", (False, True, True)),
    ):
        who = await at_work.person(role)
        answers = [await who.get(f"/cases/{case}") for case in (at_work.cycle, at_work.village, at_work.visits[0])]
        assert tuple(answer.status_code == 200 for answer in answers) == seen, role
    officer = await at_work.person("pendamping", cycle.OFFICER)
    assert (await officer.get(f"/cases/{at_work.visits[0]}")).status_code == 200
    assert (await officer.get(f"/cases/{at_work.village}")).status_code == 404
    other = await at_work.person("pendamping", "lain")
    assert (await other.get(f"/cases/{at_work.visits[0]}")).status_code == 404
