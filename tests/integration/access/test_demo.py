"""The people of a demo sign in as `make run` tells: one of every role that works here."""

from __future__ import annotations

import pytest

from alur.people import demo_people, make_people, make_signins
from models.signin.rules import is_nik
from state_machines.vocabulary import ROLES
from tests.integration.access.kit import KEYS, Access, bearer
from tests.integration.api.kit import SECRET, done

pytestmark = pytest.mark.asyncio(loop_scope="session")

VILLAGES = (3204052001, 3204052002)


async def test_every_role_of_a_demo_signs_in_as_the_printed_line_says(access: Access) -> None:
    people = demo_people(VILLAGES)
    assert {role.id for role in ROLES} - {person.role for person in people} == {"warga", "sistem"}
    make_people(access.owner, people, SECRET, 1)
    signins = make_signins(access.owner, KEYS, people, "demo-0123456789ab")
    assert len({signin.nik for signin in signins}) == len(people)
    assert all(is_nik(signin.nik) and signin.nik in signin.line() for signin in signins)
    again = make_signins(access.owner, KEYS, people, "lain sama sekali")
    assert [signin.nik for signin in again] == [signin.nik for signin in signins]
    async with access.client("127.0.0.1") as http:
        for signin in signins:
            body = {"nik": signin.nik, "password": "demo-0123456789ab"}
            attempt = done(await http.post("/auth/sign-in", json=body))["attempt"]
            code = access.phone.code(str(signin.chat))
            passed = done(await http.post("/auth/code", json={"attempt": attempt, "code": code}))
            [chosen] = passed["assignments"]
            body = {"attempt": attempt, "assignment": chosen["id"]}
            opened = done(await http.post("/auth/session", json=body), 201)
            assert done(await http.get("/me", headers=bearer(opened)))["role"] == signin.person.role


async def test_the_demo_s_kabupaten_is_kept_by_its_administrator(access: Access) -> None:
    people = demo_people(VILLAGES)
    make_people(access.owner, people, SECRET, 1)
    make_signins(access.owner, KEYS, people, "demo-0123456789ab")
    keeper = make_people(access.owner, [p for p in people if p.role == "admin_kab"], SECRET, 1)["admin.kab"]
    async with access.client() as http:
        answer = await http.get("/accounts", params={"limit": 200}, headers={"Authorization": f"Bearer {keeper.token}"})
    roles = {role["role"] for row in done(answer)["accounts"] for role in row["roles"]}
    assert roles == {
        *("operator_desa", "kades", "operator_kecamatan", "pendamping", "pengisi_data_kab"),
        *("verifikator_kab", "kepala_dinas"),
    }
