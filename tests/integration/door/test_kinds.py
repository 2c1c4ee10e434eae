"""Every kind of proposal of domain section 1.4, walked through the real door to its end, and what it leaves behind.

One row per kind: the way it takes, what its proposer names, and a check of the registration, the memberships, the
payments and the register afterwards. Nothing on the way is written past the door.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.batch.commands import open_batch
from models.database import acting
from models.kepesertaan.queries import without_disbursement
from models.register.commands import save_families
from models.register.edits import edit_family
from state_machines.vocabulary import JENIS
from tests.integration.door.kit import person, replayed, rows, stand, told
from tests.integration.door.linking import CLOSED, MEMBER, states
from tests.integration.door.walking import APPROVED, DIRECT, MUSDES, PAPER, REGISTERED, Family, reason, successors, walk
from tests.support.world import DESA_LAIN, World

# -- what each kind is set up with, and what it must leave ------------------------------------------------------------


async def usual(family: Family) -> dict[str, Any]:
    """Give a family a right, a refusal, and a closed payment of the right."""
    await family.stand("pkh", MEMBER)
    await family.stand("sembako", "K01 K04", programme="SEMBAKO")
    await family.stand("dibayar", f"{CLOSED} P07 P17")
    return {}


async def untouched(family: Family, *, but: str = "") -> None:
    expected = {"pkh": "calon_penerima", "sembako": "tidak_memenuhi", "dibayar": "omspan_proses"}
    names = [name for name in expected if name not in but.split()]
    assert await family.states(*names) == [expected[name] for name in names]
    if "registrasi" not in but:
        assert await family.registered() == "ditetapkan"


async def nothing_moved(family: Family) -> None:
    await untouched(family)


async def assessed_again(family: Family) -> None:
    await untouched(family, but="sembako")
    assert await family.states("sembako") == ["dinilai"]


async def new_family(family: Family) -> dict[str, Any]:
    return {}


async def became_the_registration(family: Family) -> None:
    assert await states(family.world, family.proposal) == ["ditetapkan"]
    opened = await successors(family.world, "K01")
    assert {row["programme"] for row in opened} == {"PKH", "SEMBAKO"}
    assert {row["state"] for row in opened} == {"dinilai"}


async def above_the_limit(family: Family) -> dict[str, Any]:
    await usual(family)
    await family.world.admin.execute("UPDATE household SET desil = 5 WHERE id = %s", (family.id,))
    return {}


async def ranked(family: Family) -> None:
    """Desil 5 is above PKH's limit and within Sembako's."""
    assert await family.registered() == "ditetapkan"
    assert await family.states("pkh", "sembako") == ["keluar", "dinilai"]
    assert await family.reason("pkh") == "DESIL_NAIK"


async def split_without_payee(family: Family) -> dict[str, Any]:
    return await split(family, payee=False)


async def split_with_payee(family: Family) -> dict[str, Any]:
    return await split(family, payee=True)


async def split(family: Family, *, payee: bool) -> dict[str, Any]:
    await usual(family)
    members = await family.members()
    leaves = [member for member in members if member["pengurus"] is payee]
    operator = await person(family.world, "operator_desa")
    told = {
        "no_kk": "3204050101268888",
        "region": 3204052001,
        "alamat": "Jl. Baru 2",
        "rt": "001",
        "rw": "001",
        "kepala": leaves[0]["nama"],
        "members": [
            {
                "nik": member["nik"],
                "nama": member["nama"],
                "tanggal_lahir": str(member["tanggal_lahir"]),
                "jenis_kelamin": member["jenis_kelamin"],
                "hubungan": 1,
            }
            for member in leaves
        ],
    }
    [made] = await save_families(family.world.api, operator.session, [told], source="formulir")
    await family.account()
    family.extra = {"new": made, "left": {member["nik"] for member in leaves}}
    return {"keluarga_baru": made}


async def split_registered(family: Family) -> None:
    (opened,) = await successors(family.world, "U84")
    assert (opened["household_id"], opened["state"]) == (family.extra["new"], "ditetapkan")
    here = {member["nik"] for member in await family.members()}
    there = {member["nik"] for member in await Family(family.world, family.extra["new"]).members()}
    assert (here & family.extra["left"], there) == (set(), family.extra["left"])


async def memberships_stayed(family: Family) -> None:
    await split_registered(family)
    await untouched(family)
    assert await successors(family.world, "K03") == []


async def memberships_went_along(family: Family) -> None:
    await split_registered(family)
    await untouched(family, but="pkh")
    assert (await family.states("pkh"), await family.reason("pkh")) == (["keluar"], "PINDAH")
    (opened,) = await successors(family.world, "K03")
    assert (opened["household_id"], opened["programme"], opened["state"]) == (
        family.extra["new"],
        "PKH",
        "calon_penerima",
    )
    (account,) = await rows(family.world, "SELECT household_id, status FROM account")
    assert account == {"household_id": family.extra["new"], "status": "aktif"}
    # The payment that was closed goes on where it is: its period is not paid a second time to the same people.
    direktorat = await person(family.world, "direktorat")
    new = [family.extra["new"]]
    opened_for = {period: told((await direktorat.open("P01", new, period=period))[0]) for period in (202601, 202602)}
    assert opened_for == {202601: "sudah_ada", 202602: "dibuka"}


async def another_payee(family: Family) -> dict[str, Any]:
    await usual(family)
    await family.stand("belum", "P01", period=202602)
    await family.stand("cair", f"{CLOSED} P07 P17 P20 P25 P26 P27 P29", period=202603)
    _, second = await family.members()
    await family.account()
    return {"pengurus": second["id"]}


async def payee_changed(family: Family) -> None:
    """What is on its way into the old account turns back; what has left the treasury ends where it goes."""
    await untouched(family, but="dibayar")
    assert await family.states("dibayar", "belum", "cair") == ["susulan", "calon", "si"]
    assert [member["pengurus"] for member in await family.members()] == [False, True]
    assert [row["status"] for row in await rows(family.world, "SELECT status FROM account")] == ["tutup"]


async def open_and_closed_payment(family: Family) -> dict[str, Any]:
    await usual(family)
    await family.stand("belum", "P01", period=202602)
    return {}


async def moved(family: Family) -> None:
    """The right goes on in the new village; a payment not closed leaves, a closed one is paid once, where it is."""
    assert await family.registered() == "nonaktif"
    assert await reason(family.world, family.registration) == "PINDAH"
    (registration,) = await successors(family.world, "U84")
    assert (registration["region"], registration["state"]) == (DESA_LAIN, "ditetapkan")
    (right,) = await successors(family.world, "K03")
    assert (right["region"], right["programme"], right["state"]) == (DESA_LAIN, "PKH", "calon_penerima")
    assert await family.states("pkh", "belum", "dibayar") == ["keluar", "keluar", "omspan_proses"]
    (village,) = await rows(family.world, "SELECT region, version FROM household WHERE id = %s", (family.id,))
    assert village == {"region": DESA_LAIN, "version": 2}
    # The period it left before the closing is paid where it lives now; the closed one is paid once.
    due = [await to_pay(family.world, DESA_LAIN // 10**6, period) for period in (202601, 202602)]
    assert due == [[], [right["id"]]]


async def to_pay(world: World, kabupaten: int, period: int) -> list[int]:
    """Return the memberships for which a tahap of PKH opens disbursements."""
    system = await world.system()
    batch = await open_batch(world.worker, system, "tahap", kabupaten, "Tahap", programme="PKH", period=period)
    async with acting(world.worker, system) as seeing:
        return [row["case_id"] for row in await without_disbursement(seeing, batch)]


async def a_member_died(family: Family) -> dict[str, Any]:
    await usual(family)
    _, second = await family.members()
    return {"anggota": [second["id"]]}


async def marked_dead(family: Family) -> None:
    await untouched(family)
    assert [member["status"] for member in await family.members()] == ["hidup", "meninggal"]


async def the_payee_died(family: Family) -> dict[str, Any]:
    await usual(family)
    first, _ = await family.members()
    return {"anggota": [first["id"]]}


async def held_until_another_payee(family: Family) -> None:
    await untouched(family, but="pkh dibayar")
    assert await family.states("pkh", "dibayar") == ["ditangguhkan", "exclude"]
    assert await family.reason("pkh") == "EX_MENINGGAL"
    first, second = await family.members()
    operator = await person(family.world, "operator_desa")
    # Whoever died was the head too: the village first names the head who follows.
    heads = [{"id": first["id"], "hubungan": 8}, {"id": second["id"], "hubungan": 1}]
    await edit_family(family.world.api, operator.session, family.id, {"version": 2, "members": heads})
    await walk(family, "GANTI_PENGURUS", f"{PAPER} {APPROVED}", {"pengurus": second["id"]})
    assert await family.states("pkh", "dibayar") == ["calon_penerima", "susulan"]


async def all_died(family: Family) -> dict[str, Any]:
    await usual(family)
    return {"anggota": [member["id"] for member in await family.members()]}


async def ended_by_death(family: Family) -> None:
    assert await family.registered() == "nonaktif"
    assert await reason(family.world, family.registration) == "MENINGGAL"
    assert await family.states("pkh", "sembako") == ["keluar", "keluar"]
    assert await family.reason("pkh") == "MENINGGAL"


async def named_reason(family: Family) -> dict[str, Any]:
    await usual(family)
    return {"alasan": "GRADUASI"}


async def put_to_sleep(family: Family) -> None:
    assert await family.registered() == "nonaktif"
    assert await reason(family.world, family.registration) == "GRADUASI"
    assert await family.states("pkh", "sembako") == ["keluar", "keluar"]
    assert [await family.reason(name) for name in ("pkh", "sembako")] == ["GRADUASI", "GRADUASI"]


async def two_rights(family: Family) -> dict[str, Any]:
    await family.stand("pkh", MEMBER)
    await family.stand("sembako", MEMBER, programme="SEMBAKO")
    return {"alasan": "MUNDUR"}


async def one_right_ended(family: Family) -> None:
    assert await family.registered() == "ditetapkan"
    assert await family.states("pkh", "sembako") == ["keluar", "calon_penerima"]
    assert await family.reason("pkh") == "MUNDUR"


async def asleep(family: Family) -> dict[str, Any]:
    await family.stand("pkh", f"{MEMBER} K17")
    await (await person(family.world, "kepala_dinas")).one("U40", family.registration)
    assert await family.registered() == "nonaktif"
    return {}


async def awake(family: Family) -> None:
    assert await family.registered() == "ditetapkan"
    assert await family.states("pkh") == ["dinilai"]


async def out_of_two(family: Family) -> dict[str, Any]:
    await family.stand("pkh", f"{MEMBER} K17")
    await family.stand("sembako", f"{MEMBER} K17", programme="SEMBAKO")
    return {}


async def one_right_back(family: Family) -> None:
    assert await family.registered() == "ditetapkan"
    assert await family.states("pkh", "sembako") == ["dinilai", "keluar"]


async def opened_for_one_programme(family: Family) -> None:
    opened = {row["programme"]: row["state"] for row in await successors(family.world, "K01")}
    assert opened == {"PKH": "calon_penerima", "SEMBAKO": "tidak_memenuhi", "PBI_JK": "dinilai"}
    await untouched(family)


async def a_pregnancy(family: Family) -> dict[str, Any]:
    await usual(family)
    [woman] = [member for member in await family.members() if member["jenis_kelamin"] == 2]
    family.extra = {"woman": woman["id"]}
    return {"anggota": [woman["id"]], "perkiraan_lahir": "2027-03-01"}


async def counted_as_pregnant(family: Family) -> None:
    await assessed_again(family)
    [woman] = [member for member in await family.members() if member["hamil"]]
    assert (woman["id"], woman["variables"]) == (family.extra["woman"], {"perkiraan_lahir": "2027-03-01"})
    # A list that tells of her again keeps the day; it goes with the pregnancy, and when she expects another child.
    await family.world.travel(datetime(2027, 4, 1, tzinfo=UTC))
    assert await listed(family, hamil=True) == {"perkiraan_lahir": "2027-03-01"}
    await family.world.travel(datetime(2028, 1, 1, tzinfo=UTC))
    assert await listed(family, hamil=True) == {}
    assert await listed(family, hamil=True, variables={"perkiraan_lahir": "2028-06-01"}) != {}
    assert await listed(family, hamil=False) == {}


async def listed(family: Family, **more: Any) -> dict[str, Any]:
    """Let a village's list tell of the family with its woman as told; return her answers afterwards."""
    (village,) = await rows(family.world, "SELECT to_jsonb(h) AS told FROM household h WHERE id = %s", (family.id,))
    members = [
        {
            name: str(value) if isinstance(value, date) else value
            for name, value in member.items()
            if name != "variables"
        }
        | (more if member["id"] == family.extra["woman"] else {})
        for member in await family.members()
    ]
    operator = await person(family.world, "operator_desa")
    await save_families(family.world.api, operator.session, [village["told"] | {"members": members}], source="impor")
    [woman] = [member for member in await family.members() if member["id"] == family.extra["woman"]]
    answers: dict[str, Any] = woman["variables"]
    return answers


async def a_disability(family: Family) -> dict[str, Any]:
    await usual(family)
    first, _ = await family.members()
    return {"anggota": [first["id"]], "tingkat": 2}


async def counted_as_disabled(family: Family) -> None:
    await assessed_again(family)
    assert [member["disabilitas"] for member in await family.members()] == [2, None]


Setup = Callable[[Family], Awaitable[dict[str, Any]]]
Check = Callable[[Family], Awaitable[None]]

KINDS: tuple[tuple[str, str, Setup, Check, dict[str, Any]], ...] = (
    ("BARU", f"{MUSDES} U22 U30 U32 U34 U35 U81", new_family, became_the_registration, {}),
    ("PEMBARUAN", f"{PAPER} U22 U30 U32 U34 U80", above_the_limit, ranked, {}),
    ("PERBAIKAN_IDENTITAS", DIRECT, usual, nothing_moved, {}),
    ("TAMBAH_ANGGOTA", DIRECT, usual, assessed_again, {}),
    ("PECAH_KK", f"{PAPER} {APPROVED}", split_without_payee, memberships_stayed, {}),
    ("PECAH_KK", f"{PAPER} {APPROVED}", split_with_payee, memberships_went_along, {}),
    ("GANTI_PENGURUS", f"{PAPER} {APPROVED}", another_payee, payee_changed, {}),
    ("PINDAH", "U02 U05 U60 U61 U15 U19 U66", open_and_closed_payment, moved, {"destination": DESA_LAIN}),
    ("MENINGGAL", DIRECT, a_member_died, marked_dead, {}),
    ("MENINGGAL", DIRECT, the_payee_died, held_until_another_payee, {}),
    ("MENINGGAL", DIRECT, all_died, ended_by_death, {}),
    ("NONAKTIF", f"{MUSDES} {APPROVED}", named_reason, put_to_sleep, {}),
    ("NONAKTIF", f"{MUSDES} {APPROVED}", two_rights, one_right_ended, {"programme": "PKH"}),
    ("REAKTIVASI", f"{PAPER} U22 U30 U32 U78", asleep, awake, {}),
    ("REAKTIVASI", f"{PAPER} U22 U30 U32 U78", out_of_two, one_right_back, {"programme": "PKH"}),
    ("USULAN_PROGRAM", f"{MUSDES} U22 U30 U32 U78", usual, opened_for_one_programme, {"programme": "PBI_JK"}),
    ("USULAN_PROGRAM", f"{MUSDES} U22 U30 U32 U78", usual, assessed_again, {"programme": "SEMBAKO"}),
    ("KEHAMILAN", DIRECT, a_pregnancy, counted_as_pregnant, {}),
    ("DISABILITAS", DIRECT, a_disability, counted_as_disabled, {}),
)
"""Kind, its steps after the opening, what is there before (and what the proposer names), what must hold after."""


def test_every_kind_has_a_row() -> None:
    assert {row[0] for row in KINDS} == {jenis.id for jenis in JENIS}


@pytest.mark.parametrize(
    ("kind", "path", "setup", "check", "more"),
    KINDS,
    ids=[f"{kind}-{check.__name__}" for kind, _, _, check, _ in KINDS],
)
async def test_a_kind_walks_its_steps_and_leaves_its_effect(
    world: World, kind: str, path: str, setup: Setup, check: Check, more: dict[str, Any]
) -> None:
    (household,) = await world.households()
    family = Family(world, household)
    if kind != "BARU":
        (family.registration,) = await stand(world, REGISTERED, households=[household])
    await world.policy({"jendela.jenis": [], "ground_check.BARU": "tidak", "ground_check.USULAN_PROGRAM": "tidak"})
    wanted = await setup(family)
    await walk(family, kind, path, wanted, **more)
    if kind != "BARU":
        assert await states(world, family.proposal) == ["diterapkan"]
    await check(family)
    assert await replayed(world) == []
