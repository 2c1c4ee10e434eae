"""Objections over the API: brought, told in plain words, walked to appeal; and who learns what of whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from models.database import fetch_value
from models.sanggah.rules import PLAIN
from state_machines import BY_NAME
from tests.integration.api.kit import Caller, Place, Site, done, problem, routes
from tests.integration.api.papers import send
from tests.integration.door.kit import stand
from tests.integration.door.objecting import REGISTERED
from tests.support.files import SADU, exif, jpeg, painted
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEMBER = "K01 K06 K07"
STATEMENT = "Rumahnya bertingkat dan ada dua mobil di halaman."
ANSWER = "Mobil itu milik majikan saya, surat terlampir."
VERDICT = "Kesaksian ketua RT tentang penghasilan keluarga."


async def citizen(place: Place, name: str, household: int) -> Caller:
    who = await place.person("warga", name)
    await place.world.admin.execute("UPDATE assignment SET household_id = %s WHERE user_id = %s", (household, who.user))
    return who


async def nik(place: Place, household: int) -> str:
    value: str = await place.value(
        "SELECT nik FROM person WHERE household_id = %s ORDER BY hubungan, id LIMIT 1", household
    )
    return value


async def system(world: World, trigger: str, case: int, **more: Any) -> None:
    moved = await world.move(await world.system(), f"sanggah.{trigger}", [case], **more)
    assert moved[0].done, moved


@dataclass
class Told:
    """An objection that went all the way, and those it concerns."""

    case: int
    objector: Caller
    family: Caller
    households: tuple[int, int]
    document: int


async def walked(place: Place) -> Told:
    """Walk an objection to the family's appeal, over the API wherever people act."""
    struck, neighbour = await place.families(2)
    await stand(place.world, REGISTERED, households=[struck])
    await stand(place.world, MEMBER, households=[struck])
    objector, family = await citizen(place, "tetanggacuriga", neighbour), await citizen(place, "tercoret", struck)
    body = {"kind": "SANGGAH_PIHAK_LAIN", "nik": await nik(place, struck), "statement": STATEMENT,
            "evidence": {"foto_rumah_geotag": {"keterangan": "tampak depan"}}}  # fmt: skip
    told = done(await objector.post("/objections", body, key="sekali"), 201)
    assert told == done(await objector.post("/objections", body, key="sekali"), 201)
    case = told["case"]
    assert told["documents"] == [{"kind": "foto_rumah_geotag", "files": 1}]
    photo = done(await send(objector, case, "foto_rumah_geotag", jpeg(exif(SADU), painted())), 201)
    await system(place.world, "terima_syarat", case, facts={"pemberitahuan": {"kepada": ["keluarga"]}})
    seen = done(await family.get(f"/objections/{case}"))
    assert (seen["party"], seen["statement"], seen["state"]) == ("keluarga", STATEMENT, "penugasan")
    assert seen["answer_until"]
    assert not seen["answered"]
    assert [row["trigger"] for row in seen["open"]] == ["sanggah.jawab_sanggah"]
    done(await family.move(case, "sanggah.jawab_sanggah", evidence={"jawaban": {"teks": ANSWER}}), 201)
    verifikator, head = await place.person("verifikator_kab"), await place.person("kepala_dinas")
    officer = await place.person("pendamping", "petugas")
    named = {"petugas_ditunjuk": {"pengguna": officer.name}}
    done(await verifikator.move(case, "sanggah.tugaskan", evidence=named), 201)
    checked = {"formulir_cek": {"hasil": VERDICT}, "foto_geotag_2": {"jumlah": 2}}
    done(await officer.move(case, "sanggah.laporkan_cek", evidence=checked), 201)
    decided = {
        "trigger": "sanggah.kabulkan",
        "reason": "MAMPU",
        "note": VERDICT,
        "evidence": {"putusan": {"teks": VERDICT}},
    }
    done(await head.post(f"/cases/{case}/transitions", decided), 201)
    done(await family.move(case, "sanggah.banding_kpm", evidence={"bukti_baru": {"teks": ANSWER}}), 201)
    return Told(case, objector, family, (struck, neighbour), photo["id"])


async def everything(site: Site, who: Caller, told: Told, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return every answer that somebody gets from any address that could speak of the case: (address, text)."""
    answers: list[tuple[str, httpx.Response]] = []
    fill = {"case_id": told.case, "number": told.document, "household_id": told.households[0], "code": "32"}
    for method, path in routes(site):
        if method != "GET" or not path.startswith("/api/v1") or "template" in path or "rejected" in path:
            continue
        for name in names if "username" in path else names[:1]:
            filled = re.sub(r"{(\w+)}", lambda m, name=name: str((fill | {"username": name}).get(m[1], 1)), path)  # type: ignore[misc]
            answers.append((filled, await who.http.get(filled, headers=who.token)))
    queries: list[dict[str, Any]] = [{"case": told.case}, {"household": told.households[0]}, {"machine": "sanggah"}]
    queries += [{"actor": name} for name in names]
    asked = [(f"/audit/{log}", query) for query in queries for log in ("transitions", "refusals")]
    asked += [("/cases", {"household": told.households[0]}), ("/objections", {})]
    answers += [(f"{path} {query}", await who.get(path, **query)) for path, query in asked]
    assert len(answers) > 30
    return [(where, answer.text) for where, answer in answers if not answer.headers["content-type"].startswith("image")]


class TestHidden:
    async def test_nobody_without_need_learns_who_objected(self, place: Place, site: Site) -> None:
        """Not by name, account, NIK or No KK, in any answer of any address, for any role that sees the case."""
        told = await walked(place)
        _, neighbour = told.households
        kk = await place.value("SELECT no_kk FROM household WHERE id = %s", neighbour)
        head = await place.value("SELECT kepala FROM household WHERE id = %s", neighbour)
        secrets = [told.objector.name, told.objector.name.title(), await nik(place, neighbour), kk, head]
        await place.world.admin.execute(  # who hands in a file and acts on the case later is hidden as well
            "SELECT * FROM door_facts(%s, ARRAY[%s]::bigint[], ARRAY['alasan'], ARRAY[%s]::jsonb[])",
            (told.objector.session, told.case, '{"teks": "lagi"}'),
        )
        done(await told.objector.move(told.case, "sanggah.cabut", reason="SALAH_INPUT", note="x"), 409)
        officer = await place.person("pendamping", "petugas")
        roles = ("operator_desa", "kades", "operator_kecamatan", "pengisi_data_kab", "admin_kab", "dinsos_provinsi",
                 "admin_provinsi", "admin_pusat", "bps", "menteri")  # fmt: skip
        curious = [told.family, officer, *[await place.person(role) for role in roles]]
        saw = 0
        for who in curious:
            for where, text in await everything(site, who, told, ["tidakada"]):
                leaked = [secret for secret in secrets if secret in text]
                assert not leaked, (who.name, where, leaked, text[:2000])
                saw += f'"{told.case}"' in text or f":{told.case}," in text
        assert saw > 20, "they do see the case itself"
        # Asked for the objector by name, the log knows of no such deed.
        for role in ("kades", "operator_kecamatan", "admin_kab", "dinsos_provinsi", "admin_pusat"):
            who = await place.person(role)
            trail = await who.get("/audit/transitions", actor=told.objector.name)
            assert trail.status_code != 200 or not done(trail)["transitions"], trail.text
            deeds = await who.get(f"/audit/actors/{told.objector.name}")
            listed = done(deeds)["acts"] if deeds.status_code == 200 else []
            assert told.case not in [case for act in listed for case in act["cases"]], deeds.text

    async def test_the_same_holds_for_a_hand_written_query(self, place: Place) -> None:
        """Row-level security, not the queries we happen to write, is what hides him."""
        told = await walked(place)
        for who, known in (
            (told.family, False), (await place.person("operator_desa"), False), (await place.person("kades"), False),
            (await place.person("dinsos_provinsi"), False), (await place.person("verifikator_kab"), True),
            (await place.person("kepala_dinas"), True), (await place.person("pusdatin"), True),
            (await place.person("auditor"), True), (told.objector, True),
        ):  # fmt: skip
            async with place.world.api.transaction():
                await place.world.api.execute("SELECT set_config('alur.session', %s, true)", (str(who.session),))
                found = await fetch_value(
                    place.world.api,
                    "SELECT g.members[1] FROM transition t JOIN actor_group g ON g.id = t.actor "
                    "WHERE t.case_id = %s AND t.version = 1",
                    (told.case,),
                )
                raw = await fetch_value(
                    place.world.api,
                    "SELECT count(*) FROM transition t JOIN act a ON a.id = t.act WHERE t.case_id = %s "
                    "AND %s IN (t.actor, a.actor)",
                    (told.case, told.objector.user),
                )
                papers = await fetch_value(
                    place.world.api, "SELECT count(*) FROM document WHERE user_id = %s", (told.objector.user,)
                )
            assert (found, raw, papers) == (told.objector.user if known else None, 0, 0), who.name

    async def test_the_verifikator_of_another_kabupaten_learns_nothing(self, place: Place) -> None:
        told = await walked(place)
        stranger = await place.person("verifikator_kab", "verifikator jauh", region=place.far)
        problem(await stranger.get(f"/objections/{told.case}"), 404, "kasus_tidak_ditemukan")
        async with place.world.api.transaction():
            await place.world.api.execute("SELECT set_config('alur.session', %s, true)", (str(stranger.session),))
            masks = await fetch_value(
                place.world.api, "SELECT count(*) FROM actor_group WHERE cardinality(members) = 1"
            )
        assert masks == 0

    async def test_the_objector_sees_his_objection_and_nothing_of_the_family(self, place: Place, site: Site) -> None:
        told = await walked(place)
        struck, _ = told.households
        secrets = [told.family.name, told.family.name.title(), ANSWER, VERDICT, 'formulir_cek":']
        secrets += [await nik(place, struck), await place.value("SELECT no_kk FROM household WHERE id = %s", struck)]
        secrets += [await place.value("SELECT kepala FROM household WHERE id = %s", struck)]
        for where, text in await everything(site, told.objector, told, [told.objector.name]):
            if "facts/kinds" in where or "/machines" in where or "variables" in where:
                continue
            assert not [secret for secret in secrets if secret in text], (where, text[:2000])
        mine = done(await told.objector.get(f"/objections/{told.case}"))
        assert (mine["party"], mine["state"], mine["statement"]) == ("pengaju", "banding", STATEMENT)
        assert (mine["answer_until"], mine["answered"]) == (None, None)
        assert [row["id"] for row in done(await told.objector.get("/objections"))["objections"]] == [told.case]
        rules = [step["rule"] for step in done(await told.objector.get(f"/cases/{told.case}"))["timeline"]]
        assert rules == ["S01", "S10", "S12", "S19", "S24"]
        cases = done(await told.objector.get("/cases"))["cases"]
        assert {row["id"] for row in cases} == {told.case}

    async def test_another_neighbour_does_not_see_it_at_all(self, place: Place) -> None:
        told = await walked(place)
        (third,) = await place.families()
        other = await citizen(place, "orangketiga", third)
        problem(await other.get(f"/objections/{told.case}"), 404, "kasus_tidak_ditemukan")
        assert done(await other.get("/objections"))["objections"] == []
        assert done(await other.get("/cases"))["cases"] == []


class TestBrought:
    async def test_a_complaint_about_a_payment_is_asked_of_the_bank_and_decided(self, place: Place) -> None:
        (family,) = await place.families()
        paid = "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30"
        (payment,) = await stand(place.world, paid, households=[family])
        await place.world.file(place.bank, [payment])
        who = await citizen(place, "penerima", family)
        body = {
            "kind": "KELUHAN_NOMINAL",
            "case": payment,
            "amount_rp": 700_000,
            "statement": "Kurang lima puluh ribu.",
        }
        case = done(await who.post("/objections", body), 201)["case"]
        await system(place.world, "terima_syarat", case, facts={"pemberitahuan": {"kepada": ["keluarga"]}})
        bank = await place.person("bank", organisation=place.bank)
        problem(await bank.get(f"/objections/{case}"), 404)
        verifikator = await place.person("verifikator_kab")
        done(await verifikator.move(case, "sanggah.minta_tanggapan", evidence={"kasus_asal": {"kasus": payment}}), 201)
        asked = done(await bank.get(f"/objections/{case}"))
        assert (asked["holder"], asked["programme"], [row["trigger"] for row in asked["open"]]) == (
            "bank", "PKH", ["sanggah.tanggapi"],
        )  # fmt: skip
        answer = {"tanggapan": {"teks": "Terkredit kurang.", "rupiah": 700_000}, "rekening_koran": {"nomor": "RK-1"}}
        done(await bank.move(case, "sanggah.tanggapi", evidence=answer), 201)
        head = await place.person("kepala_dinas")
        done(await head.move(case, "sanggah.kabulkan", reason="TERBUKTI", evidence={"putusan": {"nomor": "1"}}), 201)
        assert await place.world.state(payment) == "selisih_nominal"

    async def test_an_officer_brings_it_on_a_signed_form_and_is_told_what_lacks(self, place: Place) -> None:
        (family,) = await place.families()
        operator = await place.person("operator_desa")
        body: dict[str, Any] = {"kind": "SANGGAH_DESIL", "nik": await nik(place, family), "statement": "Desil keliru."}
        told = problem(await operator.post("/objections", body), 409, "bukti_kurang")
        assert "formulir_pengaju" in told["detail"]
        assert "formulir_pengaju" in told["detail_en"]
        body["evidence"] = {"formulir_pengaju": {"nomor": "F-1"}}
        brought = done(await operator.post("/objections", body), 201)
        assert brought["documents"] == [{"kind": "formulir_pengaju", "files": 1}]
        assert brought["plain"]
        assert brought["plain_en"]

    @pytest.mark.parametrize("kind", ["SANGGAH_PENOLAKAN", "SANGGAH_EXCLUDE", "SANGGAH_KELUAR", "KELUHAN_KKS"])
    async def test_what_is_contested_must_be_named(self, place: Place, kind: str) -> None:
        who = await citizen(place, f"warga{kind}".lower(), (await place.families())[0])
        problem(await who.post("/objections", {"kind": kind, "statement": "Keliru."}), 409, "bukti_kurang")

    async def test_a_neighbour_is_named_in_his_own_village_or_by_a_case(self, place: Place) -> None:
        mine, near = await place.families(2)
        (far,) = await place.families(region=place.neighbour)
        who = await citizen(place, "penanya", mine)
        said = {"kind": "SANGGAH_PIHAK_LAIN", "statement": "Mampu.", "evidence": {"foto_rumah_geotag": {"ada": True}}}
        for named in ({"nik": await nik(place, far)}, {"nik": "3204050505900009"}, {}, {"case": 2**40}):
            problem(await who.post("/objections", said | named), 404, "keluarga_sanggah_tidak_ditemukan")
        kk = await place.value("SELECT no_kk FROM household WHERE id = %s", near)
        done(await who.post("/objections", said | {"no_kk": kk}), 201)
        (listed,) = await stand(place.world, MEMBER, households=[far], region=place.neighbour)
        done(await who.post("/objections", said | {"case": listed}), 201)

    async def test_a_family_out_of_scope_is_not_there(self, place: Place) -> None:
        (far,) = await place.families(region=place.far)
        operator = await place.person("operator_desa")
        body = {"kind": "SANGGAH_DESIL", "nik": await nik(place, far), "statement": "x",
                "evidence": {"formulir_pengaju": {"ada": True}}}  # fmt: skip
        problem(await operator.post("/objections", body), 404, "keluarga_sanggah_tidak_ditemukan")
        who = await citizen(place, "wargajauh", (await place.families())[0])
        problem(await who.post("/objections", body | {"evidence": {}}), 404, "keluarga_sanggah_tidak_ditemukan")

    @pytest.mark.parametrize("kind", ["PEMBARUAN", "", "SANGGAH"])
    async def test_a_kind_that_is_none_is_refused(self, place: Place, kind: str) -> None:
        problem(await (await place.person("operator_desa")).post("/objections", {"kind": kind}), 422, "isian_salah")

    async def test_a_role_that_brings_none_is_told_so(self, place: Place) -> None:
        (family,) = await place.families()
        body = {"kind": "SANGGAH_DESIL", "nik": await nik(place, family), "statement": "x"}
        answer = await (await place.person("kepala_dinas")).post("/objections", body)
        assert answer.status_code in {409, 422}, answer.text

    async def test_its_number_kind_and_deadline_are_told(self, place: Place) -> None:
        who = await citizen(place, "pemilik", (await place.families())[0])
        case = done(await who.post("/objections", {"kind": "SANGGAH_DESIL", "statement": "Desil keliru."}), 201)["case"]
        seen = done(await who.get(f"/objections/{case}"))
        assert re.fullmatch(r"SGH-20\d\d-\d{7}", seen["number"])
        assert (seen["jenis"], seen["holder"], seen["state"]) == ("SANGGAH_DESIL", "sistem", "diterima_sistem")
        assert seen["due"]
        assert [row["trigger"] for row in seen["open"]] == ["sanggah.cabut"]
        done(await who.move(case, "sanggah.cabut", reason="DITARIK_PENGUSUL", note="tidak jadi"), 201)
        assert done(await who.get(f"/objections/{case}"))["reason"] == "DITARIK_PENGUSUL"

    async def test_a_case_of_another_machine_is_no_objection(self, place: Place) -> None:
        [case] = await place.stand("U01")
        problem(await (await place.person("operator_desa")).get(f"/objections/{case}"), 404, "kasus_tidak_ditemukan")

    async def test_pages_are_walked_without_gaps(self, place: Place) -> None:
        who = await place.person("operator_desa")
        cases = []
        for family in await place.families(5):
            body = {"kind": "SANGGAH_DESIL", "nik": await nik(place, family), "statement": "x",
                    "evidence": {"formulir_pengaju": {"ada": True}}}  # fmt: skip
            cases.append(done(await who.post("/objections", body), 201)["case"])
        seen: list[int] = []
        cursor = None
        while True:
            page = done(await who.get("/objections", limit=2, **({"cursor": cursor} if cursor else {})))
            seen += [row["id"] for row in page["objections"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(cases)


async def test_every_state_has_plain_words() -> None:
    assert set(PLAIN) == set(BY_NAME["sanggah"].state)
