"""Who may give which role where: every role, by every administrator, inside and outside his scope."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest

from models.database import connect
from models.errors import AlurError
from models.install import role_dsn
from models.staff.commands import propose
from models.staff.rules import Proposal
from models.user.commands import Scope, make_session
from state_machines.vocabulary import ROLES
from tests.integration.access.kit import KEYS, Access, Person, bearer, show, sign_in
from tests.integration.api.kit import done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

_numbers = count(1)
DIGITS = {"region_10": 10, "region_6": 6, "region_4": 4, "region_2": 2, "assigned_families": 4}
HOME, NEAR, FAR = "3204052001", "3204062001", "5171012001"
"""A village; one of another kecamatan in the same kabupaten; one of another province."""
ADMIN = {role.id: role.admin for role in ROLES}


def nik() -> str:
    return f"320405010190{next(_numbers):04d}"


def scope_of(role: Any, village: str) -> dict[str, Any]:
    """Return the scope of a role as a proposal names it, at a village or what contains it."""
    if role.scope in DIGITS:
        return {"region": int(village[: DIGITS[role.scope]])}
    if role.scope == "programme":
        return {"programme": "PKH"}
    if role.scope == "own_files":
        return {"organisation": {"bank": "BRI", "pos": "POS", "kppn": "KPPN"}[role.id]}
    return {}


def session_of(access: Access, role: Any) -> UUID:
    """Return a session of somebody in a role over the home village."""
    told = scope_of(role, HOME)
    person = access.person((role.id, Scope(told.get("region"), told.get("programme"), told.get("organisation"))))
    return make_session(access.owner, person.assignments[0], days=1)


async def test_every_role_gives_only_what_is_of_its_level_and_in_its_region(access: Access) -> None:
    """23 holders × 23 roles × three places: the answer follows from the table of roles and the codes alone."""
    holders = [role for role in ROLES if role.scope not in {"none", "own_nik"}]
    conn = await connect(role_dsn(access.dsn, "alur_api"))
    wrong = []
    try:
        for holder in holders:
            session = session_of(access, holder)
            for role in ROLES:
                for village in (HOME, NEAR, FAR):
                    asked = Proposal(nik(), "Uji Coba", role.id, **scope_of(role, village))
                    try:
                        await propose(conn, KEYS, session, asked)
                        outcome = "dibuat"
                    except AlurError as error:
                        outcome = error.code
                    mine = DIGITS.get(holder.scope, 0)
                    inside = holder.scope == "national" or HOME[:mine] == village[:mine]
                    if ADMIN[role.id] != holder.id:
                        expected = "peran_bukan_wewenang"
                    else:
                        expected = "dibuat" if inside else "peran_di_luar_wilayah"
                    if outcome != expected:
                        wrong.append((holder.id, role.id, village, outcome, expected))
    finally:
        await conn.close()
    assert wrong == []


async def admin_of(
    access: Access, http: httpx.AsyncClient, role: str, region: int | None
) -> tuple[Person, dict[str, str]]:
    person = access.person((role, Scope(region=region)))
    return person, bearer(await sign_in(access, http, person))


def proposal(role: str = "operator_desa", region: int | None = 3204052001, **more: Any) -> dict[str, Any]:
    return {"nik": nik(), "name": "Euis Kartini", "role": role, "region": region} | more


async def test_a_new_person_waits_for_the_head_of_the_office(access: Access) -> None:
    async with access.client() as http:
        _, admin = await admin_of(access, http, "admin_kab", 3204)
        _, kades = await admin_of(access, http, "kades", 3204052001)
        _, other = await admin_of(access, http, "kades", 3204052002)
        body = proposal()
        made = done(await http.post("/accounts", json=body, headers=admin), 201)
        assert (made["state"], made["new"]) == ("menunggu_konfirmasi", True)
        assert access.value("SELECT count(*) FROM assignment WHERE user_id = %s", made["account"]) == 0
        kept = done(await http.get("/accounts", params={"limit": 200}, headers=admin))["accounts"]
        [mine] = [row for row in kept if row["account"] == made["account"]]
        assert mine["nik"] == f"320405••••••{body['nik'][-4:]}"
        assert mine["roles"][0]["state"] == "menunggu_konfirmasi"
        waiting = done(await http.get("/role-requests", headers=kades))["requests"]
        assert [row["request"] for row in waiting if row["account"] == made["account"]] == [made["request"]]
        path = f"/role-requests/{made['request']}"
        for stranger in (admin, other):
            problem(await http.post(f"{path}/confirm", headers=stranger), 404, "peran_tidak_ditemukan")
        both = await asyncio.gather(*(http.post(f"{path}/confirm", headers=kades) for _ in range(3)))
        assert sorted(answer.status_code for answer in both) == [200, 409, 409]
        assert access.value("SELECT count(*) FROM assignment WHERE user_id = %s", made["account"]) == 1
        problem(await http.post(f"{path}/refuse", json={"reason": "salah orang"}, headers=kades), 409)
    assert [kind for kind, _ in access.events(made["account"])] == [
        "akun_dibuat", "peran_diusulkan", "peran_dikonfirmasi",
    ]  # fmt: skip


async def test_a_refused_role_is_none(access: Access) -> None:
    async with access.client() as http:
        _, admin = await admin_of(access, http, "admin_kab", 3204)
        _, kades = await admin_of(access, http, "kades", 3204052001)
        made = done(await http.post("/accounts", json=proposal(), headers=admin), 201)
        path = f"/role-requests/{made['request']}/refuse"
        done(await http.post(path, json={"reason": "bukan warga kami"}, headers=kades))
    assert access.value("SELECT count(*) FROM assignment WHERE user_id = %s", made["account"]) == 0
    assert access.events(made["account"])[-1] == ("peran_ditolak", "bukan warga kami")


async def test_whoever_proposes_at_the_centre_does_not_confirm(access: Access) -> None:
    async with access.client() as http:
        _, first = await admin_of(access, http, "admin_pusat", None)
        _, second = await admin_of(access, http, "admin_pusat", None)
        made = done(await http.post("/accounts", json=proposal("pusdatin", None), headers=first), 201)
        path = f"/role-requests/{made['request']}/confirm"
        problem(await http.post(path, headers=first), 409, "konfirmasi_orang_lain")
        done(await http.post(path, headers=second))


async def test_policy_may_ask_for_no_confirmation(access: Access) -> None:
    version = access.value(
        "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
        "SELECT max(id) + 1, alur_now(), 'Uji', '', now() FROM policy_version RETURNING id"
    )
    access.owner.execute("INSERT INTO policy VALUES ('masuk.konfirmasi@7371', %s, 'false')", (version,))
    async with access.client() as http:
        _, admin = await admin_of(access, http, "admin_kab", 7371)
        made = done(await http.post("/accounts", json=proposal(region=7371012001), headers=admin), 201)
        assert made["state"] == "dikonfirmasi"
    assert access.value("SELECT count(*) FROM assignment WHERE user_id = %s", made["account"]) == 1


async def test_nobody_raises_his_own_rights(access: Access) -> None:
    async with access.client() as http:
        admin, head = await admin_of(access, http, "admin_kab", 3204)
        problem(await http.post("/accounts", json=proposal() | {"nik": admin.nik}, headers=head), 403, "hak_sendiri")
        path = f"/accounts/{admin.user}/link"
        problem(await http.post(path, json={"reason": "untuk saya"}, headers=head), 404, "akun_tidak_ditemukan")
        path = f"/assignments/{admin.assignments[0]}/end"
        problem(await http.post(path, json={"reason": "untuk saya"}, headers=head), 404, "peran_tidak_ditemukan")


async def test_an_administrator_holds_no_role_on_cases_nor_the_other_way(access: Access) -> None:
    async with access.client() as http:
        admin, _ = await admin_of(access, http, "admin_kab", 3205)
        officer = access.person(("operator_desa", Scope(region=3205012001)))
        _, kab = await admin_of(access, http, "admin_kab", 3205)
        _, provinsi = await admin_of(access, http, "admin_provinsi", 32)
        body = proposal(region=3205012001) | {"nik": admin.nik}
        problem(await http.post("/accounts", json=body, headers=kab), 409, "peran_campur")
        body = proposal("admin_kab", 3205) | {"nik": officer.nik}
        problem(await http.post("/accounts", json=body, headers=provinsi), 409, "peran_campur")


async def test_two_administrators_who_race_cannot_mix_the_roles(access: Access) -> None:
    one = nik()
    async with access.client() as http:
        _, kab = await admin_of(access, http, "admin_kab", 3206)
        _, provinsi = await admin_of(access, http, "admin_provinsi", 32)
        answers = await asyncio.gather(
            http.post("/accounts", json=proposal(region=3206012001) | {"nik": one}, headers=kab),
            http.post("/accounts", json=proposal("admin_kab", 3206) | {"nik": one}, headers=provinsi),
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert access.value("SELECT count(*) FROM credential WHERE nik_hash = %s", KEYS.nik(one)) == 1


async def test_a_small_role_given_away_takes_no_greater_one_by_a_reset(access: Access) -> None:
    """An administrator who gives somebody of the centre a role in his kabupaten does not become his keeper."""
    great = access.person(("pusdatin", Scope()))
    async with access.client() as http:
        _, kab = await admin_of(access, http, "admin_kab", 3204)
        done(await http.post("/accounts", json=proposal() | {"nik": great.nik}, headers=kab), 201)
        for path, body in (
            (f"/accounts/{great.user}/link", {"reason": "HP hilang", "clear_factors": True}),
            (f"/accounts/{great.user}/close", {"reason": "tidak aktif"}),
        ):
            problem(await http.post(path, json=body, headers=kab), 404, "akun_tidak_ditemukan")
        _, pusat = await admin_of(access, http, "admin_pusat", None)
        done(await http.post(f"/accounts/{great.user}/link", json={"reason": "HP hilang"}, headers=pusat), 201)


async def test_accounts_are_kept_by_the_level_above_and_inside_its_region_alone(access: Access) -> None:
    officer = access.person(("operator_desa", Scope(region=3204052001)))
    keeper = access.person(("admin_kab", Scope(region=3204)))
    async with access.client() as http:
        _, home = await admin_of(access, http, "admin_kab", 3204)
        _, far = await admin_of(access, http, "admin_kab", 5171)
        _, provinsi = await admin_of(access, http, "admin_provinsi", 32)
        _, pusat = await admin_of(access, http, "admin_pusat", None)
        _, colleague = await admin_of(access, http, "operator_desa", 3204052001)
        body = {"reason": "HP hilang"}
        for who in (far, provinsi, pusat, colleague):
            problem(await http.post(f"/accounts/{officer.user}/link", json=body, headers=who), 404)
        for who in (home, far, pusat, colleague):
            problem(await http.post(f"/accounts/{keeper.user}/link", json=body, headers=who), 404)
        done(await http.post(f"/accounts/{officer.user}/link", json=body, headers=home), 201)
        done(await http.post(f"/accounts/{keeper.user}/link", json=body, headers=provinsi), 201)
        listed = done(await http.get("/accounts", params={"limit": 200}, headers=far))["accounts"]
        assert officer.user not in {row["account"] for row in listed}


async def test_roles_are_dated_and_end_when_the_administrator_says(access: Access) -> None:
    async with access.client() as http:
        _, admin = await admin_of(access, http, "admin_kab", 3204)
        _, kades = await admin_of(access, http, "kades", 3204052001)
        now: datetime = access.value("SELECT alur_now()")
        body = proposal(
            valid_from=(now + timedelta(days=3)).isoformat(), valid_to=(now + timedelta(days=9)).isoformat()
        )
        made = done(await http.post("/accounts", json=body, headers=admin), 201)
        wrong = proposal(valid_to=(now - timedelta(days=1)).isoformat())
        problem(await http.post("/accounts", json=wrong, headers=admin), 422, "masa_peran")
        done(await http.post(f"/role-requests/{made['request']}/confirm", headers=kades))
        problem(await http.post("/accounts", json=body, headers=admin), 409, "peran_sudah_ada")
        person = access.person(("operator_desa", Scope(region=3204052001)))
        opened = await sign_in(access, http, person)
        path = f"/assignments/{person.assignments[0]}/end"
        done(await http.post(path, json={"reason": "pindah tugas"}, headers=admin))
        problem(await http.get("/me", headers=bearer(opened)), 401)
        done(await http.post("/accounts", json=proposal() | {"nik": person.nik}, headers=admin), 201)
        done(await http.post(f"/accounts/{person.user}/close", json={"reason": "tidak aktif"}, headers=admin))
        problem(await show(http, person), 401, "masuk_gagal")
        done(await http.post(f"/accounts/{person.user}/open", json={"reason": "aktif lagi"}, headers=admin))
        done(await show(http, person))


async def test_events_are_seen_by_their_owner_their_keeper_and_auditors(access: Access) -> None:
    person = access.person(("operator_desa", Scope(region=3204052001)))
    stranger = access.person(("operator_desa", Scope(region=3204052001)))
    auditor = access.person(("auditor", Scope()))
    async with access.client() as http:
        _, home = await admin_of(access, http, "admin_kab", 3204)
        _, far = await admin_of(access, http, "admin_kab", 5171)
        await show(http, person, "salah sandinya ini")
        owner = bearer(await sign_in(access, http, person))

        async def seen(who: dict[str, str]) -> list[tuple[str, str | None]]:
            told = done(await http.get("/auth/events", params={"account": person.user}, headers=who))
            return [(row["kind"], row["reason"]) for row in told["events"]]

        expected = [("masuk", None), ("gagal", "sandi")]
        assert await seen(owner) == expected
        assert await seen(home) == expected
        assert await seen(bearer(await sign_in(access, http, auditor))) == expected
        assert await seen(bearer(await sign_in(access, http, stranger))) == []
        assert await seen(far) == []
        whole = await http.get("/auth/events", params={"limit": 200}, headers=owner)
        assert {row["account"] for row in done(whole)["events"]} == {person.user}
        assert person.nik not in whole.text
