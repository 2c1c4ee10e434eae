"""OWASP ASVS 5.0 at the API: what is taken in, in which order, and which files. Shown once; proved at length elsewhere.

The whole list with its tests is the table in docs/security.md; `tests/unit/house/test_asvs.py` keeps it whole.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from state_machines import USULAN
from tests.integration.api.kit import DOCUMENTS, Place, Site, done, family, problem, workbook
from tests.support.files import pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")

INJECTED = (
    *("' OR '1'='1", "'; DROP TABLE case_; --", "\\'; SELECT 1; --", "%' --", "$1", "%s", "%(x)s", "{0}", "{", "$$"),
    *("1; SELECT pg_sleep(9)", "x') UNION SELECT 1 --", "%", "_", "' || (SELECT 'x') || '"),
)


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


def unbounded(schema: dict[str, Any], where: str) -> Iterator[str]:
    """Yield what may be as long, as large or as many as one likes; what is only named is judged by itself."""
    kind = schema.get("type")
    bounds = {
        "string": {"maxLength", "pattern", "enum", "const", "format", "contentMediaType"},
        "integer": {"maximum", "exclusiveMaximum"},
        "number": {"maximum", "exclusiveMaximum"},
        "array": {"maxItems"},
    }
    if kind in bounds and not bounds[kind] & set(schema):
        yield f"{where}: {kind}"
    for part in (*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])):
        yield from unbounded(part, where)
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(part, f"{where}.{name}")


async def test_asvs_2_2_1_everything_that_is_taken_has_bounds(site: Site) -> None:
    """Each text a length, a pattern or a list of words; each number and each list a largest."""
    free = [
        hit for route, _, given in parameters(site) for hit in unbounded(given["schema"], f"{route} {given['name']}")
    ]
    for name, schema in site.app.openapi()["components"]["schemas"].items():
        if name not in {"Problem", "HTTPValidationError", "ValidationError"}:
            free += unbounded(schema, name)
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
    first = {f"usulan.{rule.trigger}" for rule in USULAN.rules if "draf" in rule.sources}
    later = sorted({f"usulan.{rule.trigger}" for rule in USULAN.rules} - first)
    assert len(later) > 20
    for role in ("operator_desa", "operator_kecamatan", "verifikator_kab", "kepala_dinas"):
        asked = await place.person(role)
        for trigger in later:
            answer = await asked.move(case, trigger)
            assert answer.status_code in {403, 404, 409, 422}, (role, trigger, answer.text)
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
    disguised = (
        b"<html><script>1</script></html>",
        b"#!/bin/sh\nid\n",
        b"MZ\x90\0",
        b"<svg onload='x'/>",
        b"PK\x03\x04",
    )
    for content in disguised:
        form = {"file": ("ktp.pdf", content, "application/pdf")}
        sent = await who.ask("POST", f"/cases/{case}/documents?kind=ktp", files=form)
        problem(sent, 422, "jenis_berkas_tidak_diterima")
        listed = await who.upload(content, place.village, name="usulan.xlsx")
        problem(listed, 422, "berkas_tidak_terbaca")
    honest = {"file": ("virus.exe", pdf(), "application/x-msdownload")}
    told = done(await who.ask("POST", f"/cases/{case}/documents?kind=ktp", files=honest), 201)
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

    def beside() -> set[Path]:
        return set(DOCUMENTS.parent.glob(f"{DOCUMENTS.name}*"))

    def kept() -> set[Path]:
        return {path for path in DOCUMENTS.rglob("*") if path.is_file()}

    folders, before = beside(), kept()
    for name in (
        "../../etc/passwd",
        "..\\..\\x",
        "/etc/x.pdf",
        "a\0b.pdf",
        "file:///etc/passwd",
        "x" * 500,
        "%2e%2e%2f",
    ):
        form = {"file": (name, pdf(page=b"/Name (%d)" % len(name)), "application/pdf")}
        told = done(await who.ask("POST", f"/cases/{case}/documents?kind=ktp", files=form), 201)
        given = (await who.get(f"/documents/{told['id']}")).headers["content-disposition"]
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', given)
        problem(await who.upload(b"\xff\xd8\xff", place.village, name=name), 422, "berkas_tidak_terbaca")
    assert beside() == folders
    assert kept() > before
    assert all(re.fullmatch(r"[0-9a-f]{62}", path.name) for path in kept() - before)
    for number in ("..%2f..%2fetc%2fpasswd", "1%00", "-1"):
        assert (await who.get(f"/documents/{number}")).status_code in {404, 422}
