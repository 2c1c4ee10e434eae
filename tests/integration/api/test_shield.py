"""What stands around every route: headers on every answer, limits on every request, and other sites' pages outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi.routing import APIRoute
from pydantic import SecretStr

from api.app import create_app
from api.shield import ASSETS
from models.database import Conn
from tests.integration.api.kit import BASE, Caller, Place, Site, done, problem, routes, running, settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

MB = 1024 * 1024
STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


def directives(answer: httpx.Response) -> dict[str, list[str]]:
    """Return the answer's Content-Security-Policy, directive by directive."""
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    assert len({name for name, *_ in parts}) == len(parts), "of two equal directives browsers take the first"
    return {name: sources for name, *sources in parts}


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", path)


class TestHeaders:
    async def test_asvs_3_4_3_every_answer_of_every_route_is_dressed(self, site: Site, home: Place) -> None:
        """Signed in or not, right or wrong: the answers of all routes, of none, and of a wrong method."""
        who = await home.person("auditor")
        asked = [(method, filled(path)) for method, path in routes(site)]
        asked += [
            ("GET", "/api/v1/tidak-ada"),
            ("PUT", "/healthz"),
            ("TRACE", "/api/v1/me"),
            ("GET", "/api/v1/openapi.json"),
        ]
        statuses = set()
        for method, path in asked:
            for headers in ({}, who.token if method == "GET" else {}):
                answer = await site.http.request(method, path, headers=headers)
                statuses.add(answer.status_code)
                where = (method, path, answer.status_code)
                told = dict(answer.headers)
                assert {name: told.get(name) for name in STRICT} == STRICT, where
                policy = directives(answer)
                assert policy["default-src"] == ["'none'"], where
                assert policy["frame-ancestors"] == ["'none'"], where
                assert "strict-transport-security" not in told, "nobody promises https on plain http"
        assert {200, 401, 404, 405, 422} <= statuses

    async def test_a_crash_is_dressed_too(self, site: Site) -> None:
        kept, site.app.state.site = site.app.state.site, None
        try:
            answer = await site.http.get("/api/v1/me")
        finally:
            site.app.state.site = kept
        problem(answer, 500, "galat_dalam")
        assert {name: answer.headers.get(name) for name in STRICT} == STRICT

    @pytest.mark.parametrize(("address", "promised"), [("https://alur.example.go.id", True), ("http://alur", False)])
    async def test_https_is_promised_where_people_reach_us_by_it(
        self, shared: str, address: str, *, promised: bool
    ) -> None:
        async with running(settings(shared, public_url=address)) as made:
            told = (await made.http.get("/healthz")).headers.get("strict-transport-security")
        assert (told == "max-age=63072000") is promised

    async def test_the_page_runs_the_scripts_it_came_with_and_no_other(self, site: Site) -> None:
        answer = await site.http.get("/docs")
        policy = directives(answer)
        scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
        assert len(scripts) == 1
        digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
        assert sorted(policy["script-src"]) == sorted(["'self'", f"'sha256-{digest}'"])
        assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == ["'none'"]
        assert policy["connect-src"] == ["'self'"]
        assert not re.search(r"\son\w+=", answer.text), "a handler in a tag would not run"

    async def test_what_the_page_loads_may_be_kept(self, site: Site) -> None:
        assert "max-age" in (await site.http.get(f"{ASSETS}swagger-ui.css")).headers["cache-control"]
        assert (await site.http.get(f"{ASSETS}tidak-ada.css")).headers["cache-control"] == "no-store"

    async def test_what_strangers_made_is_saved_in_a_sandbox(self, place: Place) -> None:
        from tests.support.files import pdf  # noqa: PLC0415 -- makes files, for this test alone

        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        sent = await who.ask("POST", f"/cases/{case}/documents?kind=ktp", content=pdf())
        answer = await who.get(f"/documents/{done(sent, 201)['id']}")
        policy = directives(answer)
        assert policy["sandbox"] == []
        assert policy["default-src"] == policy["frame-ancestors"] == ["'none'"]
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestCookies:
    async def test_no_route_of_the_api_reads_a_cookie_or_sets_one(self, site: Site, home: Place) -> None:
        """The console's session stands in a cookie; what the API does takes a token that no page of others can send."""
        who = await home.person("auditor")
        token = who.token["Authorization"].removeprefix("Bearer ")
        cookie = {"Cookie": "; ".join(f"{name}={token}" for name in ("session", "token", "Authorization", "access"))}
        read = [
            parameter
            for item in site.app.openapi()["paths"].values()
            for operation in item.values()
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "cookie"
        ]
        assert read == []
        for method, path in routes(site):
            answer = await site.http.request(method, filled(path), headers=cookie)
            assert "set-cookie" not in answer.headers, path
            if path == "/api/v1/me":
                problem(answer, 401, "sesi_berakhir")

    async def test_the_token_comes_by_a_header_that_no_other_site_can_send(self, site: Site) -> None:
        schemes = site.app.openapi()["components"]["securitySchemes"]
        assert [(scheme["type"], scheme["scheme"]) for scheme in schemes.values()] == [("http", "bearer")]


class TestOtherSites:
    UNSAFE = ("POST", "PUT", "PATCH", "DELETE")

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "http://lain.test"},
            {"Sec-Fetch-Site": "cross-site", "Origin": BASE},
            {"Sec-Fetch-Site": "entah"},
            {"Origin": "https://jahat.example"},
            {"Origin": "null"},
            {"Origin": "http://alur.test.jahat.example"},
            {"Origin": "http://alur.test:8080"},
            {"Origin": ""},
        ],
        ids=str,
    )
    async def test_asvs_3_5_1_another_site_s_page_changes_nothing(
        self, site: Site, home: Place, headers: dict[str, str]
    ) -> None:
        who = await home.person("operator_desa")
        for method in self.UNSAFE:
            problem(await who.ask(method, "/cases/1/transitions", headers=headers), 403, "asal_lain")
        for path in ("/auth/sign-in", "/tidak-ada"):
            problem(await site.http.post(f"/api/v1{path}", headers=headers), 403, "asal_lain")
        assert (await who.ask("GET", "/me", headers=headers)).status_code == 200, "a look changes nothing"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec-Fetch-Site": "same-origin", "Origin": BASE},
            {"Sec-Fetch-Site": "none"},
            {"Origin": BASE},
            {"Origin": BASE.upper()},
        ],
        ids=str,
    )
    async def test_our_own_page_and_programs_pass(self, home: Place, headers: dict[str, str]) -> None:
        who = await home.person("operator_desa")
        answer = await who.ask("POST", "/households/search", json={"name": "tidak ada"}, headers=headers)
        assert done(answer) == {"households": []}

    async def test_behind_a_proxy_our_page_has_the_public_address(self, shared: str, home: Place) -> None:
        who = await home.person("operator_desa")
        async with running(settings(shared, public_url="https://alur.example.go.id")) as made:
            other = Caller(made.http, who.session)
            for origin, status in (("https://alur.example.go.id", 200), ("https://alur.example.go.id.x", 403)):
                answer = await other.ask(
                    "POST", "/households/search", json={"name": "siapa"}, headers={"Origin": origin}
                )
                assert answer.status_code == status

    async def test_no_other_site_may_read_an_answer(self, site: Site) -> None:
        asked = {"Origin": "https://jahat.example", "Access-Control-Request-Method": "POST"}
        for method in ("OPTIONS", "GET"):
            answer = await site.http.request(method, "/api/v1/me", headers=asked)
            assert not [name for name in answer.headers if name.startswith("access-control-")]


async def parts(size: int, asked: list[int]) -> AsyncIterator[bytes]:
    """A body of some size that announces nothing, noting how much of it was asked for."""
    for _ in range(size // 65536 + 1):
        asked.append(65536)
        yield b" " * 65536


class TestBodies:
    @pytest.mark.parametrize("path", ["/auth/sign-in", "/imports", "/cases/transitions", "/accounts/import"])
    async def test_a_stranger_sends_no_more_than_a_form(self, site: Site, path: str) -> None:
        asked: list[int] = []
        answer = await site.http.post(f"/api/v1{path}", content=parts(64 * MB, asked))
        assert answer.status_code in {401, 413}, answer.text
        assert sum(asked) <= 256 * 1024
        announced = await site.http.post(f"/api/v1{path}", content=b"x" * (64 * 1024 + 1))
        assert "64 KiB" in problem(announced, 413, "isi_terlalu_besar")["detail"]

    async def test_a_forged_token_is_a_stranger_s(self, site: Site) -> None:
        for token in ("x", "x.y", "Bearer", ""):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await site.http.post("/api/v1/imports", content=b"x" * 70_000, headers=headers)
            problem(answer, 413, "isi_terlalu_besar")

    @pytest.mark.parametrize("kind", ["application/json", "application/problem+json", None])
    async def test_asvs_5_2_1_json_is_read_to_the_limit_whatever_it_announces(
        self, home: Place, kind: str | None
    ) -> None:
        who = await home.person("operator_desa")
        headers = {"Content-Type": kind} if kind else {}
        asked: list[int] = []
        answer = await who.ask("POST", "/cases/transitions", content=parts(64 * MB, asked), headers=headers)
        problem(answer, 413, "isi_terlalu_besar")
        assert sum(asked) <= 9 * MB
        lying = await who.ask(
            "POST", "/cases/transitions", content=parts(64 * MB, []), headers={**headers, "Content-Length": "10"}
        )
        problem(lying, 413, "isi_terlalu_besar")

    async def test_a_bulk_of_the_largest_size_passes(self, home: Place) -> None:
        who = await home.person("operator_desa")
        body = {"trigger": "usulan.kirim", "cases": [{"id": 10**15 + n, "version": 1} for n in range(10_000)]}
        assert len(json.dumps(body)) > 400_000
        assert (await who.post("/cases/transitions", body)).status_code < 413


class TestOften:
    async def test_asvs_2_4_1_too_many_requests_of_a_session_are_told_when_to_come_again(
        self, shared: str, home: Place
    ) -> None:
        one, other = await home.person("operator_desa"), await home.person("auditor")
        async with running(settings(shared, rate_session=6)) as made:
            mine, theirs = Caller(made.http, one.session), Caller(made.http, other.session)
            assert [(await mine.get("/me")).status_code for _ in range(6)] == [200] * 6
            answer = await mine.get("/me")
            told = problem(answer, 429, "terlalu_banyak_permintaan")
            assert int(answer.headers["retry-after"]) == 10
            assert "10 detik" in told["detail"]
            assert (await theirs.get("/me")).status_code == 200, "another session is not slowed"

    async def test_whoever_has_no_token_is_counted_by_network_and_slows_nobody_who_has(
        self, shared: str, home: Place
    ) -> None:
        who = await home.person("operator_desa")
        config = settings(shared, rate_stranger=5)
        app = create_app(config)
        async with LifespanManager(app):

            def at(address: str) -> httpx.AsyncClient:
                transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
                return httpx.AsyncClient(transport=transport, base_url=BASE)

            async with at("203.0.113.7") as near, at("203.0.113.8") as same, at("203.0.114.1") as far:
                forged = {"Authorization": "Bearer x.y"}
                for _ in range(5):
                    problem(await near.get("/api/v1/me", headers=forged), 401)
                problem(await near.get("/api/v1/me"), 429)
                problem(await same.get("/api/v1/me"), 429)
                problem(await far.get("/api/v1/me"), 401)
                assert (await near.get("/api/v1/me", headers=who.token)).status_code == 200

    async def test_a_network_is_counted_whatever_sessions_it_has(self, shared: str, home: Place) -> None:
        one, other = await home.person("operator_desa"), await home.person("auditor")
        async with running(settings(shared, rate_network=4)) as made:
            both = [Caller(made.http, who.session) for who in (one, other)]
            assert [(await who.get("/me")).status_code for who in both for _ in range(2)] == [200] * 4
            problem(await both[0].get("/me"), 429)

    async def test_health_is_told_to_everybody_always(self, shared: str) -> None:
        async with running(settings(shared, rate_network=1, rate_stranger=1)) as made:
            for path in ("/healthz", "/readyz", "/metrics"):
                assert [(await made.http.get(path)).status_code for _ in range(3)].count(429) == 0, path

    async def test_the_limits_that_are_set_by_default_are_wider_than_a_hurry(self) -> None:
        """Somebody who clicks three times a second all day, and a kabupaten's offices behind one address."""
        given = {name: field.default for name, field in type(settings("postgresql://x@y/z")).model_fields.items()}
        assert given["rate_session"] >= 3 * 60
        assert given["rate_network"] >= 10 * given["rate_session"]
        assert given["rate_stranger"] >= 600


async def test_asvs_13_3_1_no_secret_of_the_settings_is_told_to_anybody(site: Site, home: Place) -> None:
    config = site.app.state.site.settings
    values = {name: getattr(config, name) for name in type(config).model_fields}
    secrets = [value.get_secret_value() for value in values.values() if isinstance(value, SecretStr)]
    assert len(secrets) >= 4
    who = await home.person("admin_pusat")
    for path in ("/docs", "/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/me", "/api/v1/policy"):
        told = (await site.http.get(path, headers=who.token)).text
        assert [secret for secret in secrets if secret in told] == [], path


async def test_a_statement_that_never_ends_is_ended_and_the_next_one_answered(
    shared: str, home: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(conn: Conn, *_: object) -> None:
        await conn.execute("SELECT pg_sleep(60)")

    who = await home.person("auditor")
    async with running(settings(shared, statement_seconds=1)) as made:
        other = Caller(made.http, who.session)
        with monkeypatch.context() as patched:
            patched.setattr("api.routes.reference.me", slow)
            answer = await other.get("/me")
        problem(answer, 503, "basis_data_sibuk")
        assert answer.headers["retry-after"] == "2"
        assert (await other.get("/me")).status_code == 200


async def test_every_route_is_behind_the_gate(site: Site) -> None:
    """Nothing is mounted beside it: what is served is a route of ours, or what the documentation page loads."""
    beside = [route for route in site.app.routes if not isinstance(route, APIRoute) and hasattr(route, "path")]
    assert {getattr(route, "path", "") for route in beside} <= {ASSETS.rstrip("/"), "/api/v1/openapi.json"}
