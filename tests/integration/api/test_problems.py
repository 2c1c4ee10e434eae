"""Every error is a problem (RFC 9457) in Indonesian and English, and nothing a caller sends is our fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.api.kit import Place, Site, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

HUGE = (2**63, -1, 10**30, -(10**30))
NUL = "usulan\0"
JSON = {"Content-Type": "application/json"}


class TestAddresses:
    async def test_an_unknown_address_is_told_in_both_languages(self, site: Site) -> None:
        for path in ("/api/v1/tidak-ada", "/api/v2/cases", "/api/", "/api/v1/cases/1/tidak-ada", "/api/v1//cases"):
            told = problem(await site.http.get(path), 404, "tidak_ditemukan")
            assert told["detail"] == "Tidak ada apa-apa di alamat ini."
            assert told["cure_en"]

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    async def test_a_wrong_method_is_told_with_the_methods_that_are_served(self, site: Site, method: str) -> None:
        answer = await site.http.request(method, "/api/v1/cases")
        problem(answer, 405, "metode_salah")
        assert answer.headers["allow"] == "GET"

    async def test_every_answer_carries_the_id_of_its_request(self, site: Site) -> None:
        given = await site.http.get("/api/v1/tidak-ada", headers={"X-Request-Id": "dari-luar-7"})
        assert given.headers["x-request-id"] == "dari-luar-7"
        made = [(await site.http.get("/healthz")).headers["x-request-id"] for _ in range(2)]
        assert made[0] != made[1]

    async def test_a_problem_keeps_no_personal_number_it_was_sent(self, home: Place) -> None:
        who = await home.person("operator_desa")
        answer = await who.search(nik="3204050101800001x")
        assert "3204050101800001" not in answer.text
        problem(answer, 422, "isian_salah")


class TestBodies:
    @pytest.mark.parametrize(
        ("content", "status"),
        [
            pytest.param(b"", 422, id="nothing"),
            pytest.param(b"{", 422, id="cut short"),
            pytest.param(b"'trigger'", 422, id="no JSON"),
            pytest.param(b"null", 422, id="null"),
            pytest.param(b"[]", 422, id="a list"),
            pytest.param(b'"usulan.kirim"', 422, id="a text"),
            pytest.param(b"7", 422, id="a number"),
            pytest.param(b'{"trigger": "usulan.kirim"} x', 422, id="something behind"),
            pytest.param(b'\xff\xfe{"trigger": 1}', 422, id="another encoding"),
            pytest.param(b'{"trigger": "\xff"}', 400, id="broken UTF-8"),
            pytest.param(b'{"evidence": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, id="a bottomless body"),
            pytest.param(b'{"version": ' + b"9" * 5_000 + b"}", 400, id="a number of 5,000 digits"),
        ],
    )
    async def test_what_is_no_json_object_is_refused(self, home: Place, content: bytes, status: int) -> None:
        who = await home.person("operator_desa")
        answer = await who.ask("POST", "/cases/1/transitions", content=content, headers=JSON)
        problem(answer, status, "isian_salah" if status == 422 else "permintaan_salah")

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data", "", "x"]
    )
    async def test_json_under_another_content_type_is_refused_and_the_right_one_named(
        self, home: Place, kind: str
    ) -> None:
        who = await home.person("operator_desa")
        answer = await who.ask(
            "POST", "/cases/1/transitions", content=b'{"trigger": "usulan.kirim"}', headers={"Content-Type": kind}
        )
        assert "application/json" in problem(answer, 422, "isian_salah")["detail"]

    async def test_an_upload_that_is_no_form_is_refused(self, home: Place) -> None:
        who = await home.person("operator_desa")
        problem(await who.post("/imports", {"region": "32"}), 422, "isian_salah")
        broken = {"Content-Type": "multipart/form-data; boundary=x"}
        problem(await who.ask("POST", "/imports", content=b"--y\r\nkacau", headers=broken), 400, "permintaan_salah")
        unbound = {"Content-Type": "multipart/form-data"}
        problem(await who.ask("POST", "/imports", content=b"kacau", headers=unbound), 400, "permintaan_salah")
        problem(await who.ask("POST", "/imports", data={"file": "bukan berkas", "region": "32"}), 422, "isian_salah")

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "cases": [1]}, "body.cases"),
            ("/cases/transitions", {"trigger": "usulan.kirim", "cases": [{"id": 1, "x": 1}]}, "body.cases.0.x"),
            ("/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [1], "note": "x"}, "body.note"),
            ("/cases/1/facts", {"evidence": {"ktp": 1}, "trigger": "x"}, "body.trigger"),
            ("/approvals/1/decisions", {"verdict": "setuju", "user": 1}, "body.user"),
            (
                "/batches",
                {"kind": "tahap", "region": 3204, "programme": "PKH", "period": 202604, "lo": 0},
                "body.lo",
            ),
            ("/households/1/accounts", {"bank": "BRI", "number": "0123456789", "status": "aktif"}, "body.status"),
            ("/demo/clock", {"to": "2027-01-01T00:00:00Z", "force": True}, "body.force"),
        ],
    )
    async def test_unknown_fields_are_refused_by_name(
        self, home: Place, path: str, body: dict[str, Any], field: str
    ) -> None:
        who = await home.person("operator_desa")
        [told] = problem(await who.post(path, body), 422, "isian_salah")["fields"]
        assert (told["field"], told["message"], told["kind"]) == (field, "tidak dikenal", "extra_forbidden")

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("/cases/1/transitions", {"trigger": 7}, "body.trigger"),
            ("/cases/1/transitions", {"trigger": None}, "body.trigger"),
            ("/cases/1/transitions", {"trigger": "x" * 81}, "body.trigger"),
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "version": "dua"}, "body.version"),
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "version": 1.5}, "body.version"),
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "version": 0}, "body.version"),
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "version": 2**31}, "body.version"),
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "evidence": []}, "body.evidence"),
            ("/cases/1/transitions", {"trigger": "usulan.kirim", "note": "x" * 4001}, "body.note"),
            ("/cases/transitions", {"trigger": "usulan.kirim", "cases": []}, "body.cases"),
            ("/cases/transitions", {"trigger": "usulan.kirim", "cases": [7]}, "body.cases.0"),
            ("/cases/transitions", {"trigger": "usulan.kirim", "cases": [{"id": "x"}]}, "body.cases.0.id"),
            ("/cases/transitions", {"trigger": "usulan.kirim", "cases": [{"id": 2**63}]}, "body.cases.0.id"),
            ("/cases/transitions", {"trigger": "x", "cases": [{"id": n + 1} for n in range(10_001)]}, "body.cases"),
            ("/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [0]}, "body.cases.0"),
            ("/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [1], "kinds": "ktp"}, "body.kinds"),
            ("/cases/1/facts", {"evidence": {}}, "body.evidence"),
            ("/approvals/1/decisions", {"verdict": "mungkin"}, "body.verdict"),
            ("/approvals/1/decisions", {"verdict": "setuju", "excepts": [{"case": 1}]}, "body.excepts.0.trigger"),
            ("/batches", {"kind": "usulan", "region": 3204, "programme": "PKH", "period": 202604}, "body.kind"),
            ("/batches", {"kind": "tahap", "region": 32, "programme": "PKH", "period": 202604}, "body.region"),
            ("/batches", {"kind": "tahap", "region": 3204, "programme": "PKH", "period": 2026}, "body.period"),
            ("/households/1/accounts", {"bank": "BCA", "number": "0123456789"}, "body.bank"),
            ("/households/1/accounts", {"bank": "BRI", "number": "٠١٢٣٤٥٦٧٨٩"}, "body.number"),
            ("/demo/clock", {"to": "besok"}, "body.to"),
            ("/demo/clock", {"to": "9999-12-31T00:00:00Z"}, "body.to"),
        ],
    )
    async def test_a_value_of_a_wrong_type_or_size_is_refused_by_name(
        self, home: Place, path: str, body: dict[str, Any], field: str
    ) -> None:
        who = await home.person("operator_desa")
        told = problem(await who.post(path, body), 422, "isian_salah")["fields"]
        assert field in {said["field"] for said in told}
        assert all(said["message"] and said["message_en"] for said in told)

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param("a\0b", id="NUL"),
            pytest.param("\ud800", id="half a character"),
            pytest.param({"dalam": ["a\0"]}, id="NUL within"),
            pytest.param({"kunci\0": 1}, id="NUL in a name"),
            pytest.param({"kunci\ud800": 1}, id="half a character in a name"),
            pytest.param(float("nan"), id="no number"),
            pytest.param(float("inf"), id="no finite number"),
            pytest.param([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]], id="too deep"),
        ],
    )
    async def test_evidence_that_cannot_be_kept_is_refused(self, home: Place, value: Any) -> None:
        who = await home.person("operator_desa")
        [case] = await home.drafts(who)
        for path, body in (
            (f"/cases/{case}/transitions", {"trigger": "usulan.kirim_cek", "evidence": {"ktp": value}}),
            (
                "/cases/transitions",
                {"trigger": "usulan.kirim_cek", "cases": [{"id": case}], "evidence": {"ktp": value}},
            ),
            (f"/cases/{case}/facts", {"evidence": {"ktp": value}}),
            ("/approvals/1/decisions", {"verdict": "setuju", "evidence": {"ktp": value}}),
        ):
            told = problem(await who.ask("POST", path, content=json.dumps(body), headers=JSON), 422, "isian_salah")
            assert told["fields"][0]["field"].startswith("body.evidence")

    async def test_evidence_as_deep_as_is_kept_is_told_again(self, home: Place) -> None:
        who = await home.person("operator_desa")
        [case] = await home.drafts(who)
        deep: list[Any] = []
        for _ in range(30):
            deep = [deep]
        done(await who.post(f"/cases/{case}/facts", {"evidence": {"foto_rumah_geotag": deep}}), 201)
        assert deep in [fact["value"] for fact in done(await who.get(f"/cases/{case}"))["facts"]]

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/cases/1/transitions", {"trigger": NUL}),
            ("POST", "/cases/1/transitions", {"trigger": "usulan.kirim", "note": NUL}),
            ("POST", "/cases/1/transitions", {"trigger": "usulan.kirim", "reason": NUL}),
            ("POST", "/cases/transitions", {"trigger": NUL, "cases": [{"id": 1}]}),
            ("POST", "/cases/transitions", {"trigger": "usulan.kirim", "cases": [{"id": 1}], "note": NUL}),
            ("POST", "/cases/transitions/preview", {"trigger": NUL, "cases": [1]}),
            ("POST", "/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [1], "reason": NUL}),
            ("POST", "/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [1], "kinds": [NUL]}),
            ("POST", "/cases/1/facts", {"evidence": {"ktp": 1}, "note": NUL}),
            ("POST", "/approvals/1/decisions", {"verdict": "setuju", "note": NUL}),
            ("POST", "/approvals/1/decisions", {"verdict": "setuju", "reason": NUL}),
            ("POST", "/approvals/1/decisions", {"verdict": "setuju", "excepts": [{"case": 1, "trigger": NUL}]}),
            ("POST", "/batches", {"kind": "tahap", "region": 3204, "programme": NUL, "period": 202604}),
            ("POST", "/households/search", {"name": f"siti{NUL}"}),
            ("PATCH", "/households/1", {"version": 1, "alamat": NUL}),
            ("PATCH", "/households/1", {"version": 1, "members": [{"id": 1, "nama": NUL}]}),
            ("PATCH", "/households/1", {"version": 1, "members": [{"id": 1, "tempat_lahir": NUL}]}),
        ],
    )
    async def test_a_nul_in_a_text_is_refused(self, home: Place, method: str, path: str, body: dict[str, Any]) -> None:
        who = await home.person("operator_desa")
        told = problem(await who.ask(method, path, json=body), 422, "isian_salah")
        assert told["fields"][0]["message_en"] == "holds a sign that cannot be kept"


class TestAddressesWithValues:
    @pytest.mark.parametrize("number", HUGE)
    @pytest.mark.parametrize(
        "path",
        [
            "/cases/{}",
            "/cases/{}/actions",
            "/households/{}",
            "/batches/{}",
            "/approvals/{}",
            "/approvals/{}/state",
            "/imports/{}",
            "/imports/{}/rejected.xlsx",
            "/regions/{}",
            "/cases?batch={}",
            "/cases?household={}",
            "/cases?period={}",
            "/cases?limit={}",
            "/cases?region={}",
            "/batches?after={}",
            "/batches?limit={}",
            "/payments?after={}",
            "/decrees?after={}",
            "/funds?batch={}",
            "/funds?period={}",
            "/funds?at={}",
            "/policy?at={}",
            "/notices?limit={}",
            "/regions?q=a&limit={}",
        ],
    )
    async def test_a_number_beyond_all_bounds_is_a_mistake_of_the_caller(
        self, home: Place, path: str, number: int
    ) -> None:
        who = await home.person("auditor")
        answer = await who.get(path.format(number))
        if answer.status_code == 200:  # a moment may be told in seconds
            assert "at=" in path
        else:
            problem(answer, 422)

    @pytest.mark.parametrize("number", HUGE)
    @pytest.mark.parametrize(
        "path",
        [
            "/cases/{}/transitions",
            "/cases/{}/facts",
            "/batches/{}/wake",
            "/approvals/{}/decisions",
            "/households/{}/accounts",
        ],
    )
    async def test_writing_to_such_a_number_is_one_too(self, home: Place, path: str, number: int) -> None:
        problem(await (await home.person("operator_desa")).post(path.format(number), {}), 422, "isian_salah")

    @pytest.mark.parametrize("word", ["satu", "1.5", "1e3", "0x10", "%20", "null", "1;DROP TABLE case_", "' OR 1=1 --"])
    async def test_a_word_where_a_number_belongs_is_refused(self, home: Place, word: str) -> None:
        who = await home.person("auditor")
        for path in ("/cases/{}", "/households/{}", "/batches/{}", "/approvals/{}", "/imports/{}", "/regions/{}"):
            problem(await who.get(path.format(word)), 422)

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/cases", "machine"),
            ("/cases", "state"),
            ("/cases", "region"),
            ("/cases", "programme"),
            ("/cases", "cursor"),
            ("/batches", "kind"),
            ("/funds", "programme"),
            ("/funds", "at"),
            ("/regions", "q"),
            ("/policy", "prefix"),
            ("/approvals", "state"),
        ],
    )
    async def test_a_nul_in_a_query_is_refused(self, home: Place, path: str, name: str) -> None:
        who = await home.person("auditor")
        problem(await who.get(path, **{name: "usul\0an"}), 422)

    @pytest.mark.parametrize(
        "cursor", ["x", "eA==", "W10=", "WzEsIDJd", "bnVsbA==", "WyIyMDI2LTAxLTAxIiwgMWU0MDBd", "ñ"]
    )
    async def test_a_cursor_that_is_none_is_refused_and_does_not_begin_anew(self, home: Place, cursor: str) -> None:
        told = problem(await (await home.person("auditor")).get("/cases", cursor=cursor), 422, "isian_salah")
        assert told["fields"] == [
            {
                "field": "query.cursor",
                "message": "bukan kursor dari jawaban sebelumnya",
                "message_en": "is no cursor of an earlier answer",
                "kind": "value_error",
            }
        ]

    async def test_an_idempotency_key_has_a_size(self, home: Place) -> None:
        who = await home.person("operator_desa")
        for key in ("", "x" * 129):
            problem(await who.move(1, "usulan.kirim", key=key), 422, "isian_salah")


class TestWords:
    @pytest.mark.parametrize(
        ("role", "method", "path", "body", "status", "code"),
        [
            ("operator_desa", "GET", "/cases/999999", None, 404, "kasus_tidak_ditemukan"),
            ("operator_desa", "GET", "/cases/999999/actions", None, 404, "kasus_tidak_ditemukan"),
            ("operator_desa", "POST", "/cases/999999/facts", {"evidence": {"ktp": 1}}, 404, "kasus_tidak_ditemukan"),
            ("operator_desa", "POST", "/cases/999999/transitions", {"trigger": "usulan.kirim"}, 404, "tidak_ditemukan"),
            ("operator_desa", "POST", "/cases/1/transitions", {"trigger": "usulan.terbang"}, 422, "kata_tidak_dikenal"),
            ("operator_desa", "POST", "/cases/1/facts", {"evidence": {"ramalan": 1}}, 422, "bukti_bukan_wewenang"),
            ("operator_desa", "GET", "/households/999999", None, 404, "keluarga_tidak_ditemukan"),
            ("operator_desa", "PATCH", "/households/999999", {"version": 1}, 404, "keluarga_tidak_ditemukan"),
            ("operator_desa", "GET", "/batches/999999", None, 404, "batch_tidak_ditemukan"),
            ("operator_desa", "POST", "/batches/999999/wake", {}, 404, "batch_tidak_ditemukan"),
            ("operator_desa", "GET", "/approvals/999999", None, 404, "persetujuan_tidak_ditemukan"),
            ("kades", "POST", "/approvals/999999/decisions", {"verdict": "setuju"}, 404, "persetujuan_tidak_ditemukan"),
            ("operator_desa", "GET", "/imports/999999", None, 404, "impor_tidak_ditemukan"),
            ("operator_desa", "GET", "/regions/99", None, 404, "wilayah_tidak_ada"),
            ("operator_desa", "GET", "/regions/1", None, 422, "wilayah_tidak_ada"),
            ("operator_desa", "POST", "/demo/clock", {"to": "2027-01-01T00:00:00Z"}, 403, "di_luar_wilayah_kerja"),
            (
                "operator_desa",
                "POST",
                "/batches",
                {"kind": "tahap", "region": 3204, "programme": "PKH", "period": 202604},
                403,
                "di_luar_wilayah_kerja",
            ),
        ],
    )
    async def test_a_refusal_says_what_where_and_how_to_mend_it(
        self, home: Place, role: str, method: str, path: str, body: Any, status: int, code: str
    ) -> None:
        who = await home.person(role)
        told = problem(await who.ask(method, path, json=body), status, code)
        for part in ("title", "cure", "title_en", "cure_en"):
            assert len(told[part]) > 5
            assert "{{" not in told[part]
        assert told["cure"] != told["cure_en"]

    async def test_a_crash_is_told_as_a_problem_counted_and_carries_its_request_s_id(
        self, home: Place, site: Site
    ) -> None:
        who = await home.person("auditor")
        pool = site.app.state.site
        try:
            site.app.state.site = None
            answer = await who.ask("GET", "/me", headers={"X-Request-Id": "celaka-1"})
        finally:
            site.app.state.site = pool
        problem(answer, 500, "galat_dalam")
        assert answer.headers["x-request-id"] == "celaka-1"
        assert "Traceback" not in answer.text
        figures = (await site.http.get("/metrics")).text
        assert 'alur_http_requests_total{method="GET",route="/me",status="500"}' in figures
