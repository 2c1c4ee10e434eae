"""Requirements of OWASP ASVS 5.0 at the API, one by one. What is proved at length elsewhere is shown here once.

The whole list with its tests is the table in docs/security.md; `tests/unit/house/test_asvs.py` keeps it whole.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog

from models.database import sync_connect
from models.install import role_dsn
from tests.integration.api.kit import DOCUMENTS, Place, Site, done, problem
from tests.support.files import pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")

READY = "U01 U02 U05 U11 U15 U19 U22"
INJECTED = (
    *("' OR '1'='1", "'; DROP TABLE case_; --", "\\'; SELECT 1; --", "%' --", "$1", "%s", "%(x)s", "{0}", "{", "$$"),
    *("1; SELECT pg_sleep(9)", "x') UNION SELECT 1 --", "%", "_", "' || (SELECT 'x') || '"),
)
NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")


def parameters(site: Site) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield route, operation and parameter for everything that is given in an address."""
    for path, item in site.app.openapi()["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", []):
                if parameter["in"] in {"path", "query"}:
                    yield f"{method.upper()} {path}", operation, parameter


def types(schema: dict[str, Any]) -> set[str]:
    return {schema.get("type", "")} | {kind for one in schema.get("anyOf", []) for kind in types(one)}


# -- V1, V2: what comes in -------------------------------------------------------------------------------------------


async def test_asvs_1_2_4_hostile_words_are_words_in_every_filter(site: Site, place: Place) -> None:
    who = await place.person("auditor")
    await place.stand("U01", 2)
    tried = 0
    for route, _, parameter in parameters(site):
        method, path = route.split(" ")
        if method != "GET" or "string" not in types(parameter["schema"]):
            continue
        for word in INJECTED:
            if parameter["in"] == "path":
                continue
            tried += 1
            filled = re.sub(r"\{[^}]+\}", "1", path.removeprefix("/api/v1"))
            answer = await who.get(filled, **{parameter["name"]: word})
            assert answer.status_code in {200, 404, 422}, (route, parameter["name"], word, answer.text)
    assert tried > 200
    assert await place.value("SELECT count(*) FROM case_") >= 2


async def test_asvs_2_2_1_everything_that_is_taken_has_bounds(site: Site) -> None:
    """Each text a length, a pattern or a list of words; each number and each list a largest; no unknown field."""
    document = site.app.openapi()
    free: list[str] = []

    def judge(schema: dict[str, Any], where: str) -> None:
        if "$ref" in schema:
            return  # judged by itself
        for part in schema.get("anyOf", []):
            judge(part, where)
        kind = schema.get("type")
        if kind == "string" and not {"maxLength", "pattern", "enum", "const", "format"} & set(schema):
            free.append(f"{where}: text")
        if kind in {"integer", "number"} and not {"maximum", "exclusiveMaximum"} & set(schema):
            free.append(f"{where}: number")
        if kind == "array":
            if "maxItems" not in schema:
                free.append(f"{where}: list")
            judge(schema.get("items", {}), f"{where}[]")
        for name, part in schema.get("properties", {}).items():
            judge(part, f"{where}.{name}")

    for route, _, parameter in parameters(site):
        judge(parameter["schema"], f"{route} {parameter['name']}")
    for name, schema in document["components"]["schemas"].items():
        if name not in {"Problem", "HTTPValidationError", "ValidationError"}:
            judge(schema, name)
    assert free == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/notices/preferences", {"quiet_from": 21}),
        ("POST", "/cases/transitions", {"trigger": "usulan.kirim", "cases": [{"id": 1}, {"id": 1}]}),
        ("PATCH", "/households/1", {"version": 1, "members": [{"nama": "Tanpa NIK"}]}),
    ],
)
async def test_asvs_2_2_3_what_belongs_together_is_judged_together(
    home: Place, method: str, path: str, body: dict[str, Any]
) -> None:
    problem(await (await home.person("operator_desa")).ask(method, path, json=body), 422, "isian_salah")


async def test_asvs_2_2_3_a_trail_ends_after_it_begins(home: Place) -> None:
    backwards = {"from": "2026-12-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
    problem(await (await home.person("auditor")).get("/audit/transitions", **backwards), 422, "isian_salah")


async def test_asvs_2_3_1_no_step_is_skipped(place: Place) -> None:
    """From a draft, every later step of the machine is refused, whoever asks, and the case stays where it is."""
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    legal = {action["trigger"] for action in done(await who.get(f"/cases/{case}/actions"))["actions"]}
    later = {"usulan.kirim", "usulan.teruskan", "usulan.terima_kecamatan", "usulan.sahkan", "usulan.verifikasi"} - legal
    assert later
    for role in ("operator_desa", "operator_kecamatan", "verifikator_kab", "kepala_dinas"):
        asked = await place.person(role)
        for trigger in sorted(later):
            assert (await asked.move(case, trigger)).status_code in {403, 404, 409, 422}
    assert (await place.row("SELECT version FROM position WHERE case_id = %s", case))["version"] == 1


async def test_asvs_2_3_3_a_request_that_fails_half_way_leaves_nothing(place: Place) -> None:
    """The wishes are written before the addresses; an address the database refuses takes them back."""
    who = await place.person("operator_desa")
    await place.world.admin.execute(
        "CREATE OR REPLACE FUNCTION gagal() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'patah di tengah'; END$$"
    )
    table = await place.value(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE a.attname = 'address' AND c.relname LIKE 'notice%%' AND c.relkind = 'r' LIMIT 1"
    )
    await place.world.admin.execute(f"CREATE TRIGGER gagal BEFORE INSERT ON {table} EXECUTE FUNCTION gagal()")
    try:
        wanted = {"language": "en", "digest": "harian", "addresses": {"email": "a@b.example"}}
        problem(await who.ask("PUT", "/notices/preferences", json=wanted), 500, "galat_dalam")
    finally:
        await place.world.admin.execute(f"DROP TRIGGER gagal ON {table}")
    told = done(await who.get("/notices/preferences"))
    assert (told["language"], told["addresses"]) == ("id", [])


async def test_asvs_2_3_4_a_family_has_one_live_proposal_however_many_ask_at_once(place: Place) -> None:
    who = await place.person("operator_desa")
    from tests.integration.api.kit import family, workbook  # noqa: PLC0415 -- a village list, for this test alone

    lists = [workbook([family(place, 1, rt=f"{n:03}")]) for n in range(4)]
    answers = await asyncio.gather(*(who.upload(content, place.village) for content in lists))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sorted(answer.json()["good"] for answer in answers) == [0, 0, 0, 1]
    assert await place.value("SELECT count(*) FROM case_ WHERE region = %s", place.village) == 1


async def test_asvs_2_3_5_what_costs_much_needs_two_different_persons(place: Place) -> None:
    approval = await place.gate("sk_program", await place.stand("K01 K06"), programme="PKH")
    one, two = await place.person("direktorat", "satu"), await place.person("direktorat", "dua")
    first = done(await one.post(f"/approvals/{approval}/decisions", {"verdict": "setuju"}), 201)
    assert first["state"] == "terbuka"
    again = await one.post(f"/approvals/{approval}/decisions", {"verdict": "setuju"})
    problem(again, 409, "harus_orang_lain")
    second = done(await two.post(f"/approvals/{approval}/decisions", {"verdict": "setuju"}), 201)
    assert second["state"] == "disetujui"


# -- V4, V5: answers and files ---------------------------------------------------------------------------------------


async def test_asvs_4_1_1_every_answer_says_what_it_is(site: Site, home: Place) -> None:
    who = await home.person("auditor")
    kinds = set()
    for path, item in site.app.openapi()["paths"].items():
        if "get" not in item:
            continue
        for headers in ({}, who.token):
            answer = await site.http.get(re.sub(r"\{[^}]+\}", "1", path), headers=headers)
            kind = answer.headers["content-type"]
            kinds.add(kind)
            if "json" in kind:
                answer.json()
            elif "spreadsheet" in kind:
                assert answer.content.startswith(b"PK")
            else:
                assert answer.content.startswith((b"\xff\xd8", b"\x89PNG", b"%PDF")), (path, kind)
    for path in ("/docs", "/metrics"):
        kind = (await site.http.get(path)).headers["content-type"]
        assert kind.startswith("text/")
        assert "charset=utf-8" in kind
    assert {"application/json", "application/problem+json"} <= kinds


async def test_asvs_5_2_2_the_content_counts_and_neither_name_nor_type(place: Place) -> None:
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    disguised = (b"<html><script>1</script></html>", b"#!/bin/sh\nid\n", b"MZ\x90\0", b"<svg onload='x'/>", b"PK\x03\x04")
    for content in disguised:
        form = {"files": {"file": ("ktp.pdf", content, "application/pdf")}}
        problem(await who.ask("POST", f"/cases/{case}/documents?kind=ktp", **form), 422, "jenis_berkas_tidak_diterima")
        listed = await who.upload(content, place.village, name="usulan.xlsx")
        problem(listed, 422, "berkas_tidak_terbaca")
    honest = {"files": {"file": ("virus.exe", pdf(), "application/x-msdownload")}}
    told = done(await who.ask("POST", f"/cases/{case}/documents?kind=ktp", **honest), 201)
    answer = await who.get(f"/documents/{told['id']}")
    assert answer.headers["content-type"] == "application/pdf"
    assert "exe" not in answer.headers["content-disposition"]


async def test_asvs_5_3_1_what_was_uploaded_is_served_by_its_route_alone_and_never_run(
    site: Site, place: Place
) -> None:
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    told = done(await who.ask("POST", f"/cases/{case}/documents?kind=ktp", content=pdf()), 201)
    stored = [path for path in DOCUMENTS.rglob("*") if path.is_file()]
    assert stored
    for path in stored:
        assert not path.stat().st_mode & 0o111, "nothing of it can be started"
        assert b"%PDF" not in path.read_bytes(), "what lies there is encrypted"
        for address in (path.name, f"documents/{path.parent.name}/{path.name}", f"static-offline-docs/../{path.name}"):
            assert (await site.http.get(f"/{address}", headers=who.token)).status_code == 404
    assert (await who.get(f"/documents/{told['id']}")).headers["content-disposition"].startswith("attachment")


async def test_asvs_5_3_2_a_file_s_name_leads_nowhere(place: Place) -> None:
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    before = {path for path in DOCUMENTS.parent.glob("*") if "alur-uji" in path.name}
    for name in ("../../etc/passwd", "..\\..\\x", "/tmp/x.pdf", "a\0b.pdf", "file:///etc/passwd", "x" * 500, "%2e%2e%2f"):
        form = {"files": {"file": (name, pdf(), "application/pdf")}}
        told = done(await who.ask("POST", f"/cases/{case}/documents?kind=ktp", **form), 201)
        given = (await who.get(f"/documents/{told['id']}")).headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', given)
        problem(await who.upload(b"\xff\xd8\xff", place.village, name=name), 422, "berkas_tidak_terbaca")
    assert {path for path in DOCUMENTS.parent.glob("*") if "alur-uji" in path.name} == before
    assert all(re.fullmatch(r"[0-9a-f]{62}", path.name) for path in DOCUMENTS.rglob("*") if path.is_file())
    for number in ("..%2f..%2fetc%2fpasswd", "1%00", "-1"):
        assert (await who.get(f"/documents/{number}")).status_code in {404, 422}


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
    assert NUMBER.search(json.dumps(told)) is None
    for field, value in (("desil", 1), ("region", place.neighbour), ("id", 1), ("source", "x"), ("act", 1)):
        answer = await who.patch(f"/households/{household}", {"version": 1, field: value})
        assert problem(answer, 422, "isian_salah")["fields"][0]["field"] == f"body.{field}"
    for field in ("state", "user", "role", "actor", "region"):
        answer = await who.post("/cases/1/transitions", {"trigger": "usulan.kirim", field: 1})
        problem(answer, 422, "isian_salah")


async def test_asvs_8_3_1_what_a_request_says_of_its_sender_counts_for_nothing(place: Place) -> None:
    [case] = await place.stand(READY)
    who = await place.person("operator_desa")
    said = {"X-Role": "kepala_dinas", "X-User": "1", "X-Forwarded-User": "admin", "X-Region": "0", "Cookie": "role=admin"}
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
    "POST /api/v1/calendar/holidays/imports name": "the name of a file of holidays",
}


async def test_no_address_takes_what_is_secret_or_personal(site: Site) -> None:
    """Addresses stand in histories, in proxies' logs and in Referer; NIK, names and secrets go into bodies."""
    found = {f"{route} {parameter['name']}" for route, _, parameter in parameters(site) if _personal(parameter)}
    assert found - set(HARMLESS) == set()
    assert set(HARMLESS) <= found, "an exception nobody needs"


def _personal(parameter: dict[str, Any]) -> bool:
    shown = json.dumps(parameter.get("schema", {}))
    return bool(PERSONAL.search(parameter["name"]) or "{16}" in shown or NUMBER.search(shown))


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
                assert NUMBER.search(answer.text) is None, (role, path)
        found = await who.search(name="Anggota")
        assert done(found)["households"]
        assert NUMBER.search(found.text) is None
    assert seen > 30


# -- V16: logs and errors ---------------------------------------------------------------------------------------------


async def test_asvs_16_2_1_a_line_says_when_where_who_and_what(site: Site, home: Place) -> None:
    who = await home.person("auditor")
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await who.ask("GET", "/cases/1", headers={"X-Request-Id": "jejak-1"})
    [line] = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["user"], line["request"]) == ("GET", "/cases/{case_id}", who.user, "jejak-1")
    assert line["status"] in {200, 404}


async def test_asvs_16_3_2_a_refused_right_is_on_record_and_in_the_log(place: Place) -> None:
    [case] = await place.stand(READY)
    who = await place.person("operator_desa")
    with structlog.testing.capture_logs() as lines:
        answer = await who.move(case, "usulan.sahkan")
        await who.http.get("/api/v1/me")
        await (await place.person("bank")).get("/notices/dead")
    assert answer.status_code in {403, 409}
    kept = await place.row(
        "SELECT a.user_id, r.code FROM refusal r JOIN act a ON a.id = r.act WHERE r.case_id = %s", case
    )
    assert kept["user_id"] == who.user
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
