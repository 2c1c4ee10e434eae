"""An order to pay that may be done is given to nobody a second time, whatever the other side says of it later."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest

from flows import calls
from flows.harian import end_year
from models.database import fetch_value
from models.register.edits import edit_family
from tests.faults.test_wire import _by_bank, to_the_banks
from tests.flows.paying import STEPS, approve_until, members_of_tahap
from tests.flows.stage import IMPATIENT, Stage
from tests.flows.test_payers import CLOSING, NUMBERS, _moved

HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_POLLS_S", (0.05,))


def problem(status: int, request: httpx.Request) -> httpx.Response:
    """Return a refusal as the contract writes it."""
    told = {"type": "about:blank", "title": "ditolak", "status": status}
    return httpx.Response(status, headers={"content-type": "application/problem+json"}, json=told, request=request)


@contextmanager
def between(
    before: Callable[[httpx.Request], httpx.Response | None], passed: list[str] | None = None
) -> Iterator[None]:
    """Put a gateway before every outside system: what it answers itself goes no further, and `passed` are the PUTs."""
    send = httpx.AsyncClient.send

    async def gateway(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        answer = before(request)
        if answer is None:
            answer = await send(client, request, **more)
            if request.method == "PUT" and passed is not None:
                passed.append(str(request.url))
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.AsyncClient, "send", gateway)
        yield


async def _orders(stage: Stage, batch: int, path: str = "/si") -> list[dict[str, Any]]:
    return [call for call in await stage.calls(batch) if call["path"].endswith(path)]


@pytest.mark.parametrize("status", [401, 403, 409])
async def test_who_refuses_to_tell_how_an_order_stands_has_not_refused_the_order(stage: Stage, status: int) -> None:
    (family,) = await stage.families(1)
    batch, (household,) = await members_of_tahap(stage, [family])
    await approve_until(stage, batch, "si")
    await stage.decide_all(batch)
    stage.sim.faults({"bank/*": {"processing_ms": HOUR_MS}})
    taken: list[str] = []

    def expired(request: httpx.Request) -> httpx.Response | None:
        ordered = "/si/" in str(request.url)
        return problem(status, request) if ordered and request.method == "GET" and taken else None

    with between(expired, taken):
        await stage.look(batch, *STEPS)
        assert len(taken) == 1
        assert await stage.open_wakes(batch)
        await stage.look(batch, *STEPS)
    assert [call["state"] for call in await _orders(stage, batch)] == ["tidak_diketahui"]
    (case,) = await stage.payments([household], batch)
    stage.sim.answer_now()
    bank = family.truth.accounts[0].bank
    await _moved(stage, family, household, bank=bank)
    await stage.world.admin.execute("UPDATE account SET status = 'aktif' WHERE number = %s", (NUMBERS[bank],))
    await stage.look(batch, *STEPS)
    assert await stage.state(case) == "sukses"
    assert len(stage.sim.credits()) == 1


async def test_the_years_end_returns_nothing_that_a_bank_would_not_tell_about(stage: Stage) -> None:
    batch, cases = await to_the_banks(stage, 1)
    stage.sim.faults({"bank/*": {"processing_ms": HOUR_MS}})
    taken: list[str] = []

    def expired(request: httpx.Request) -> httpx.Response | None:
        ordered = "/si/" in str(request.url)
        return problem(401, request) if ordered and request.method == "GET" and taken else None

    with between(expired, taken):
        await stage.look(batch, *STEPS)
    stage.sim.answer_now()
    await stage.day(3, month=1)
    await stage.look(await stage.standing("harian"), end_year)
    assert await stage.states(cases) == ["si"]
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["sukses"]


@pytest.mark.parametrize("status", [400, 401, 422])
async def test_an_order_that_was_refused_when_it_came_is_not_done(stage: Stage, status: int) -> None:
    batch, cases = await to_the_banks(stage, 1)

    def refusing(request: httpx.Request) -> httpx.Response | None:
        return problem(status, request) if request.method == "PUT" and "/si/" in str(request.url) else None

    with between(refusing):
        await stage.look(batch, *STEPS)
    assert [call["state"] for call in await _orders(stage, batch)] == ["ditolak"]
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["sukses"]


async def _held_back(stage: Stage, count: int = 6) -> tuple[int, str, list[int], httpx.Request]:
    """Send a bank its order through a gateway that says 504 and passes it on later: batch, bank, cases, the order."""
    batch, cases = await to_the_banks(stage, count)
    banks = await _by_bank(stage, cases)
    bank = max(banks, key=lambda name: len(banks[name]))
    assert len(banks[bank]) > 1
    held: list[httpx.Request] = []

    def holding(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT" or f"/{bank}/si/" not in str(request.url):
            return None
        held.append(request)
        return httpx.Response(504, content=b"Gateway Timeout", request=request)

    with between(holding):
        await stage.look(batch, *STEPS)
    assert [call["state"] for call in await _orders(stage, batch, f"{bank}/si")] == ["tidak_diketahui"]
    return batch, bank, banks[bank], held[0]


def _delivered(order: httpx.Request) -> int:
    answer = httpx.put(
        str(order.url), content=order.content, headers={"content-type": "application/json"}, trust_env=False
    )
    return answer.status_code


async def _looked_as_it_arrives(stage: Stage, batch: int, bank: str, order: httpx.Request) -> None:
    """Look, while the held order arrives between our question and our sending: the bank has just not known the key."""

    def late(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and f"/{bank}/si/" in str(request.url):
            _delivered(order)
        return None

    with between(late):
        await stage.look(batch, *STEPS)


@pytest.mark.parametrize("early", [True, False], ids=["before ours", "after ours"])
async def test_an_order_that_is_late_is_done_once_although_one_of_its_cases_has_moved(
    stage: Stage, early: bool
) -> None:
    batch, bank, cases, order = await _held_back(stage)
    told = {"bank": bank, "kode": "RK_TUTUP"}
    await stage.fire("bank", "penyaluran.gagal_kredit", cases[:1], bank=bank, reason="RK_TUTUP", berkas_bank=told)
    if early:
        await _looked_as_it_arrives(stage, batch, bank, order)
    else:
        await stage.look(batch, *STEPS)
        assert _delivered(order) == 409
    await stage.look(batch, *STEPS)
    assert set(await stage.states(cases[1:])) == {"sukses"}
    assert [call["state"] for call in await _orders(stage, batch, f"{bank}/si")] == ["selesai"]
    made = [credit["id"] for credit in stage.sim.credits() if credit["id"] in {str(case) for case in cases}]
    assert sorted(made) == sorted(str(case) for case in cases[0 if early else 1 :])
    assert stage.sim.nothing_doubled()


async def test_an_order_that_is_late_goes_without_the_account_that_was_closed_since(stage: Stage) -> None:
    """The others are paid under the key that left; only then is the one free to be paid into another account."""
    batch, _, cases, order = await _held_back(stage)
    household = await fetch_value(stage.world.admin, "SELECT household_id FROM case_ WHERE id = %s", (cases[0],))
    await stage.world.admin.execute(CLOSING, ("tutup", household))
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["si", *["sukses"] * (len(cases) - 1)]
    assert _delivered(order) == 409
    await stage.world.admin.execute(CLOSING, ("aktif", household))
    await stage.look(batch, *STEPS)
    assert set(await stage.states(cases)) == {"sukses"}
    assert stage.sim.nothing_doubled()


async def test_an_order_that_may_be_under_way_into_a_closed_account_is_held(stage: Stage) -> None:
    """Nobody can take it back, so it goes out under no other key; a person sees it among the unknown calls."""
    batch, cases = await to_the_banks(stage, 1)
    held: list[httpx.Request] = []

    def holding(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT" or "/si/" not in str(request.url):
            return None
        held.append(request)
        return httpx.Response(504, content=b"Gateway Timeout", request=request)

    with between(holding):
        await stage.look(batch, *STEPS)
    household = await fetch_value(stage.world.admin, "SELECT household_id FROM case_ WHERE id = %s", (cases[0],))
    await stage.world.admin.execute(CLOSING, ("tutup", household))
    await stage.world.admin.execute(
        "INSERT INTO account (household_id, person_id, bank, number, status, opened_at, act)"
        " SELECT household_id, person_id, bank, reverse(number), 'aktif', opened_at + interval '1 hour', act"
        "   FROM account WHERE household_id = %s",
        (household,),
    )
    for _ in range(2):
        await stage.look(batch, *STEPS)
    (call,) = await _orders(stage, batch)
    assert (call["state"], await stage.state(cases[0])) == ("tidak_diketahui", "si")
    assert "mungkin masih di jalan" in call["problem"]
    assert await stage.open_wakes(batch)
    assert stage.sim.credits() == []
    _delivered(held[0])
    await stage.look(batch, *STEPS)
    assert await stage.state(cases[0]) == "sukses"
    assert len(stage.sim.credits()) == 1


async def test_an_order_that_a_bank_has_forgotten_is_not_given_again(stage: Stage) -> None:
    batch, cases = await to_the_banks(stage, 1)
    stage.sim.faults({"bank/*": {"processing_ms": HOUR_MS}})
    await stage.look(batch, *STEPS)
    with closing(sqlite3.connect(stage.sim.state, timeout=10)) as file, file:
        file.execute("DELETE FROM job WHERE operation = 'si'")
    stage.sim.faults({})
    for _ in range(2):
        await stage.look(batch, *STEPS)
    (call,) = await _orders(stage, batch)
    assert (call["state"], await stage.states(cases)) == ("tidak_diketahui", ["si"])
    assert "pernah diterima" in call["problem"]
    assert sum(job["puts"] for job in stage.sim.jobs() if job["operation"] == "si") == 1


# -- a body that changed -----------------------------------------------------------------------------------------------


async def test_the_answer_to_whichever_body_was_sent_is_believed(stage: Stage) -> None:
    """The banks were down; a village mends a payee's name meanwhile; then the list goes out under its old key."""
    batch, cases = await to_the_banks(stage, 3)
    stage.sim.faults({"bank/*": {"error_rate": 1}})
    await stage.look(batch, *STEPS, options=IMPATIENT)
    for case in cases:
        household = await fetch_value(stage.world.admin, "SELECT household_id FROM case_ WHERE id = %s", (case,))
        await _renamed(stage, household)
    stage.sim.faults({"bank/*": {"processing_ms": HOUR_MS}})
    await stage.look(batch, *STEPS)
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    assert await stage.states(cases) == ["sukses"] * 3
    assert {call["state"] for call in await _orders(stage, batch)} == {"selesai"}
    assert stage.sim.nothing_doubled()


async def test_the_answer_to_the_body_before_is_believed_too(stage: Stage) -> None:
    """Ours is refused, for the first one was under way and came before it."""
    batch, bank, cases, order = await _held_back(stage)
    household = await fetch_value(stage.world.admin, "SELECT household_id FROM case_ WHERE id = %s", (cases[0],))
    await _renamed(stage, household)
    await _looked_as_it_arrives(stage, batch, bank, order)
    await stage.look(batch, *STEPS)
    assert set(await stage.states(cases)) == {"sukses"}
    assert stage.sim.nothing_doubled()


async def _renamed(stage: Stage, household: int) -> None:
    cursor = await stage.world.admin.execute(
        "SELECT p.id, p.nama, h.version FROM person p JOIN household h ON h.id = p.household_id"
        " WHERE h.id = %s AND p.pengurus",
        (household,),
    )
    [row] = await cursor.fetchall()
    edit = {"version": row["version"], "members": [{"id": row["id"], "nama": f"{row['nama']} S"}]}
    await edit_family(stage.world.api, await stage.person("operator_desa"), household, edit)
