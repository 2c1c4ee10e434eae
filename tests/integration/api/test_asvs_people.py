"""OWASP ASVS 5.0 at the API: who may, what is told of people, and what is on record. Shown once; proved elsewhere.

The whole list with its tests is the table in docs/security.md; `tests/unit/house/test_asvs.py` keeps it whole.
"""

from __future__ import annotations

import json
import re
from typing import Any

import psycopg
import pytest
import structlog

from models.database import sync_connect
from models.install import role_dsn
from tests.integration.api.kit import OPEN_NUMBER, Place, Site, done, problem
from tests.integration.api.test_asvs_requests import parameters

pytestmark = pytest.mark.asyncio(loop_scope="session")

READY = "U01 U02 U05 U11 U15 U19 U22"


# -- V8: who may ------------------------------------------------------------------------------------------------------


async def test_asvs_8_2_1_a_function_is_its_role_s_alone(place: Place) -> None:
    calls: tuple[tuple[str, str, Any], ...] = (
        ("POST", "/demo/clock", {"to": "2098-01-01T00:00:00Z"}),
        ("GET", "/notices/dead", None),
        ("POST", "/batches", {"kind": "tahap", "region": place.kabupaten, "programme": "PKH", "period": 202604}),
    )
    for role in ("operator_desa", "pendamping", "bank", "auditor"):
        who = await place.person(role)
        for method, path, body in calls:
            assert (await who.ask(method, path, json=body)).status_code == 403, (role, path)


async def test_asvs_8_2_2_another_village_s_data_are_not_there(place: Place) -> None:
    [case] = await place.stand("U01")
    [household] = await place.families()
    mine, theirs = await place.person("operator_desa"), await place.person("operator_desa", region=place.neighbour)
    for path in (f"/cases/{case}", f"/cases/{case}/actions", f"/cases/{case}/facts", f"/households/{household}"):
        assert (await mine.get(path)).status_code == 200
        problem(await theirs.get(path), 404)
    problem(await theirs.move(case, "usulan.kirim_cek"), 404, "tidak_ditemukan")


async def test_asvs_8_2_3_fields_are_the_database_s_to_give_and_to_take(place: Place) -> None:
    """No answer names what one may not read whole, and no body sets what is not the caller's to set."""
    [household] = await place.families()
    who = await place.person("operator_desa")
    told = done(await who.get(f"/households/{household}"))
    assert OPEN_NUMBER.search(json.dumps(told)) is None
    for field, value in (("desil", 1), ("region", place.neighbour), ("id", 1), ("source", "x"), ("act", 1)):
        answer = await who.patch(f"/households/{household}", {"version": 1, field: value})
        assert problem(answer, 422, "isian_salah")["fields"][0]["field"] == f"body.{field}"
    for field in ("state", "user", "role", "actor", "region"):
        answer = await who.post("/cases/1/transitions", {"trigger": "usulan.kirim", field: 1})
        problem(answer, 422, "isian_salah")


async def test_asvs_8_3_1_what_a_request_says_of_its_sender_counts_for_nothing(place: Place) -> None:
    [case] = await place.stand(READY)
    who = await place.person("operator_desa")
    said = {
        "X-Role": "kepala_dinas",
        "X-User": "1",
        "X-Forwarded-User": "admin",
        "X-Region": "0",
        "Cookie": "role=admin",
    }
    answer = await who.ask("POST", f"/cases/{case}/transitions", json={"trigger": "usulan.sahkan"}, headers=said)
    assert answer.status_code in {403, 409}
    assert done(await who.ask("GET", "/me", headers=said))["role"] == "operator_desa"


async def test_asvs_8_4_1_lists_and_counts_hold_one_s_own_area_alone(place: Place) -> None:
    await place.stand("U01", 3)
    await place.stand("U01", 2, region=place.neighbour)
    for region, count in ((place.village, 3), (place.neighbour, 2)):
        who = await place.person("operator_desa", region=region)
        rows = done(await who.get("/cases", limit=200))["cases"]
        assert {row["region"] for row in rows} == {region}
        assert len(rows) == count
        found = done(await who.search(name="Anggota"))["households"]
        assert {row["region"] for row in found} == {region}


# -- V14: personal data -----------------------------------------------------------------------------------------------

PERSONAL = re.compile(r"(^|_)(nik|kk|no_kk|name|nama|password|sandi|token|secret|code|kode|otp|phone|hp|email)($|_)")
HARMLESS = {
    "GET /api/v1/regions/{code} code": "a region's code",
    "GET /api/v1/audit/regions/{code} code": "a region's code",
    "POST /api/v1/calendar/holidays/imports name": "the name of a file of holidays",
    **{
        f"{route} name": "the random name of an upload, its sender's alone"
        for route in (
            "HEAD /api/v1/uploads/{name}",
            "PATCH /api/v1/uploads/{name}",
            "POST /api/v1/uploads/{name}/document",
        )
    },
}


async def test_no_address_takes_what_is_secret_or_personal(site: Site) -> None:
    """Addresses stand in histories, in proxies' logs and in Referer; NIK, names and secrets go into bodies."""
    found = {f"{route} {parameter['name']}" for route, _, parameter in parameters(site) if _personal(parameter)}
    assert found - set(HARMLESS) == set()
    assert set(HARMLESS) <= found, "an exception nobody needs"


def _personal(parameter: dict[str, Any]) -> bool:
    shown = json.dumps(parameter.get("schema", {}))
    return bool(PERSONAL.search(parameter["name"]) or "{16}" in shown or OPEN_NUMBER.search(shown))


async def test_asvs_14_2_6_no_answer_tells_a_whole_number_of_a_person(site: Site, place: Place) -> None:
    """Every GET, over a village with families, cases and an import, as those who see most."""
    await place.stand(READY, 2)
    [household] = await place.families()
    case = await place.value("SELECT max(id) FROM case_ WHERE region = %s", place.village)
    filled = {"household_id": household, "case_id": case}
    seen = 0
    for role in ("operator_desa", "verifikator_kab", "auditor"):
        who = await place.person(role)
        for path, item in site.app.openapi()["paths"].items():
            if "get" in item and not path.endswith(".xlsx"):
                address = re.sub(r"\{(\w+)\}", lambda part: str(filled.get(part[1], 1)), path)
                answer = await site.http.get(address, headers=who.token)
                seen += answer.status_code == 200
                assert OPEN_NUMBER.search(answer.text) is None, (role, path)
        found = await who.search(name="Anggota")
        assert done(found)["households"]
        assert OPEN_NUMBER.search(found.text) is None
    assert seen > 30


# -- V16: logs and errors ---------------------------------------------------------------------------------------------


async def test_asvs_16_2_1_a_line_says_when_where_who_and_what(site: Site, home: Place) -> None:
    who = await home.person("auditor")
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await who.ask("GET", "/cases/1", headers={"X-Request-Id": "jejak-1"})
    [line] = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["user"], line["request"]) == (
        "GET",
        "/cases/{case_id}",
        who.user,
        "jejak-1",
    )
    assert line["status"] in {200, 404}


async def test_asvs_16_3_2_a_refused_right_is_on_record_and_in_the_log(place: Place) -> None:
    [case] = await place.stand(READY)
    who = await place.person("operator_desa")
    with structlog.testing.capture_logs() as lines:
        answer = await who.move(case, "usulan.sahkan")
        await who.http.get("/api/v1/me")
        await (await place.person("bank")).get("/notices/dead")
    assert answer.status_code in {403, 409}
    [kept] = done(await (await place.person("auditor")).get("/audit/refusals", case=case))["refusals"]
    assert who.name in json.dumps(kept)
    told = [(line["status"], line["problem"]) for line in lines if line["event"] == "request"]
    assert told[1:] == [(401, "sesi_berakhir"), (403, "di_luar_wilayah_kerja")]


async def test_asvs_16_3_3_attempts_to_get_around_a_rule_are_in_the_log(home: Place, site: Site) -> None:
    who = await home.person("operator_desa")
    with structlog.testing.capture_logs() as lines:
        await who.get("/cases", machine="' OR 1=1")
        await who.get("/cases/x")
        await who.ask("POST", "/cases/1/transitions", headers={"Origin": "https://jahat.example"})
        await site.http.post("/api/v1/imports", content=b"x" * 70_000)
    told = [(line["status"], line["problem"]) for line in lines if line["event"] == "request"]
    assert told[1:] == [(422, "isian_salah"), (403, "asal_lain"), (413, "isi_terlalu_besar")]


@pytest.mark.parametrize("role", ["alur_api", "alur_worker", "alur_auditor", "alur_public"])
async def test_asvs_16_4_2_no_role_of_ours_changes_what_happened(shared: str, role: str) -> None:
    with sync_connect(role_dsn(shared, role)) as conn:
        for table in ("act", "transition", "refusal", "signin_event", "decision"):
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id", f"TRUNCATE {table}"):
                with pytest.raises(psycopg.Error):
                    conn.execute(statement.encode())


async def test_asvs_16_4_2_nor_does_the_owner_by_a_slip(shared: str) -> None:
    with sync_connect(shared) as conn:
        for table in ("act", "transition", "refusal", "signin_event", "decision"):
            with pytest.raises(psycopg.DatabaseError, match="ditolak"):
                conn.execute(f"TRUNCATE {table} CASCADE".encode())


async def test_asvs_16_5_1_a_crash_tells_nothing_of_the_inside(
    home: Place, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = site.app.state.site.settings.api_database_url.get_secret_value()

    async def broken(*_: object) -> None:
        raise RuntimeError(f"SELECT nik FROM person -- {dsn} {site.app.state.site.settings.secret_key!r}")

    monkeypatch.setattr("api.routes.reference.me", broken)
    answer = await (await home.person("auditor")).get("/me")
    told = problem(answer, 500, "galat_dalam")
    assert set(told) == {"type", "status", "code", "title", "title_en", "detail", "detail_en", "cure", "cure_en"}
    for inside in ("SELECT", "RuntimeError", "Traceback", "postgres", ".py", "SecretStr"):
        assert inside not in answer.text
