"""One row that an outside system refuses holds nobody else, and what would be refused is not written down."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from models.database import fetch_value
from models.register.edits import edit_family
from models.register.errors import HouseholdInvalid
from tests.faults.test_orders_out import between, problem
from tests.flows.paying import STEPS, approve_until, members_of_tahap
from tests.flows.stage import Stage


@pytest.mark.parametrize("status", [400, 422])
async def test_a_list_that_is_refused_for_one_row_goes_out_without_it(stage: Stage, status: int) -> None:
    batch, households = await members_of_tahap(stage, await stage.families(5, accounts=False))
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    bad = str((await stage.payments(households, batch))[2])

    def refusing(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT" or "/burekol/" not in str(request.url):
            return None
        rows = json.loads(request.content)["baris"]
        return problem(status, request) if bad in {row["id"] for row in rows} else None

    with between(refusing):
        await stage.look(batch, *STEPS)
    cases = await stage.payments(households, batch)
    waiting = "burekol_proses"
    printed = "kks_distribusi"
    assert await stage.states(cases) == [waiting if str(case) == bad else printed for case in cases]
    refused = [call["ids"] for call in await stage.calls(batch) if call["state"] == "ditolak"]
    assert refused[-1] == [bad]
    await stage.look(batch, *STEPS)
    assert set(await stage.states(cases)) == {printed}
    assert {n for (what, _), n in stage.sim.meetings().items() if what == "burekol"} == {1}


async def test_a_refusal_that_says_nothing_of_the_rows_splits_no_list(stage: Stage) -> None:
    batch, _ = await members_of_tahap(stage, await stage.families(4, accounts=False))
    await approve_until(stage, batch, "closing")
    await stage.decide_all(batch)
    puts: list[str] = []

    def refusing(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT" or "/burekol/" not in str(request.url):
            return None
        puts.append(str(request.url))
        return problem(403, request)

    with between(refusing):
        await stage.look(batch, *STEPS)
    assert len(set(puts)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"alamat": ""}, "alamat masih kosong"),
        ({"alamat": "  "}, "alamat masih kosong"),
        ({"alamat": "Jalan " + "x" * 300}, "paling banyak 200"),
        ({"nama": ""}, "nama masih kosong"),
        ({"nama": "A" * 121}, "paling banyak 120"),
    ],
)
async def test_an_edit_writes_nothing_that_would_be_refused(stage: Stage, fields: dict[str, Any], said: str) -> None:
    [household] = await stage.register(await stage.families(1))
    cursor = await stage.world.admin.execute(
        "SELECT p.id, h.version FROM person p JOIN household h ON h.id = p.household_id"
        " WHERE h.id = %s AND p.hubungan = 1",
        (household,),
    )
    [row] = await cursor.fetchall()
    told = fields if "alamat" in fields else {"members": [{"id": row["id"], **fields}]}
    operator = await stage.person("operator_desa")
    with pytest.raises(HouseholdInvalid, match=said):
        await edit_family(stage.world.api, operator, household, {"version": row["version"], **told})
    version = await fetch_value(stage.world.admin, "SELECT version FROM household WHERE id = %s", (household,))
    assert version == row["version"]
