"""What an outside system answers later is checked as what it answers at once; what cannot be used stops nobody else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import psycopg
import pytest

from flows import calls, tahap_credits
from integrations.codes import BANKS
from tests.faults.test_wire import _by_bank, to_the_banks
from tests.flows.paying import STEPS, approve_until, members_of_tahap
from tests.flows.stage import Stage

Lie = Callable[[int, dict[str, Any]], None]


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))


def _rewrite(stage: Stage, path: str, lie: Lie) -> None:
    """Let the finished answers of an operation say something else."""
    system, _, operation = path.rpartition("/")
    with closing(sqlite3.connect(stage.sim.state, timeout=10)) as file, file:
        found = file.execute("SELECT id, hasil FROM job WHERE system = ? AND operation = ?", (system, operation))
        for job, told in found.fetchall():
            rows = json.loads(told)
            for number, row in enumerate(rows):
                lie(number, row)
            file.execute("UPDATE job SET hasil = ? WHERE id = ?", (json.dumps(rows), job))


def _more(_: int, row: dict[str, Any]) -> None:
    row["nominal_rp"] += 1_000_000


def _less(_: int, row: dict[str, Any]) -> None:
    row["nominal_rp"] -= 1_000_000


def _hardly_too_much(_: int, row: dict[str, Any]) -> None:
    row |= {"hasil": "lebih", "nominal_rp": 1}


async def _orders(stage: Stage, batch: int, path: str = "/si") -> list[tuple[str, str]]:
    return [(c["state"], c["problem"] or "") for c in await stage.calls(batch) if c["path"].endswith(path)]


@pytest.mark.parametrize("lie", [_more, _hardly_too_much])
async def test_a_sum_that_contradicts_its_result_is_not_believed_later_either(stage: Stage, lie: Lie) -> None:
    batch, cases = await to_the_banks(stage, 3)
    stage.sim.faults({"bank/*": {"processing_ms": 3_600_000}})
    await stage.look(batch, *STEPS)
    for bank in BANKS:
        _rewrite(stage, f"bank/{bank}/si", lie)
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["si"] * 3
    assert all(state == "tidak_diketahui" and "sums contradict" in why for state, why in await _orders(stage, batch))
    assert await stage.open_wakes(batch)
    if lie is _more:
        for bank in BANKS:
            _rewrite(stage, f"bank/{bank}/si", _less)
        await stage.look(batch, *STEPS)
        assert await stage.states(cases) == ["sukses"] * 3


async def test_an_spm_is_not_refused_and_paid_at_once_later_either(stage: Stage) -> None:
    batch, households = await members_of_tahap(stage, await stage.families(3))
    await approve_until(stage, batch, "spm")
    stage.sim.faults({"span/*": {"processing_ms": 3_600_000}})
    await stage.decide_all(batch)
    await stage.look(batch, *STEPS)

    def lie(number: int, row: dict[str, Any]) -> None:
        if number == 0:
            told = {"id": row["id"], "hasil": "ditolak", "catatan": "SPM ditolak"}
            row.clear()
            row.update(told)

    _rewrite(stage, "span/spm", lie)
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    assert set(await stage.states(await stage.payments(households, batch))) == {"proses_spm"}
    [(state, why)] = await _orders(stage, batch, "spm")
    assert (state, "refused and paid at once" in why) == ("tidak_diketahui", True)


async def test_an_answer_that_moves_nobody_stays_open_and_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door refuses a credit: the call is unknown to whoever watches, and the year's end keeps off its case."""
    batch, cases = await to_the_banks(stage, 1)
    stage.sim.faults({"bank/*": {"processing_ms": 3_600_000}})
    await stage.look(batch, *STEPS)
    with monkeypatch.context() as patch:
        patch.setattr("flows.calls.rows_about", lambda *_: [])
        stage.sim.answer_now()
        await stage.look(batch, *STEPS)
    [(state, why)] = await _orders(stage, batch)
    assert (state, "1 kasus tidak bergerak" in why) == ("tidak_diketahui", True)
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["sukses"]
    assert [state for state, _ in await _orders(stage, batch)] == ["selesai"]


# -- what PostgreSQL does not take -------------------------------------------------------------------------------------


def _rewriting(path: str, change: Callable[[list[dict[str, Any]]], None]) -> pytest.MonkeyPatch:
    """Let the answers of an operation arrive changed until the patch is undone."""
    send = httpx.AsyncClient.send

    async def gateway(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        answer = await send(client, request, **more)
        if f"/{path}/" not in str(request.url) or answer.status_code != httpx.codes.OK:
            return answer
        told = json.loads(await answer.aread())
        await answer.aclose()
        change(told.get("hasil") or [])
        return httpx.Response(200, json=told, request=request)

    patch = pytest.MonkeyPatch()
    patch.setattr(httpx.AsyncClient, "send", gateway)
    return patch


def _nul(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["cif"] = row.get("cif", "") + "\0"


def _one_number(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["nomor_rekening"] = rows[0]["nomor_rekening"]


@pytest.mark.parametrize("change", [_nul, _one_number])
async def test_an_answer_that_postgresql_would_refuse_stops_no_later_step(
    stage: Stage, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    families = [*await stage.families(3), *await stage.families(2, accounts=False)]
    batch, households = await members_of_tahap(stage, families)
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    patch = _rewriting("burekol", change)
    try:
        await stage.look(batch, *STEPS)
    finally:
        patch.undo()
    cases = await stage.payments(households, batch)
    assert await stage.states(cases[3:]) == ["burekol_proses"] * 2
    assert set(await stage.states(cases[:3])) == {"omspan_berhasil"}
    assert [state for state, _ in await _orders(stage, batch, "burekol")] == ["tidak_diketahui"]
    await stage.look(batch, *STEPS)
    assert await stage.states(cases[3:]) == ["kks_distribusi"] * 2


@pytest.mark.parametrize("error", [ValueError, None])
async def test_what_the_database_refuses_all_the_same_is_noted_with_the_call(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: type[Exception] | None
) -> None:
    """One bank's answer cannot be written; the other banks' are. A fault of ours still ends the run."""
    batch, cases = await to_the_banks(stage, 6)
    banks = await _by_bank(stage, cases)
    first, *others = [bank for bank in BANKS if bank in banks]
    assert others
    original = tahap_credits._credited

    def refused(results: Any, bank: str) -> Any:
        if bank == first:
            raise error("ours") if error else psycopg.errors.NumericValueOutOfRange("theirs: 3204010101200001")
        return original(results, bank)

    with monkeypatch.context() as patch:
        patch.setattr(tahap_credits, "_credited", refused)
        if error:
            with pytest.raises(error):
                await stage.look(batch, *STEPS)
            return
        await stage.look(batch, *STEPS)
    for bank in others:
        assert set(await stage.states(banks[bank])) == {"sukses"}
    [(state, why)] = await _orders(stage, batch, f"{first}/si")
    assert (state, "NumericValueOutOfRange" in why, "3204" in why) == ("tidak_diketahui", True, False)
    await stage.look(batch, *STEPS)
    assert set(await stage.states(cases)) == {"sukses"}


async def test_a_problem_with_a_nul_is_noted_without_it(stage: Stage) -> None:
    batch, cases = await to_the_banks(stage, 2)
    send = httpx.AsyncClient.send

    async def refusing(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        if "/si/" not in str(request.url):
            return await send(client, request, **more)
        told = b'{"type": "x", "title": "salah", "detail": "isian \\u0000 \\ud800 nama"}'
        kind = {"content-type": "application/problem+json"}
        return httpx.Response(400, headers=kind, content=told, request=request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.AsyncClient, "send", refusing)
        await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["si"] * 2
    assert all("nama" in why and "\0" not in why for _, why in await _orders(stage, batch))
