"""Delegation over HTTP: who may name whom, for how long, who confirms, and what signing in offers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from models.user.commands import Scope
from tests.integration.access.kit import Access, Person, attempt, bearer, sign_in
from tests.integration.api.kit import done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

KAB, VILLAGE, OTHER_VILLAGE, KECAMATAN = 3204, 3204052001, 3204052002, 320405


def until(days: int = 20) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def asked(assignment: int, to: int, **more: Any) -> dict[str, Any]:
    return {"assignment": assignment, "to": to, "valid_to": until(), "reason": "Cuti melahirkan"} | more


@pytest_asyncio.fixture(loop_scope="session")
async def http(access: Access) -> httpx.AsyncClient:
    return access.client()


class Office:
    """Two verifikator of one kabupaten, the first signed in."""

    def __init__(self, access: Access, http: httpx.AsyncClient) -> None:
        self.access, self.http = access, http
        self.giver = access.person(("verifikator_kab", Scope(region=KAB)), name="Ani")
        self.colleague = access.person(("verifikator_kab", Scope(region=KAB)), name="Budi")

    async def token(self, person: Person, assignment: int | None = None) -> dict[str, str]:
        return bearer(await sign_in(self.access, self.http, person, assignment=assignment))

    async def delegated(self, **more: Any) -> int:
        body = asked(self.giver.assignments[0], self.colleague.user, **more)
        answer = await self.http.post("/delegations", json=body, headers=await self.token(self.giver))
        made: int = done(answer, 201)["delegation"]
        return made


@pytest.fixture
def office(access: Access, http: httpx.AsyncClient) -> Office:
    return Office(access, http)


async def test_signing_in_offers_what_was_delegated_and_says_for_whom(office: Office) -> None:
    delegation = await office.delegated()
    held = await attempt(office.access, office.http, office.colleague)
    answer = await office.http.post("/auth/session", json={"attempt": held, "assignment": delegation})
    header = bearer(done(answer, 201))
    me = done(await office.http.get("/me", headers=header))
    assert (me["user_id"], me["role"], me["behalf"]) == (office.colleague.user, "verifikator_kab", "Ani")
    chosen = done(await office.http.get("/auth/assignments", headers=header))["assignments"]
    assert {(row["id"], row["behalf"]) for row in chosen} == {
        (office.colleague.assignments[0], None),
        (delegation, "Ani"),
    }
    sessions = done(await office.http.get("/auth/sessions", headers=header))["sessions"]
    assert [row["behalf"] for row in sessions if row["here"]] == ["Ani"]
    assert ("delegasi_dibuat", "Cuti melahirkan") in office.access.events(office.colleague.user)
    assert ("delegasi_dibuat", "Cuti melahirkan") in office.access.events(office.giver.user)


@pytest.mark.parametrize("who", ["giver", "colleague"])
async def test_either_ends_it_and_its_sessions_are_over(office: Office, who: str) -> None:
    delegation = await office.delegated()
    acting = await office.token(office.colleague, delegation)
    done(await office.http.get("/me", headers=acting))
    ender = await office.token(getattr(office, who))
    done(await office.http.post(f"/delegations/{delegation}/end", json={"reason": "Kembali"}, headers=ender))
    problem(await office.http.get("/me", headers=acting), 401)
    again = await office.http.post(f"/delegations/{delegation}/end", json={"reason": "Kembali"}, headers=ender)
    problem(again, 404, "delegasi_tidak_ditemukan")
    listed = done(await office.http.get("/delegations", headers=ender))["delegations"]
    assert [(row["delegation"], row["state"]) for row in listed] == [(delegation, "berakhir")]


async def test_closing_the_account_or_ending_the_role_ends_it_for_good(office: Office) -> None:
    admin = office.access.person(("admin_kab", Scope(region=KAB)))
    header = await office.token(admin)
    for path, reopen in (
        (f"/accounts/{office.giver.user}/close", f"/accounts/{office.giver.user}/open"),
        (f"/assignments/{office.giver.assignments[0]}/end", None),
    ):
        delegation = await office.delegated()
        acting = await office.token(office.colleague, delegation)
        done(await office.http.post(path, json={"reason": "Mutasi"}, headers=header))
        problem(await office.http.get("/me", headers=acting), 401)
        if reopen:
            done(await office.http.post(reopen, json={"reason": "Keliru"}, headers=header))
            problem(await office.http.get("/me", headers=acting), 401)


async def test_it_is_passed_to_nobody_and_to_no_program(office: Office) -> None:
    delegation = await office.delegated()
    third = office.access.person(("verifikator_kab", Scope(region=KAB)))
    for header in (await office.token(office.colleague), await office.token(office.colleague, delegation)):
        answer = await office.http.post("/delegations", json=asked(delegation, third.user), headers=header)
        problem(answer, 403, "delegasi_lanjutan")
        original = asked(office.giver.assignments[0], third.user)
        problem(await office.http.post("/delegations", json=original, headers=header), 404, "delegasi_tidak_ditemukan")
    body = {"password": "lampu kapas sungai terbit", "name": "server", "assignment": delegation, "days": 3}
    answer = await office.http.post("/auth/tokens", json=body, headers=await office.token(office.colleague))
    problem(answer, 422, "wilayah_kerja_bukan_milik")


async def test_whoever_could_not_hold_the_role_does_not_stand_in(access: Access, office: Office) -> None:
    header = await office.token(office.giver)
    unfit = {
        "another kabupaten": ("verifikator_kab", Scope(region=3205)),
        "a village": ("operator_desa", Scope(region=VILLAGE)),
        "a kecamatan": ("operator_kecamatan", Scope(region=KECAMATAN)),
        "the administrator": ("admin_kab", Scope(region=KAB)),
        "the province": ("dinsos_provinsi", Scope(region=32)),
        "the centre": ("pusdatin", Scope()),
        "an auditor": ("auditor", Scope()),
        "a citizen": ("warga", Scope(household=1)),
    }
    people = {name: access.person(role) for name, role in unfit.items()}
    people["himself"] = office.giver
    people["both hands"] = access.person(("verifikator_kab", Scope(region=KAB)), ("admin_kab", Scope(region=3205)))
    for name, somebody in people.items():
        body = asked(office.giver.assignments[0], somebody.user)
        answer = await office.http.post("/delegations", json=body, headers=header)
        assert problem(answer, 403)["code"] == "delegasi_tidak_layak", name
    params = {"assignment": office.giver.assignments[0]}
    choices = done(await office.http.get("/delegations/colleagues", params=params, headers=header))["colleagues"]
    listed = {row["account"] for row in choices}
    assert office.colleague.user in listed
    assert not listed & {somebody.user for somebody in people.values()}


@pytest.mark.parametrize(
    ("role", "scope", "other", "its", "fits"),
    [
        ("kades", Scope(region=VILLAGE), "operator_desa", Scope(region=VILLAGE), True),
        ("kades", Scope(region=VILLAGE), "operator_desa", Scope(region=OTHER_VILLAGE), True),
        ("kades", Scope(region=VILLAGE), "operator_desa", Scope(region=5171012001), False),
        ("pendamping", Scope(region=KAB), "pendamping", Scope(region=KAB), True),
        ("pendamping", Scope(region=KAB), "pendamping", Scope(region=3205), False),
        ("pendamping", Scope(region=KAB), "kades", Scope(region=VILLAGE), False),
        ("pendamping", Scope(region=KAB), "verifikator_kab", Scope(region=KAB), False),
        ("kepala_dinas", Scope(region=KAB), "verifikator_kab", Scope(region=KAB), True),
        ("kepala_dinas", Scope(region=KAB), "pendamping", Scope(region=KAB), False),
        ("dinsos_provinsi", Scope(region=32), "dinsos_provinsi", Scope(region=32), True),
        ("dinsos_provinsi", Scope(region=32), "dinsos_provinsi", Scope(region=51), False),
        ("menteri", Scope(), "pusdatin", Scope(), True),
        ("menteri", Scope(), "kpa", Scope(programme="PKH"), False),
        ("kpa", Scope(programme="PKH"), "direktorat", Scope(programme="PKH"), True),
        ("kpa", Scope(programme="PKH"), "kpa", Scope(programme="SEMBAKO"), False),
        ("bank", Scope(organisation="BRI"), "bank", Scope(organisation="BRI"), True),
        ("bank", Scope(organisation="BRI"), "bank", Scope(organisation="BNI"), False),
        ("bank", Scope(organisation="BRI"), "pusdatin", Scope(), False),
        ("auditor", Scope(), "auditor", Scope(), True),
        ("auditor", Scope(), "pusdatin", Scope(), False),
        ("pusdatin", Scope(), "auditor", Scope(), False),
    ],
)
async def test_level_region_and_organisation_must_fit(
    access: Access, http: httpx.AsyncClient, role: str, scope: Scope, other: str, its: Scope, fits: bool
) -> None:
    giver, colleague = access.person((role, scope)), access.person((other, its))
    header = bearer(await sign_in(access, http, giver))
    answer = await http.post("/delegations", json=asked(giver.assignments[0], colleague.user), headers=header)
    if fits:
        done(answer, 201)
    else:
        problem(answer, 403, "delegasi_tidak_layak")


@pytest.mark.parametrize("role", ["admin_kab", "admin_provinsi", "admin_pusat", "warga"])
async def test_some_roles_are_delegated_to_nobody(access: Access, http: httpx.AsyncClient, role: str) -> None:
    scope = {"admin_kab": Scope(region=KAB), "admin_provinsi": Scope(region=32), "warga": Scope(household=1)}
    giver, colleague = [access.person((role, scope.get(role, Scope()))) for _ in range(2)]
    header = bearer(await sign_in(access, http, giver))
    answer = await http.post("/delegations", json=asked(giver.assignments[0], colleague.user), headers=header)
    problem(answer, 403, "peran_tidak_didelegasikan")


async def test_dates_are_bounded(office: Office) -> None:
    header = await office.token(office.giver)

    async def refused(code: str, status: int = 422, **more: Any) -> None:
        body = asked(office.giver.assignments[0], office.colleague.user, **more)
        problem(await office.http.post("/delegations", json=body, headers=header), status, code)

    await refused("masa_delegasi", valid_to=until(-1))
    await refused("masa_delegasi", valid_to=until(91))
    await refused("masa_delegasi", valid_from=until(10), valid_to=until(5))
    await office.delegated(valid_from=until(5), valid_to=until(10))
    await refused("delegasi_sudah_ada", 409, valid_to=until(6))
    await refused("delegasi_sudah_ada", 409, valid_from=until(9), valid_to=until(20))
    await office.delegated(valid_from=until(11), valid_to=until(20))
    office.access.owner.execute(
        "UPDATE assignment SET valid_to = alur_now() + interval '30 days' WHERE id = %s", (office.giver.assignments[0],)
    )
    await refused("masa_delegasi", valid_from=until(25), valid_to=until(40))


async def test_two_at_once_for_one_assignment_are_one(office: Office) -> None:
    header = await office.token(office.giver)
    others = [office.access.person(("verifikator_kab", Scope(region=KAB))) for _ in range(4)]
    answers = await asyncio.gather(
        *(
            office.http.post("/delegations", json=asked(office.giver.assignments[0], other.user), headers=header)
            for other in others
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_what_an_administrator_asks_waits_for_the_head(office: Office) -> None:
    """One administrator alone gives nobody a hand on cases, not by way of somebody's leave either."""
    admin = await office.token(office.access.person(("admin_kab", Scope(region=KAB))))
    head = await office.token(office.access.person(("kepala_dinas", Scope(region=KAB))))
    foreign = await office.token(office.access.person(("admin_kab", Scope(region=3205))))
    body = asked(office.giver.assignments[0], office.colleague.user)
    problem(await office.http.post("/delegations", json=body, headers=foreign), 404, "delegasi_tidak_ditemukan")
    told = done(await office.http.post("/delegations", json=body, headers=admin), 201)
    assert told["delegation"] is None
    mine = await office.token(office.giver)
    assert done(await office.http.get("/delegations", headers=mine))["delegations"] == []
    waiting = done(await office.http.get("/role-requests", headers=head))["requests"]
    (request,) = [row for row in waiting if row["request"] == told["request"]]
    assert (request["behalf"], request["why"]) == ("Ani", "Cuti melahirkan")
    done(await office.http.post(f"/role-requests/{told['request']}/confirm", headers=head))
    (made,) = done(await office.http.get("/delegations", headers=mine))["delegations"]
    assert made in done(await office.http.get("/delegations", headers=admin))["delegations"]
    assert (made["giver"], made["delegate"], made["state"]) == (office.giver.user, office.colleague.user, "aktif")
    acting = await office.token(office.colleague, made["delegation"])
    assert done(await office.http.get("/me", headers=acting))["behalf"] == "Ani"


async def test_the_head_confirms_no_stand_in_for_himself_and_none_that_came_too_late(office: Office) -> None:
    admin = await office.token(office.access.person(("admin_kab", Scope(region=KAB))))
    head = office.access.person(("kepala_dinas", Scope(region=KAB)))
    to_head = done(
        await office.http.post("/delegations", json=asked(office.giver.assignments[0], head.user), headers=admin), 201
    )
    header = await office.token(head)
    answer = await office.http.post(f"/role-requests/{to_head['request']}/confirm", headers=header)
    problem(answer, 409, "konfirmasi_orang_lain")
    asked_late = asked(office.giver.assignments[0], office.colleague.user)
    late = done(await office.http.post("/delegations", json=asked_late, headers=admin), 201)
    await office.delegated()
    answer = await office.http.post(f"/role-requests/{late['request']}/confirm", headers=header)
    problem(answer, 409, "pengganti_tidak_berlaku")


async def test_a_stand_in_does_not_confirm_what_the_other_may_not(office: Office) -> None:
    """The head's stand-in is both of them: neither role for the head himself nor for the stand-in is confirmed."""
    head = office.access.person(("kepala_dinas", Scope(region=KAB)))
    body = asked(head.assignments[0], office.colleague.user)
    made = done(await office.http.post("/delegations", json=body, headers=await office.token(head)), 201)
    acting = await office.token(office.colleague, made["delegation"])
    for somebody, expected in ((head, 409), (office.colleague, 409), (office.giver, 200)):
        request = office.access.value(
            "INSERT INTO assignment_request (user_id, role, lo, hi, valid_from, made_by, made_at) "
            "SELECT %s, code, 3204000000, 3204999999, alur_now(), %s, alur_now() FROM role "
            "WHERE id = 'pengisi_data_kab' RETURNING id",
            somebody.user,
            office.access.person(("admin_kab", Scope(region=KAB))).user,
        )
        answer = await office.http.post(f"/role-requests/{request}/confirm", headers=acting)
        assert answer.status_code == expected, answer.text
