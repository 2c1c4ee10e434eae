"""penyaluran-tahap: from the list to accounts that work."""

from __future__ import annotations

from collections.abc import Sequence

from alur.seed.population import Scenario
from flows.kabar_bank import read_news
from models.database import acting
from models.penyaluran.queries import balance, funds
from models.register.commands import Verdict, note_answered
from tests.flows.paying import CLOSED, ORDERED, STEPS, account_of, approve_until, members_of_tahap
from tests.flows.stage import Stage, head

CARD = f"{CLOSED} P06 P09 P13"


async def _handed_out(stage: Stage, cases: Sequence[int]) -> None:
    await stage.fire("bank", "penyaluran.kartu_diterima", cases, bank="BRI", tanda_terima=1, foto=1)


# -- the road ---------------------------------------------------------------------------------------------------------


async def test_money_reaches_families_with_and_without_an_account(stage: Stage) -> None:
    families = [*await stage.families(4), *await stage.families(2, accounts=False)]
    batch, households = await members_of_tahap(stage, families)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P30"] * 4 + [CARD] * 2
    await _handed_out(stage, cases[4:])
    await stage.play(batch, *STEPS)
    assert [await stage.rules(case) for case in cases[4:]] == [f"{CARD} P14 P17 P20 P25 P26 P27 P29 P30"] * 2
    await stage.look(await stage.standing("kabar"), read_news)
    assert await stage.states(cases) == ["selesai"] * 6
    assert {(c["id"], c["nominal_rp"]) for c in stage.sim.credits()} == {
        (str(case), (await stage.fact(case, "nominal_per_komponen"))["rupiah"]) for case in cases
    }
    assert stage.sim.nothing_doubled()
    assert stage.agrees()
    async with acting(stage.world.worker, await stage.world.system()) as conn:
        books = balance(await funds(conn, batch=batch))
    assert books["closing"] == books["selesai"] > 0


async def test_outside_systems_speak_for_themselves(stage: Stage) -> None:
    """What a bank or the treasury answered is written in their name, and no gate was carried out without deciders."""
    batch, _ = await members_of_tahap(stage, await stage.families(2))
    await stage.play(batch, *STEPS)
    roles = {rule: role for rule, role in (await stage.rules_by_role()).items() if rule.startswith("P")}
    assert roles == {
        "P01": "sistem",
        "P03": "kpa",
        "P07": "sistem",
        "P17": "bank",
        "P20": "sistem",
        "P25": "ppk",
        "P26": "ppspm",
        "P27": "kppn",
        "P29": "ppk",
        "P30": "bank",
    }


async def test_who_must_not_be_paid_is_left_out_when_priced(stage: Stage) -> None:
    batch, households = await members_of_tahap(stage, await stage.families(4))
    await stage.world.admin.execute("UPDATE household SET desil = 9 WHERE id = %s", (households[0],))
    await stage.world.admin.execute(
        "UPDATE person SET pekerjaan = 6 WHERE household_id = %s AND hubungan = 1", (households[1],)
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in cases] == ["P01 P02", "P01 P02", f"{ORDERED} P30", f"{ORDERED} P30"]
    assert [await stage.reason(case) for case in cases[:2]] == ["EX_DESIL", "EX_PEKERJAAN"]
    assert (await stage.fact(cases[1], "sumber_temuan"))["sumber"] == "register"


async def test_an_occupation_that_a_person_put_aside_is_not_found_again_and_another_one_is(stage: Stage) -> None:
    """Domain section 2.3: where it is wrong, a letter of the employer."""
    batch, (household,) = await members_of_tahap(stage, await stage.families(1))
    teacher = "UPDATE person SET pekerjaan = 6 WHERE household_id = %s AND (hubungan = 1) = %s"
    await stage.world.admin.execute(teacher, (household, True))
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    await stage.fire("verifikator_kab", "penyaluran.pulih_sebelum_tutup", [case], bukti_alasan=1)
    await approve_until(stage, batch, "closing")
    assert await stage.rules(case) == "P01 P02 P04"
    await stage.fire("pusdatin", "penyaluran.kecualikan", [case], reason="EX_DATA", sumber_temuan=1)
    await stage.world.admin.execute(teacher, (household, False))
    await stage.fire("verifikator_kab", "penyaluran.pulih_sebelum_tutup", [case], bukti_alasan=1)
    await stage.look(batch, *STEPS)
    assert (await stage.rules(case), await stage.reason(case)) == ("P01 P02 P04 P02 P04 P02", "EX_PEKERJAAN")


async def test_a_budget_that_is_spent_closes_as_many_as_it_can_pay(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await members_of_tahap(stage, families)
    await approve_until(stage, batch, "closing")
    cases = await stage.payments(households, batch)
    due = [(await stage.fact(case, "nominal_per_komponen"))["rupiah"] for case in cases]
    year = (await stage.batch("tahap"))["period"] // 100
    await stage.policy({f"pagu.PKH.{year}": due[0] + due[1]})
    await stage.decide(batch, "closing")
    assert await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["omspan_berhasil", "omspan_berhasil", "calon"]
    assert {(g["gate"], tuple(g["list"])) for g in await stage.gates(batch, "terbuka")} == {
        ("closing", (cases[2],)),
        ("spp", (cases[0], cases[1])),
    }
    assert stage.agrees()


async def test_late_members_come_with_the_next_round(stage: Stage) -> None:
    batch, households = await members_of_tahap(stage, await stage.families(2))
    await approve_until(stage, batch, "spp")
    late = await stage.register(await stage.families(2))
    await stage.members(late)
    await stage.look(batch, *STEPS)
    assert {g["gate"] for g in await stage.gates(batch, "terbuka")} == {"spp", "sk_tahap"}
    await stage.decide(batch, "spp")
    await stage.look(batch, *STEPS)
    assert await stage.states(await stage.payments(households, batch)) == ["spp"] * 2
    await stage.play(batch, *STEPS)
    cases = await stage.payments([*households, *late], batch)
    assert [await stage.rules(case) for case in cases] == [f"{ORDERED} P30"] * 4
    assert [len(g["list"]) for g in await stage.gates(batch) if g["gate"] == "sk_tahap"] == [2, 2]


# -- accounts ---------------------------------------------------------------------------------------------------------


async def test_a_refused_burekol_is_repaired_and_holds_nobody(stage: Stage) -> None:
    families = [*await stage.families(2, accounts=False), *await stage.families(2)]
    refused = [Scenario(head(family), "burekol", 1, "BR_DATA") for family in families[:2]]
    batch, households = await members_of_tahap(stage, families, *refused)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["burekol_gagal", "burekol_gagal", "sukses", "sukses"]
    assert await stage.reason(cases[0]) == "BR_DATA"
    await stage.fire("verifikator_kab", "penyaluran.ulang_burekol", cases[:2], beda_isian={"identitas": False})
    await stage.look(batch, *STEPS)
    await _handed_out(stage, cases[:2])
    await stage.play(batch, *STEPS)
    road = f"{CLOSED} P06 P10 P11 P09 P13 P14 P17 P20 P25 P26 P27 P29 P30"
    assert [await stage.rules(case) for case in cases[:2]] == [road] * 2
    assert stage.sim.nothing_doubled()


async def test_accounts_that_fail_their_tests_stay_behind(stage: Stage) -> None:
    families = await stage.families(4)
    batch, households = await members_of_tahap(
        stage,
        families,
        Scenario(account_of(families[0]), "cek_rekening", 1, "RK_PASIF"),
        Scenario(account_of(families[1]), "uji", 1, "KKS_BELUM_BAGI"),
    )
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["rek_gagal", "omspan_gagal", "sukses", "sukses"]
    assert [await stage.reason(case) for case in cases[:2]] == ["RK_PASIF", "KKS_BELUM_BAGI"]
    bank = families[0].truth.accounts[0].bank
    await stage.fire("bank", "penyaluran.rekening_diperbaiki", cases[:1], bank=bank, bukti_rekening=1)
    await stage.look(batch, *STEPS)
    assert await stage.state(cases[0]) == "omspan_berhasil"


async def test_a_family_without_a_living_payee_never_holds_the_others(stage: Stage) -> None:
    """Between one step and the next the register may lose the only person who could be paid."""
    families = await stage.families(3)
    batch, households = await members_of_tahap(stage, families)
    for gate in ("closing", "spp", "spm", "si"):
        await approve_until(stage, batch, gate)
    cursor = await stage.world.admin.execute(
        "SELECT p.id, h.version FROM person p JOIN household h ON h.id = p.household_id WHERE h.id = %s",
        (households[0],),
    )
    dead = [Verdict(row["id"], row["version"], False, "meninggal") for row in await cursor.fetchall()]
    await note_answered(stage.world.worker, await stage.world.system(), dead)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["si", "sukses", "sukses"]


async def test_a_payee_who_died_before_the_treasury_paid_never_holds_the_others(stage: Stage) -> None:
    families = await stage.families(3)
    batch, households = await members_of_tahap(stage, families)
    await approve_until(stage, batch, "spm")
    cursor = await stage.world.admin.execute(
        "SELECT p.id, h.version FROM person p JOIN household h ON h.id = p.household_id WHERE h.id = %s",
        (households[0],),
    )
    dead = [Verdict(row["id"], row["version"], False, "meninggal") for row in await cursor.fetchall()]
    await note_answered(stage.world.worker, await stage.world.system(), dead)
    await stage.play(batch, *STEPS)
    cases = await stage.payments(households, batch)
    assert await stage.states(cases) == ["proses_spm", "sukses", "sukses"]
