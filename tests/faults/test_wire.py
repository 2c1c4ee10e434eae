"""Outside systems fail in every way they know: the batch ends right by itself, and every effect happens once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from flows import calls
from flows.calls import call_key
from flows.penyaluran_tahap import penyaluran_tahap
from flows.usulan_batch import usulan_batch
from models.call import commands as call_commands
from models.database import sync_connect
from tests.flows.interrupt import Cut, Scissors
from tests.flows.stage import IMPATIENT, Stage
from tests.flows.steps import steps_of

VILLAGE = steps_of(usulan_batch)
TAHAP = steps_of(penyaluran_tahap)

FAULTS: dict[str, dict[str, Any]] = {
    "503": {"error_rate": 1},
    "cut before": {"lost_rate": 1},
    "cut after": {"drop_rate": 1},
    "no answer": {"timeout_rate": 1},
    "a page": {"html_rate": 1},
    "half a document": {"malformed_rate": 1},
    "another id": {"wrong_id_rate": 1},
    "a row left out": {"missing_row_rate": 1},
    "a row twice": {"duplicate_answer_rate": 1},
    "two answers in one": {"repeated_rate": 1},
    "another body": {"wrong_hash_rate": 1},
}


async def to_the_banks(stage: Stage, count: int) -> tuple[int, list[int]]:
    """Return a tahap whose transfer orders go out with the next look."""
    households = await stage.register(await stage.families(count))
    await stage.members(households)
    batch = await stage.open_tahap()
    for _ in range(6):
        await stage.look(batch, *TAHAP)
        opened = {gate["gate"] for gate in await stage.gates(batch, "terbuka")}
        await stage.decide_all(batch)
        if "si" in opened:
            return batch, await stage.payments(households, batch)
    raise AssertionError(opened)


async def _looks(stage: Stage, batch: int, steps: Any, wanted: list[str], cases: list[int]) -> int:
    """Look until these cases stand as wanted; returns how many looks it took. Each that failed left a wake behind."""
    for number in range(1, 12):
        await stage.look(batch, *steps, options=IMPATIENT)
        if await stage.states(cases) == wanted:
            return number
        (wake,) = await stage.open_wakes(batch)
        assert wake["due_in"] <= 20
        assert wake["reason"].startswith(("menunggu ", "putusan "))
    raise AssertionError([*await stage.states(cases), *await stage.calls(batch), *stage.sim.jobs()])


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_identity_check_outlives_every_fault(stage: Stage, fault: str) -> None:
    batch, cases = await stage.propose(await stage.register(await stage.families(3)))
    stage.sim.faults({"dukcapil/*": FAULTS[fault] | {"times": 4}})
    await _looks(stage, batch, VILLAGE, ["padan"] * 3, cases)
    assert all(job["effects"] == 1 for job in stage.sim.jobs() if job["puts"])
    assert set(stage.sim.meetings().values()) == {1}, "somebody was asked about twice"
    assert {call["state"] for call in await stage.calls(batch)} <= {"selesai", "batal"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_credit_is_made_once_whatever_the_wire_does(stage: Stage, fault: str) -> None:
    batch, cases = await to_the_banks(stage, 3)
    stage.sim.faults({"bank/*": FAULTS[fault] | {"times": 4}})
    await _looks(stage, batch, TAHAP, ["sukses"] * 3, cases)
    assert sorted(credit["id"] for credit in stage.sim.credits()) == sorted(str(case) for case in cases)
    assert stage.sim.nothing_doubled()
    assert stage.agrees()


async def test_a_storm_on_every_wire_at_once(stage: Stage) -> None:
    """A whole tahap while every third exchange goes wrong in one way or another."""
    families = [*await stage.families(2), *await stage.families(2, accounts=False)]
    households = await stage.register(families)
    await stage.members(households)
    batch = await stage.open_tahap()
    stage.sim.faults({"*": {"error_rate": 0.1, "drop_rate": 0.1, "html_rate": 0.1, "missing_row_rate": 0.1}})
    for _ in range(60):
        await stage.look(batch, *TAHAP, options=IMPATIENT)
        if not [call for call in await stage.calls(batch) if call["state"] != "selesai"]:
            await stage.decide_all(batch)
        cards = [case for case in await stage.payments(households, batch) if case]
        waiting = [case for case in cards if await stage.state(case) == "kks_distribusi"]
        if waiting:
            await stage.fire("bank", "penyaluran.kartu_diterima", waiting, bank="BRI", tanda_terima=1, foto=1)
        if cards and set(await stage.states(cards)) == {"sukses"}:
            break
    assert len(cards) == 4
    assert set(await stage.states(cards)) == {"sukses"}
    assert sorted(credit["id"] for credit in stage.sim.credits()) == sorted(str(case) for case in cards)
    assert stage.sim.nothing_doubled()
    assert set(stage.sim.meetings().values()) == {1}
    assert stage.agrees()


async def test_an_outage_is_waited_out(stage: Stage) -> None:
    batch, cases = await stage.propose(await stage.register(await stage.families(2)))
    stage.sim.faults({"*": {"outage_until": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}})
    for _ in range(3):
        await stage.look(batch, *VILLAGE, options=IMPATIENT)
        assert await stage.states(cases) == ["cek_data"] * 2
    (call,) = await stage.calls(batch)
    assert call["state"] == "tercatat"
    stage.sim.faults({})
    await stage.look(batch, *VILLAGE)
    assert await stage.states(cases) == ["padan"] * 2
    assert [call["key"] for call in await stage.calls(batch)] == [call["key"]]


async def test_a_job_that_takes_long_is_asked_for_and_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))
    batch, cases = await to_the_banks(stage, 2)
    stage.sim.faults({"bank/*": {"processing_ms": 600_000}})
    for _ in range(3):
        await stage.look(batch, *TAHAP)
        assert await stage.states(cases) == ["si"] * 2
        assert await stage.open_wakes(batch)
    stage.sim.answer_now()
    await stage.look(batch, *TAHAP)
    assert await stage.states(cases) == ["sukses"] * 2
    orders = [job for job in stage.sim.jobs() if job["operation"] == "si"]
    assert {job["puts"] for job in orders} == {1}


async def test_a_refused_call_stops_its_own_cases_and_no_others(stage: Stage) -> None:
    """Somebody used our key for another body: a person must look; the other banks go on."""
    batch, cases = await to_the_banks(stage, 6)
    banks = await _by_bank(stage, cases)
    refused, *others = sorted(banks)
    assert others, "the families of this test must have accounts at several banks"
    path = f"bank/{refused}/si"
    row = {"id": "lain", "nomor_rekening": "1", "nama": "X", "nominal_rp": 1}
    other_body = {"nomor_si": "x", "nomor_sp2d": "y", "baris": [row]}
    key = await _next_key(stage, batch, path, banks[refused])
    stage.sim.control.put(f"/{path}/{key}", json=other_body).raise_for_status()
    await stage.look(batch, *TAHAP)
    for bank in others:
        assert set(await stage.states(banks[bank])) == {"sukses"}
    assert set(await stage.states(banks[refused])) == {"si"}
    assert not await stage.look(batch, *TAHAP)
    assert {call["state"] for call in await stage.calls(batch) if call["path"] == path} == {"tidak_diketahui"}


async def _by_bank(stage: Stage, cases: list[int]) -> dict[str, list[int]]:
    cursor = await stage.world.admin.execute(
        "SELECT organisation, array_agg(case_id ORDER BY case_id) AS cases FROM file_case "
        "WHERE organisation <> 'KPPN' AND case_id = ANY (%s) GROUP BY 1",
        (cases,),
    )
    return {row["organisation"]: row["cases"] for row in await cursor.fetchall()}


async def _next_key(stage: Stage, batch: int, path: str, cases: list[int]) -> str:
    """Return the key under which these cases will be sent once the gate before them is carried out."""
    cursor = await stage.world.admin.execute(
        "SELECT p.case_id, p.version + 1 AS version, a.id AS edition FROM position p JOIN case_ c ON c.id = p.case_id "
        "JOIN account a ON a.household_id = c.household_id WHERE p.case_id = ANY (%s) ORDER BY p.case_id",
        (cases,),
    )
    return call_key(batch, path, await cursor.fetchall())


# -- calls are written down --------------------------------------------------------------------------------------------


async def test_a_call_is_written_down_before_it_leaves_and_holds_nobodys_data(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    families = await stage.families(3)
    batch, _ = await stage.propose(await stage.register(families))
    send = httpx.AsyncClient.send
    seen: list[dict[str, Any]] = []

    async def watched(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        if request.method == "PUT":
            with sync_connect(stage.world.admin_dsn) as other:
                seen.extend(other.execute("SELECT * FROM call").fetchall())
        return await send(client, request, **more)

    monkeypatch.setattr(httpx.AsyncClient, "send", watched)
    await stage.look(batch, *VILLAGE)
    (call,) = seen
    assert call["state"] == "terkirim"
    assert re.fullmatch(r"\d+-dukcapil\.verifikasi-[0-9a-f]{32}", call["key"])
    assert re.fullmatch(r"[0-9a-f]{64}", call["body_hash"])
    assert all(re.fullmatch(r"\d+\.\d+", row) for row in call["ids"])
    assert len(call["ids"]) == sum(len(family.truth.members) for family in families)


# -- late comers and lost answers --------------------------------------------------------------------------------------


async def test_a_lost_order_is_sent_again_as_it_was_when_others_have_joined(stage: Stage, scissors: Scissors) -> None:
    """A first sending that is only late must find its own key: the same list goes out under the same name."""
    first = await stage.register(await stage.families(2, accounts=False))
    await stage.members(first)
    batch = await stage.open_tahap()
    for _ in range(2):
        await stage.look(batch, *TAHAP)
        await stage.decide_all(batch)
    await _cut_when(stage, scissors, batch, before_put=True)
    late = await stage.register(await stage.families(2, accounts=False))
    await stage.members(late)
    for _ in range(2):
        await stage.look(batch, *(step for step in TAHAP if step.__name__ != "open_accounts"))
        await stage.decide_all(batch)
    await stage.look(batch, *TAHAP)
    keys = {job["key"]: job["baris"] for job in stage.sim.jobs("bank/BRI/burekol")}
    written = [call["key"] for call in await stage.calls(batch) if call["path"] == "bank/BRI/burekol"]
    assert keys == dict.fromkeys(written, 2)
    assert len(written) == 2


async def test_an_order_that_was_sent_twice_over_is_done_once_when_others_have_joined(
    stage: Stage, scissors: Scissors
) -> None:
    """Killed before it was sent, killed again after it was sent, and then the list has grown."""
    first = await stage.register(await stage.families(2, accounts=False))
    await stage.members(first)
    batch = await stage.open_tahap()
    for _ in range(2):
        await stage.look(batch, *TAHAP)
        await stage.decide_all(batch)
    await _cut_when(stage, scissors, batch, before_put=True)
    await _cut_when(stage, scissors, batch, before_put=False)
    late = await stage.register(await stage.families(2, accounts=False))
    await stage.members(late)
    for _ in range(3):
        await stage.look(batch, *TAHAP)
        await stage.decide_all(batch)
    assert {n for (what, _), n in stage.sim.meetings().items() if what == "burekol"} == {1}
    assert await stage.states(await stage.payments([*first, *late], batch)) == ["kks_distribusi"] * 4


async def _cut_when(stage: Stage, scissors: Scissors, batch: int, *, before_put: bool) -> None:
    """Look, and die just before or just after the order of accounts leaves."""
    send = httpx.AsyncClient.send

    async def dying(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        ordered = request.method == "PUT" and "/burekol/" in str(request.url)
        if ordered and before_put:
            raise Cut
        response = await send(client, request, **more)
        if ordered:
            await response.aclose()
            raise Cut
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.AsyncClient, "send", dying)
        with pytest.raises(Cut):
            await stage.look(batch, *TAHAP)
    await stage.world.admin.execute("UPDATE batch_run SET ended_at = clock_timestamp() WHERE ended_at IS NULL")


async def test_an_answer_of_yesterday_says_nothing_of_a_case_that_came_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was applied, and the process died before it noted so. Later the case stands there again."""
    batch, cases = await to_the_banks(stage, 2)
    note = call_commands.set_call

    async def dying(conn: Any, path: str, key: str, state: str, problem: str | None = None) -> None:
        if state == "selesai":
            raise Cut
        await note(conn, path, key, state, problem)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "set_call", dying)
        for _ in range(2):
            with pytest.raises(Cut):
                await stage.look(batch, *TAHAP)
            await stage.world.admin.execute("UPDATE batch_run SET ended_at = clock_timestamp() WHERE ended_at IS NULL")
            if await stage.states(cases) == ["sukses"] * 2:
                break
    assert await stage.states(cases) == ["sukses"] * 2
    await stage.fire("kppn", "penyaluran.retur_terlambat", cases, reason="RK_TUTUP", surat_retur={"nomor": "R/1"})
    for gate in ("ralat", "si"):
        await stage.look(batch, *TAHAP)
        await stage.decide(batch, gate)
    stage.sim.faults({"bank/*": {"error_rate": 1}})
    await stage.look(batch, *TAHAP, options=IMPATIENT)
    assert await stage.states(cases) == ["si"] * 2, "an old answer was taken for the new one"
    stage.sim.faults({})
    await stage.look(batch, *TAHAP)
    assert await stage.states(cases) == ["sukses"] * 2
    assert len(stage.sim.credits()) == 4
    assert stage.sim.nothing_doubled()


async def test_the_database_may_go_away_in_the_middle(stage: Stage) -> None:
    """The flow's connection is cut by the server; a new one finds everything as it was left."""
    batch, cases = await stage.propose(await stage.register(await stage.families(2)))
    stage.sim.faults({"dukcapil/*": {"latency_ms": 300}})

    async def cut_off() -> None:
        await stage.world.admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = 'alur_worker' AND query LIKE '%call%'"
        )

    original = calls._settled

    async def interrupted(*args: Any, **more: Any) -> Any:
        await cut_off()
        return await original(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "_settled", interrupted)
        with pytest.raises(psycopg.OperationalError):
            await stage.look(batch, *VILLAGE)
    await stage.world.admin.execute("UPDATE batch_run SET lease_until = clock_timestamp()")
    await stage.look(batch, *VILLAGE)
    assert await stage.states(cases) == ["padan"] * 2
    assert set(stage.sim.meetings().values()) == {1}
