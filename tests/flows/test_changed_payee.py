"""A tahap whose list holds a payee that somebody edited into another: no bank and no post office hears of him."""

from __future__ import annotations

from typing import Any

import pytest

from flows import calls
from flows.penyaluran_tahap import hold_closing, hold_spp
from flows.usulan_batch import usulan_batch
from models.database import fetch_value
from models.register.edits import edit_family
from tests.flows.paying import CLOSED, ORDERED, STEPS, approve_until, members_of_tahap
from tests.flows.stage import Stage
from tests.flows.steps import steps_of

PROPOSAL = steps_of(usulan_batch)


async def _edited(stage: Stage, household: int, **fields: Any) -> None:
    """Let the village's operator change the payee of a family."""
    payee = await fetch_value(
        stage.world.admin, "SELECT id FROM person WHERE household_id = %s AND pengurus", (household,)
    )
    version = await fetch_value(stage.world.admin, "SELECT version FROM household WHERE id = %s", (household,))
    edit = {"version": version, "members": [{"id": payee, **fields}]}
    await edit_family(stage.world.api, await stage.person("operator_desa"), household, edit)


async def test_no_account_is_opened_for_whom_one_person_put_in_the_payees_place(stage: Stage) -> None:
    batch, households = await members_of_tahap(stage, await stage.families(2, accounts=False))
    await approve_until(stage, batch, "closing")
    await _edited(stage, households[0], nama="Orang Lain Sama Sekali")
    await stage.play(batch, *STEPS)
    stranger, other = await stage.payments(households, batch)
    assert [await stage.rules(case) for case in (stranger, other)] == [f"{CLOSED} P02", f"{CLOSED} P06 P09 P13"]
    assert await stage.reason(stranger) == "EX_ANOMALI"
    assert (await stage.fact(stranger, "sumber_temuan"))["temuan"] == "pengurus_berubah"
    # Restored without a decision about who he is, he comes no further.
    await stage.fire("verifikator_kab", "penyaluran.pulih_susulan", [stranger], bukti_alasan=1)
    await stage.play(batch, *STEPS)
    assert await stage.rules(stranger) == f"{CLOSED} P02 P46 P24 P02"


async def test_a_payee_whose_identity_was_mended_and_decided_is_paid_in_a_later_round(stage: Stage) -> None:
    (family,) = await stage.families(1, accounts=False)
    batch, (household,) = await members_of_tahap(stage, [family])
    await approve_until(stage, batch, "closing")
    name = next(person.nama for person in family.truth.members if person.hubungan == 1)
    await _edited(stage, household, nama=name.upper() + " B")
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    assert await stage.rules(case) == f"{CLOSED} P02"
    await _edited(stage, household, nama=name)
    proposals, (mended,) = await stage.propose([household], kind="PERBAIKAN_IDENTITAS")
    await stage.look(proposals, *PROPOSAL)
    await stage.fire("operator_desa", "usulan.cukup_dokumen", [mended], dokumen_jenis=1)
    await stage.fire("operator_desa", "usulan.kirim", [mended])
    await stage.fire("operator_kecamatan", "usulan.teruskan", [mended], note="lengkap")
    await stage.fire("verifikator_kab", "usulan.terapkan_langsung", [mended], dokumen_jenis=1)
    await stage.fire("verifikator_kab", "penyaluran.pulih_susulan", [case], bukti_alasan=1)
    await stage.play(batch, *STEPS)
    assert await stage.rules(case) == f"{CLOSED} P02 P46 P24 P06 P09 P13"


@pytest.mark.parametrize("status", ["aktif", "belum_diuji"])
async def test_an_account_that_its_bank_found_active_is_paid_whatever_the_village_writes(
    stage: Stage, status: str
) -> None:
    """One that nobody has tested would be compared with the name that was edited."""
    batch, (household,) = await members_of_tahap(stage, await stage.families(1))
    await approve_until(stage, batch, "closing")
    await stage.world.admin.execute("UPDATE account SET status = %s WHERE household_id = %s", (status, household))
    await _edited(stage, household, tanggal_lahir="1979-05-06")
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    assert await stage.rules(case) == (f"{ORDERED} P30" if status == "aktif" else f"{CLOSED} P02")


@pytest.mark.parametrize(
    ("accounts", "waiting"), [(False, "burekol_proses"), (True, "cek_rekening")], ids=["burekol", "account test"]
)
async def test_who_is_edited_while_a_bank_is_down_is_asked_about_no_more(
    stage: Stage, accounts: bool, waiting: str
) -> None:
    batch, (household,) = await members_of_tahap(stage, await stage.families(1, accounts=accounts))
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    stage.sim.faults({"bank/*": {"error_rate": 1}})
    await stage.look(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    assert await stage.state(case) == waiting
    await _edited(stage, household, nama="Orang Lain Sama Sekali")
    stage.sim.faults({})
    await stage.look(batch, *STEPS)
    assert (await stage.rules(case)).endswith("P02")
    assert await stage.reason(case) == "EX_ANOMALI"


async def test_an_account_opened_for_the_payee_before_is_not_the_next_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He dies while the bank opens it, and another member is decided on."""
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))
    family = next(f for f in await stage.families(20, accounts=False) if len(f.truth.members) > 1)
    batch, (household,) = await members_of_tahap(stage, [family])
    await approve_until(stage, batch, "closing")
    stage.sim.faults({"bank/*": {"processing_ms": 3_600_000}})
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    assert await stage.state(case) == "burekol_proses"
    next_one = await fetch_value(
        stage.world.admin, "SELECT id FROM person WHERE household_id = %s AND NOT pengurus LIMIT 1", (household,)
    )
    await stage.world.admin.execute(
        "UPDATE person SET pengurus = id = %(heir)s, status = CASE WHEN pengurus THEN 'meninggal' ELSE status END"
        " WHERE household_id = %(household)s",
        {"heir": next_one, "household": household},
    )
    stage.sim.answer_now()
    await stage.play(batch, *STEPS)
    asked = [call for call in await stage.calls(batch) if call["path"].endswith("burekol")]
    assert [call["state"] for call in asked] == ["batal", "selesai"]
    holders = await stage.world.admin.execute("SELECT person_id FROM account WHERE household_id = %s", (household,))
    assert [row["person_id"] for row in await holders.fetchall()] == [next_one]
    assert await stage.rules(case) == f"{CLOSED} P06 P09 P13"
    named = await fetch_value(stage.world.admin, "SELECT nik FROM person WHERE id = %s", (next_one,))
    assert ("burekol", named) in stage.sim.meetings()


async def test_the_post_office_hears_of_no_stranger(stage: Stage) -> None:
    batch, households = await members_of_tahap(stage, await stage.families(2, accounts=False))
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS[: STEPS.index(hold_closing) + 1])
    cases = await stage.payments(households, batch)
    await stage.fire("direktorat", "penyaluran.tetapkan_pos", cases, alasan_kanal=1)
    await _edited(stage, households[0], nik="3204110101809876")
    await stage.look(batch, *STEPS)
    filed = "SELECT array_agg(case_id) FROM file_case WHERE organisation = 'POS'"
    assert await fetch_value(stage.world.admin, filed) == cases[1:]
    assert [await stage.rules(case) for case in cases] == [f"{CLOSED} P08 P02", f"{CLOSED} P08 P41"]


async def test_who_is_edited_after_pos_listed_him_is_in_no_spp(stage: Stage) -> None:
    batch, (household,) = await members_of_tahap(stage, await stage.families(1, accounts=False))
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS[: STEPS.index(hold_closing) + 1])
    (case,) = await stage.payments([household], batch)
    await stage.fire("direktorat", "penyaluran.tetapkan_pos", [case], alasan_kanal=1)
    await stage.look(batch, *STEPS[: STEPS.index(hold_spp)])
    assert await stage.rules(case) == f"{CLOSED} P08 P41"
    await _edited(stage, household, nama="Orang Lain Sama Sekali")
    await stage.play(batch, *STEPS)
    assert await stage.rules(case) == f"{CLOSED} P08 P41 P02"
