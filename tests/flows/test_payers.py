"""A payment has one payer at a time: a mended account, a correction at the treasury or Pos take it along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from alur.seed.model import Account, Family
from alur.seed.population import Scenario
from flows import calls
from models.database import acting
from models.penyaluran.queries import files
from models.register.commands import save_accounts
from tests.flows.paying import STEPS, account_of, approve_until, members_of_tahap
from tests.flows.stage import Stage

ELSEWHERE = {"BRI": "BNI", "BNI": "BRI", "BTN": "BRI", "MANDIRI": "BRI", "BSI": "BRI"}
NUMBERS = {"BRI": "009912345678901", "BNI": "0099123456"}


async def _moved(stage: Stage, family: Family, household: int, *, bank: str | None = None) -> tuple[str, str]:
    """Let a pendamping bring the account that the payee really has, by default at another bank; returns both banks."""
    old = family.truth.accounts[0]
    bank = bank or ELSEWHERE[old.bank]
    new = Account(NUMBERS[bank], bank, old.nik, old.nama, "1234567890", "aktif")
    known = stage._known[family.truth.no_kk]
    known.truth.accounts.append(new)
    stage.live()
    await stage.world.assign_families("pendamping", [household])
    pendamping = await stage.person("pendamping", name="pendamping")
    cursor = await stage.world.admin.execute("SELECT person_id FROM account WHERE number = %s", (old.nomor_rekening,))
    row = await cursor.fetchone()
    account = {"household_id": household, "person_id": row["person_id"] if row else 0, "bank": bank}
    assert await save_accounts(stage.world.api, pendamping, [account | {"number": new.nomor_rekening}])
    return old.bank, bank


async def _sees(stage: Stage, role: str, organisation: str, case: int) -> bool:
    session = await stage.person(role, organisation=organisation)
    async with acting(stage.world.api, session) as conn:
        rows = await (await conn.execute("SELECT 1 FROM position WHERE case_id = %s", (case,))).fetchall()
    return bool(rows)


async def _filed(stage: Stage, case: int) -> str | None:
    async with acting(stage.world.worker, await stage.world.system()) as conn:
        return (await files(conn, [case])).get(case)


def _paid_by(stage: Stage, case: int) -> set[str]:
    """Return the banks that really credited a case."""
    return {credit["bank"] for credit in stage.sim.credits() if credit["id"] == str(case)}


async def test_an_account_mended_at_another_bank_is_tested_and_paid_there(stage: Stage) -> None:
    families = await stage.families(2)
    failing = Scenario(account_of(families[0]), "cek_rekening", 0, "RK_BANK")
    batch, households = await members_of_tahap(stage, families, failing)
    await approve_until(stage, batch, "spp")
    (case,) = await stage.payments(households[:1], batch)
    assert await stage.state(case) == "rek_gagal"
    old, new = await _moved(stage, families[0], households[0])
    await stage.fire("bank", "penyaluran.rekening_diperbaiki", [case], bank=old, bukti_rekening=1)
    await stage.play(batch, *STEPS)
    assert await stage.state(case) == "sukses"
    assert await _filed(stage, case) == new
    assert await _sees(stage, "bank", new, case)
    assert not await _sees(stage, "bank", old, case)
    assert _paid_by(stage, case) == {new}
    assert ("si", NUMBERS[new]) in stage.sim.meetings()
    assert stage.sim.nothing_doubled()


@pytest.mark.parametrize(
    ("path", "tested", "after"),
    [("bank/*", "belum_diuji", "P01 P03 P07 P17"), ("omspan/*", "aktif", "P01 P03 P07 P17 P20")],
    ids=["bank", "omspan"],
)
async def test_an_answer_about_the_account_before_says_nothing_of_the_mended_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, path: str, tested: str, after: str
) -> None:
    """The bank found the old number active, or the treasury did; the new one is asked about before money goes there."""
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))
    (family,) = await stage.families(1)
    batch, (household,) = await members_of_tahap(stage, [family])
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    stage.sim.faults({path: {"processing_ms": 3_600_000}})
    await stage.look(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    waiting = await stage.state(case)
    old = family.truth.accounts[0]
    await _moved(stage, family, household, bank=old.bank)
    await stage.world.admin.execute("UPDATE account SET status = %s WHERE number = %s", (tested, NUMBERS[old.bank]))
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    asked = [call for call in await stage.calls(batch) if call["path"].startswith(path.partition("*")[0])]
    assert waiting in {"cek_rekening", "omspan_proses"}
    assert [call["state"] for call in asked][:2] == ["batal", "selesai"], asked
    assert asked[0]["editions"] != asked[1]["editions"]
    assert (await stage.rules(case)).startswith(after)


@pytest.mark.parametrize("gate", ["spp", "spm", "si"])
async def test_an_order_to_a_bank_names_an_account_at_that_bank(stage: Stage, gate: str) -> None:
    """A newer one elsewhere was tested meanwhile, in another tahap: what was tested here is what is paid into here."""
    (family,) = await stage.families(1)
    batch, (household,) = await members_of_tahap(stage, [family])
    await approve_until(stage, batch, gate)
    old, new = await _moved(stage, family, household)
    await stage.world.admin.execute("UPDATE account SET status = 'aktif' WHERE number = %s", (NUMBERS[new],))
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    assert await stage.state(case) == "sukses"
    assert _paid_by(stage, case) == {old}
    assert ("si", account_of(family)) in stage.sim.meetings()
    assert ("si", NUMBERS[new]) not in stage.sim.meetings()


async def test_money_redirected_to_another_bank_is_ordered_there(stage: Stage) -> None:
    families = await stage.families(1)
    batch, households = await members_of_tahap(stage, families, Scenario(account_of(families[0]), "si", 0, "RK_TUTUP"))
    for _ in range(12):
        await stage.look(batch, *STEPS)
        (case,) = await stage.payments(households, batch) or [0]
        if case and await stage.state(case) == "gagal_sesudah":
            break
        await stage.decide_all(batch)
    old, new = await _moved(stage, families[0], households[0])
    await stage.fire("bank", "penyaluran.catat_retur", [case], bank=old, surat_retur=1)
    await approve_until(stage, batch, "ralat")
    await stage.play(batch, *STEPS)
    assert await stage.state(case) == "sukses"
    assert await _filed(stage, case) == new
    assert _paid_by(stage, case) == {new}
    assert not await _sees(stage, "bank", old, case)
    assert await _sees(stage, "kppn", "KPPN", case)


async def _bounced(stage: Stage) -> tuple[Family, int, int]:
    """Let a payment bounce at its bank and the PPK ask KPPN for a corrected account at another one."""
    (family,) = await stage.families(1)
    batch, (household,) = await members_of_tahap(stage, [family], Scenario(account_of(family), "si", 0, "RK_TUTUP"))
    await approve_until(stage, batch, "si")
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments([household], batch)
    assert await stage.state(case) == "gagal_sesudah"
    old, _ = await _moved(stage, family, household)
    await stage.fire("bank", "penyaluran.catat_retur", [case], bank=old, surat_retur=1)
    await approve_until(stage, batch, "ralat")
    return family, batch, case


async def test_money_goes_where_kppn_was_asked_to_redirect_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that comes while KPPN is at work was named to nobody: it is not the one that the answer is about."""
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))
    family, batch, case = await _bounced(stage)
    asked = ELSEWHERE[family.truth.accounts[0].bank]
    stage.sim.faults({"span/srpr": {"processing_ms": 3_600_000}})
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS)
    assert await stage.state(case) == "ralat_diajukan"
    later = "7" * len(NUMBERS[asked])
    cursor = await stage.world.admin.execute(
        "INSERT INTO account (household_id, person_id, bank, number, status, opened_at, act)"
        " SELECT household_id, person_id, bank, %s, 'belum_diuji', opened_at + interval '1 hour', act FROM account"
        "  WHERE number = %s RETURNING id",
        (later, NUMBERS[asked]),
    )
    assert cursor.rowcount == 1
    stage.sim.answer_now()
    await stage.play(batch, *STEPS)
    assert [call["state"] for call in await stage.calls(batch) if call["path"] == "span/srpr"] == ["selesai"]
    known = await stage.world.admin.execute(
        "SELECT number, status FROM account WHERE number IN (%s, %s)", (later, NUMBERS[asked])
    )
    assert {row["number"]: row["status"] for row in await known.fetchall()} == {
        NUMBERS[asked]: "aktif",
        later: "belum_diuji",
    }
    assert await stage.state(case) == "sukses"
    assert ("si", NUMBERS[asked]) in stage.sim.meetings()
    assert ("si", later) not in stage.sim.meetings()


@dataclass(frozen=True)
class Order:
    """An order about money, as it is given after a gate."""

    gate: str
    path: str
    waiting: str
    paid: str

    def __str__(self) -> str:
        return self.gate

    async def given(self, stage: Stage, **fault: Any) -> tuple[int, int, int, str]:
        """Give it to a treasury or bank in trouble; returns batch, family, case and the path of the call."""
        (family,) = await stage.families(1)
        batch, (household,) = await members_of_tahap(stage, [family])
        await approve_until(stage, batch, self.gate)
        path = self.path.format(family.truth.accounts[0].bank)
        stage.sim.faults({path: fault})
        await stage.decide_all(batch)
        await stage.look(batch, *STEPS)
        (case,) = await stage.payments([household], batch)
        assert await stage.state(case) == self.waiting
        return batch, household, case, path


ORDERS = pytest.mark.parametrize(
    "order", [Order("spm", "span/spm", "proses_spm", "sp2d"), Order("si", "bank/{}/si", "si", "sukses")], ids=str
)
CLOSING = "UPDATE account SET status = %s WHERE household_id = %s"


@ORDERS
@pytest.mark.parametrize("named", [True, False], ids=["account named", "of the release before"])
async def test_an_order_that_is_out_is_asked_for_whatever_becomes_of_its_account_here(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, order: Order, named: bool
) -> None:
    """Treasury or bank pays; meanwhile the account was noted as closed and the payee as dead."""
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))
    batch, household, case, _ = await order.given(stage, processing_ms=3_600_000)
    if not named:
        await stage.world.admin.execute("UPDATE call SET editions = NULL")
    await stage.world.admin.execute(CLOSING, ("tutup", household))
    await stage.world.admin.execute("UPDATE person SET status = 'meninggal' WHERE household_id = %s", (household,))
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    assert await stage.state(case) == order.paid
    assert stage.sim.nothing_doubled()


@ORDERS
async def test_an_order_that_never_arrived_is_sent_to_no_account_that_was_closed_since(
    stage: Stage, order: Order
) -> None:
    """Whoever should take it was down; the case is paid once the family has an account again."""
    batch, household, case, path = await order.given(stage, error_rate=1)
    await stage.world.admin.execute(CLOSING, ("tutup", household))
    stage.sim.faults({})
    for _ in range(3):
        await stage.look(batch, *STEPS)
    assert await stage.state(case) == order.waiting
    assert [job["puts"] for job in stage.sim.jobs(path)] == [0]
    assert [call["state"] for call in await stage.calls(batch) if call["path"] == path] == ["batal"]
    await stage.world.admin.execute(CLOSING, ("aktif", household))
    await stage.look(batch, *STEPS)
    assert await stage.state(case) == order.paid
    assert stage.sim.nothing_doubled()


async def test_what_goes_to_pos_leaves_the_bank(stage: Stage) -> None:
    families = await stage.families(1, accounts=False)
    refused = Scenario(next(p.nik for p in families[0].truth.members if p.hubungan == 1), "burekol", 0, "BR_DATA")
    batch, households = await members_of_tahap(stage, families, refused)
    await stage.play(batch, *STEPS)
    (case,) = await stage.payments(households, batch)
    assert await stage.state(case) == "burekol_gagal"
    assert (await _sees(stage, "bank", "BRI", case), await _sees(stage, "pos", "POS", case)) == (True, False)
    await stage.fire("direktorat", "penyaluran.alih_pos", [case], alasan_kanal=1)
    assert await stage.open_wakes(batch)
    await stage.look(batch, *STEPS)
    assert (await _sees(stage, "bank", "BRI", case), await _sees(stage, "pos", "POS", case)) == (False, True)
    assert await stage.state(case) == "danom_siap"
