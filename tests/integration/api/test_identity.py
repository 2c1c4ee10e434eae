"""Who is calling: the token names a session, and the database says the rest. Nothing in a request does."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from itsdangerous import URLSafeSerializer

from api.tokens import sign
from tests.integration.api.kit import PUBLIC, SECRET, Caller, Place, Site, done, problem, routes

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILE = {"files": {"file": ("a.csv", b"", "text/csv")}, "data": {"region": "32"}}
NEW_FAMILY = {
    "no_kk": "3204050101260009",
    "region": 3204052001,
    "alamat": "Jl. Melati 1",
    "rt": "001",
    "rw": "002",
    "members": [
        {"nik": "3204050505900009", "nama": "Asep", "tanggal_lahir": "1990-05-05", "jenis_kelamin": 1, "hubungan": 1}
    ],
}
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/imports": FILE,
    "/api/v1/cases/transitions": {"json": {"trigger": "usulan.kirim", "cases": [{"id": 1}]}},
    "/api/v1/cases/transitions/preview": {"json": {"trigger": "usulan.kirim", "cases": [1]}},
    "/api/v1/cases/1/transitions": {"json": {"trigger": "usulan.kirim"}},
    "/api/v1/cases/1/facts": {"json": {"evidence": {"ktp": 1}}},
    "/api/v1/objections": {"json": {"kind": "SANGGAH_DESIL"}},
    "/api/v1/households": {"json": NEW_FAMILY},
    "/api/v1/households/1": {"json": {"version": 1}},
    "/api/v1/households/1/proposals": {"json": {"kind": "MENINGGAL", "members": [1], "died_on": "03-11-2026"}},
    "/api/v1/households/1/accounts": {"json": {"bank": "BRI", "number": "0123456789"}},
    "/api/v1/proposals": {"json": {"family": {"no_kk": "3204050101260009"}, "members": [{"nik": "3204050505900009"}]}},
    "/api/v1/cases/1/comments": {"json": {"text": "Menunggu KK baru"}},
    "/api/v1/batches": {"json": {"kind": "tahap", "region": 3204, "programme": "PKH", "period": 202604}},
    "/api/v1/approvals/1/decisions": {"json": {"verdict": "setuju"}},
    "/api/v1/notices/dead/resend": {"json": {"ids": [1]}},
    "/api/v1/cycles": {
        "json": {"mulai": "2027-02-01", "selesai": "2027-04-30", "surat_edaran": {"nomor": "1"}, "reason": "uji"}
    },
    "/api/v1/cycles/handover": {"json": {"officer": "petugas", "reason": "uji"}},
    "/api/v1/cycles/villages/1/sample": {"json": {"checked": [{"visit": 1}]}},
    "/api/v1/calendar/holidays/1/withdrawal": {"json": {"decree": "SE 1/2026", "reason": "dicabut"}},
    "/api/v1/calendar/extensions": {
        "json": {"step": "kirim", "region": 3204, "first_day": "2026-12-15", "last_day": "2026-12-16"}
        | {"decree": "SE 1/2026", "reason": "banjir"}
    },
    "/api/v1/calendar/extensions/1/withdrawal": {"json": {"decree": "SE 1/2026", "reason": "dicabut"}},
    "/api/v1/auth/switch": {"json": {"assignment": 1}},
    "/api/v1/auth/tokens": {"json": {"name": "x", "assignment": 1, "days": 1, "password": "x"}},
    "/api/v1/auth/password": {"json": {"password": "x", "new": "x"}},
    "/api/v1/auth/factors/totp": {"json": {"password": "x"}},
    "/api/v1/auth/factors/totp/confirm": {"json": {"pending": "00", "code": "123456"}},
    "/api/v1/auth/factors/telegram": {"json": {"password": "x"}},
    "/api/v1/auth/factors/totp/remove": {"json": {"password": "x"}},
    "/api/v1/auth/recovery-codes": {"json": {"password": "x"}},
    "/api/v1/accounts": {"json": {"nik": "3204050101800001", "name": "Asep", "role": "kades"}},
    "/api/v1/accounts/1/close": {"json": {"reason": "tidak aktif"}},
    "/api/v1/accounts/1/open": {"json": {"reason": "aktif lagi"}},
    "/api/v1/assignments/1/end": {"json": {"reason": "pindah tugas"}},
    "/api/v1/role-requests/1/refuse": {"json": {"reason": "salah orang"}},
    "/api/v1/delegations": {"json": {"assignment": 1, "to": 2, "valid_to": "2027-01-01T00:00:00Z", "reason": "cuti"}},
    "/api/v1/delegations/1/end": {"json": {"reason": "kembali"}},
    "/api/v1/handovers": {"json": {"receiver": 2, "reason": "pindah tugas"}},
    "/api/v1/handovers/1/refuse": {"json": {"reason": "penuh"}},
    "/api/v1/handovers/1/withdraw": {"json": {"reason": "batal"}},
    "/api/v1/households/1/numbers": {"json": {"purpose": "VERIFIKASI", "words": "uji"}},
    "/api/v1/demo/clock": {"json": {"to": "2027-01-01T00:00:00Z"}},
}
OPEN_TO_ALL = {"/healthz", "/readyz", "/metrics", *PUBLIC}


async def call(site: Site, method: str, path: str, *, token: Mapping[str, str], whole: bool) -> int:
    """Call a route with ids that fit, and with a whole body or an empty one; return the status."""
    filled = re.sub(r"{\w+}", "1", path).replace("regions/1", "regions/32").replace("factors/1", "factors/totp")
    filled = filled.replace("documents/1.pdf", "documents/sk.pdf")
    more = {} if method == "GET" else BODIES.get(filled, {"json": {}}) if whole else {"json": {}}
    params = {"q": "Soreang", "kind": "ktp"} if whole else {}
    answer = await site.http.request(method, filled, headers=token, params=params, **more)
    if answer.status_code == 401:
        problem(answer, 401, "sesi_berakhir")
        assert answer.headers["www-authenticate"] == "Bearer"
    return answer.status_code


class TestWithoutASession:
    @pytest.mark.parametrize("whole", [True, False], ids=["whole requests", "empty requests"])
    async def test_every_route_but_the_open_ones_refuses_a_caller_without_a_token(
        self, site: Site, whole: bool
    ) -> None:
        told = {(method, path): await call(site, method, path, token={}, whole=whole) for method, path in routes(site)}
        assert {path for (_, path), status in told.items() if status != 401} == OPEN_TO_ALL
        assert len(told) > 25

    async def test_every_route_refuses_a_token_whose_session_was_revoked(self, place: Place, site: Site) -> None:
        who = await place.person("auditor", "dicabut")
        await place.world.admin.execute("UPDATE session SET revoked_at = now() WHERE id = %s", (who.session,))
        told = {
            (method, path): await call(site, method, path, token=who.token, whole=True) for method, path in routes(site)
        }
        assert {path for (_, path), status in told.items() if status != 401} == OPEN_TO_ALL

    @pytest.mark.parametrize(
        "ended",
        [
            pytest.param("UPDATE session SET expires_at = now() WHERE id = %(session)s", id="expired"),
            pytest.param("UPDATE session SET revoked_at = now() WHERE id = %(session)s", id="revoked"),
            pytest.param(
                "UPDATE assignment a SET valid_to = alur_now() FROM session s "
                "WHERE s.assignment_id = a.id AND s.id = %(session)s",
                id="assignment lapsed",
            ),
            pytest.param(
                "UPDATE assignment a SET valid_from = alur_now() + interval '1 day' FROM session s "
                "WHERE s.assignment_id = a.id AND s.id = %(session)s",
                id="assignment not begun",
            ),
            pytest.param(
                "UPDATE account_user u SET active = false FROM session s JOIN assignment a ON a.id = s.assignment_id "
                "WHERE u.id = a.user_id AND s.id = %(session)s",
                id="account closed",
            ),
        ],
    )
    @pytest.mark.parametrize(
        "path",
        ["/me", "/machines", "/regions/32", "/policy", "/cases", "/households/9", "/imports/9", "/funds"],
    )
    async def test_a_session_that_does_not_live_is_refused_at_once_and_everywhere(
        self, place: Place, ended: str, path: str
    ) -> None:
        who = await place.person("verifikator_kab")
        assert (await who.get(path)).status_code in {200, 404}
        await place.world.admin.execute(ended, {"session": who.session})
        problem(await who.get(path), 401, "sesi_berakhir")
        problem(await who.search(name="tidak"), 401, "sesi_berakhir")
        problem(await who.move(1, "usulan.kirim"), 401, "sesi_berakhir")
        problem(await who.move(1, "usulan.kirim", key="kunci"), 401, "sesi_berakhir")

    async def test_a_session_that_never_was_is_refused(self, site: Site) -> None:
        problem(await Caller(site.http, uuid4()).get("/me"), 401, "sesi_berakhir")


class TestForgedTokens:
    @pytest.mark.parametrize(
        "forge",
        [
            pytest.param(lambda good: sign(good, "rahasia lain"), id="another secret"),
            pytest.param(lambda good: sign(good, ""), id="an empty secret"),
            pytest.param(lambda good: str(URLSafeSerializer(SECRET).dumps(good.hex)), id="another salt"),
            pytest.param(lambda good: sign(good, SECRET)[:-1], id="cut short"),
            pytest.param(lambda good: sign(good, SECRET) + "A", id="grown"),
            pytest.param(lambda good: sign(good, SECRET).partition(".")[0], id="unsigned"),
            pytest.param(str, id="the session itself"),
            pytest.param(
                lambda good: base64.urlsafe_b64encode(json.dumps(good.hex).encode()).decode() + ".x", id="made by hand"
            ),
            pytest.param(lambda good: sign(good, SECRET).swapcase(), id="other case"),
            pytest.param(lambda _: "", id="nothing"),
            pytest.param(lambda _: "a b c", id="words"),
            pytest.param(lambda _: "." * 5000, id="dots"),
        ],
    )
    async def test_a_token_that_we_did_not_sign_is_refused(self, home: Place, site: Site, forge: object) -> None:
        who = await home.person("auditor")
        assert callable(forge)
        answer = await site.http.get("/api/v1/me", headers={"Authorization": f"Bearer {forge(who.session)}"})
        problem(answer, 401, "sesi_berakhir")

    @pytest.mark.parametrize("what", [7, None, ["x"], {"session": "x"}, "bukan uuid", ""])
    async def test_a_token_we_signed_over_something_else_is_refused(self, site: Site, what: object) -> None:
        token = str(URLSafeSerializer(SECRET, salt="alur.session").dumps(what))
        problem(await site.http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}), 401, "sesi_berakhir")

    @pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
    async def test_a_good_token_under_another_scheme_is_refused(self, home: Place, site: Site, scheme: str) -> None:
        who = await home.person("auditor")
        header = {"Authorization": f"{scheme} {sign(who.session, SECRET)}".strip()}
        problem(await site.http.get("/api/v1/me", headers=header), 401, "sesi_berakhir")

    async def test_a_token_is_taken_from_the_header_only(self, home: Place, site: Site) -> None:
        who = await home.person("auditor")
        token = sign(who.session, SECRET)
        elsewhere = {"Cookie": f"token={token}; Authorization=Bearer {token}", "X-Authorization": f"Bearer {token}"}
        params = {"token": token, "access_token": token}
        problem(await site.http.get("/api/v1/me", headers=elsewhere, params=params), 401)


class TestTheTokenDecides:
    async def test_who_i_am_is_told_as_the_database_knows_it(self, place: Place) -> None:
        who = await place.person("verifikator_kab")
        told = done(await who.get("/me"))
        assert told["username"] == who.name
        assert (told["role"], told["scope"]) == ("verifikator_kab", "region_4")
        assert (told["lo"], told["hi"]) == (place.kabupaten * 10**6, place.kabupaten * 10**6 + 10**6 - 1)

    async def test_nothing_in_a_request_makes_the_caller_somebody_else(self, place: Place) -> None:
        who = await place.person("operator_desa")
        boss = await place.person("kepala_dinas")
        claims = {
            "X-User": boss.name,
            "X-Username": boss.name,
            "X-Role": "kepala_dinas",
            "X-Session": str(boss.session),
            "X-Forwarded-User": boss.name,
            "Cookie": f"session={boss.session}; role=kepala_dinas",
        }
        params = {"role": "kepala_dinas", "user": boss.name, "session": str(boss.session), "lo": 0, "hi": 9_999_999_999}
        plain = done(await who.get("/me"))
        told = done(await who.ask("GET", "/me", headers=claims, params=params))
        assert {**told, "now": 0} == {**plain, "now": 0}

    @pytest.mark.parametrize("claim", ["role", "user", "user_id", "actor", "session", "region", "approval", "batch"])
    async def test_a_body_that_names_a_person_role_or_scope_is_refused_whole(self, place: Place, claim: str) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        answer = await who.post(f"/cases/{case}/transitions", {"trigger": "usulan.kirim_cek", claim: 1})
        assert problem(answer, 422, "isian_salah")["fields"][0]["field"] == f"body.{claim}"
        assert await place.world.state(case) == "draf"

    async def test_the_act_is_signed_with_the_person_and_role_behind_the_token(self, place: Place) -> None:
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        moved = done(
            await who.ask(
                "POST",
                f"/cases/{case}/transitions",
                json={"trigger": "usulan.kirim_cek"},
                headers={"X-User": "1", "X-Role": "sistem"},
                params={"role": "sistem", "actor": 1},
            ),
            201,
        )
        row = await place.row(
            "SELECT a.actor, r.id FROM act a JOIN role r ON r.code = a.role WHERE a.id = %s", moved["act"]
        )
        assert row == {"actor": who.user, "id": "operator_desa"}

    async def test_the_same_person_in_two_roles_is_two_tokens(self, place: Place) -> None:
        one = await place.person("operator_desa", "rangkap")
        two = await place.person("kades", "rangkap")
        first, second = done(await one.get("/me")), done(await two.get("/me"))
        assert first["user_id"] == second["user_id"]
        assert (first["role"], second["role"]) == ("operator_desa", "kades")

    async def test_one_request_leaves_nothing_to_the_next_on_the_same_connection(self, place: Place) -> None:
        mine = await place.person("operator_desa")
        theirs = await place.person("operator_desa", "jauh", region=place.far)
        [case] = await place.drafts(mine)
        for _ in range(5):
            assert done(await mine.get(f"/cases/{case}"))["id"] == case
            problem(await theirs.get(f"/cases/{case}"), 404)
