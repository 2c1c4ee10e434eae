"""The identity check of a family that is edited while Dukcapil is asked: an answer is about what was asked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from psycopg.errors import LockNotAvailable

from alur.seed.population import Scenario
from flows import calls
from flows.usulan_batch import usulan_batch
from models.database import connect, fetch_value
from models.install import role_dsn
from models.register.commands import Verdict, note_answered
from models.register.edits import edit_family
from tests.flows.stage import Stage, head
from tests.flows.steps import steps_of

STEPS = steps_of(usulan_batch)
SLOW = {"dukcapil/*": {"processing_ms": 3_600_000}}
"""Dukcapil takes the question in and answers much later."""
STRANGER = "Tidak Dikenal Siapapun"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test for the pauses between looks at a job that takes an hour."""
    monkeypatch.setattr(calls, "_POLLS_S", (0.05, 0.3))


async def _member(stage: Stage, household: int, nik: str | None = None) -> dict[str, Any]:
    cursor = await stage.world.admin.execute(
        "SELECT p.id, p.padan, p.status, h.version FROM person p JOIN household h ON h.id = p.household_id "
        "WHERE h.id = %s AND (p.nik = %s OR %s::text IS NULL AND p.hubungan = 1)",
        (household, nik, nik),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def _edit(stage: Stage, household: int, **fields: Any) -> None:
    """Let the village's operator change the head of a family."""
    member = await _member(stage, household)
    edit = {"version": member["version"], "members": [{"id": member["id"], **fields}]}
    await edit_family(stage.world.api, await stage.person("operator_desa"), household, edit)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [({"nama": STRANGER}, "NAMA_BEDA"), ({"nik": "unknown"}, "NIK_TIDAK_ADA")],
    ids=["name", "nik"],
)
async def test_an_edit_while_dukcapil_thinks_is_asked_about_itself(
    stage: Stage, edit: dict[str, str], reason: str
) -> None:
    family, other = await stage.families(2)
    if "nik" in edit:
        edit = {"nik": head(family)[:12] + "9876"}
    households = await stage.register([family, other])
    batch, (case, neighbour) = await stage.propose(households)
    stage.sim.faults(SLOW)
    await stage.look(batch, *STEPS)
    assert await stage.states([case, neighbour]) == ["cek_data"] * 2
    await _edit(stage, households[0], **edit)
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    assert (await stage.rules(case), await stage.reason(case)) == ("U01 U02 U06", reason)
    assert not (await _member(stage, households[0]))["padan"]
    assert await stage.rules(neighbour) == "U01 U02 U05"
    assert sorted(job["puts"] for job in stage.sim.jobs()) == [1, 1]
    assert {call["state"] for call in await stage.calls(batch)} == {"selesai"}


async def test_an_edit_between_sending_and_answer_is_asked_about_in_the_same_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (family,) = await stage.families(1)
    (household,) = await stage.register([family])
    batch, (case,) = await stage.propose([household])
    send = httpx.AsyncClient.send
    edited: list[str] = []

    async def editing(client: Any, request: httpx.Request, **more: Any) -> httpx.Response:
        response = await send(client, request, **more)
        if request.method == "PUT" and not edited:
            edited.append(str(request.url))
            await _edit(stage, household, nama=STRANGER)
        return response

    monkeypatch.setattr(httpx.AsyncClient, "send", editing)
    await stage.look(batch, *STEPS)
    assert edited
    assert (await stage.rules(case), await stage.reason(case)) == ("U01 U02 U06", "NAMA_BEDA")
    assert (await _member(stage, household))["padan"] is False
    assert stage.agrees()


async def test_a_question_that_an_edit_has_overtaken_is_given_up(stage: Stage) -> None:
    """Nobody waits for its answer: the batch asks anew at once, under another key."""
    (family,) = await stage.families(1)
    (household,) = await stage.register([family])
    batch, (case,) = await stage.propose([household])
    stage.sim.faults(SLOW)
    await stage.look(batch, *STEPS)
    await _edit(stage, household, tanggal_lahir="1971-02-03")
    stage.sim.faults({})
    await stage.look(batch, *STEPS)
    first, second = await stage.calls(batch)
    assert (first["state"], second["state"]) == ("batal", "selesai")
    assert first["key"] != second["key"]
    assert second["editions"] == [2] * len(second["ids"])
    assert await stage.state(case) == "padan"


async def test_a_death_is_noted_with_the_move_and_is_no_edit(stage: Stage) -> None:
    """What the answer itself changes in the family must not make the family be asked about again."""
    family = next(family for family in await stage.families(8) if len(family.truth.members) > 2)
    child = family.truth.members[-1].nik
    (household,) = await stage.register([family], Scenario(child, "verifikasi", 0, "11"))
    batch, (case,) = await stage.propose([household])
    await stage.look(batch, *STEPS)
    assert await stage.rules(case) == "U01 U02 U05"
    assert (await _member(stage, household, child))["status"] == "meninggal"
    assert [job["puts"] for job in stage.sim.jobs()] == [1]


async def test_an_answer_about_an_older_version_is_written_nowhere(stage: Stage) -> None:
    here, there = await stage.register(await stage.families(2))
    asked, other = await _member(stage, here), await _member(stage, there)
    await _edit(stage, here, nama=STRANGER)
    verdicts = [Verdict(asked["id"], asked["version"], True, "meninggal"), Verdict(other["id"], other["version"], True)]
    written = await note_answered(stage.world.worker, await stage.world.system(), verdicts)
    assert written == {other["id"]}
    assert (await _member(stage, here))["padan"] is None
    assert (await _member(stage, here))["status"] == "hidup"
    assert (await _member(stage, there))["padan"] is True


async def test_a_family_stays_as_it_is_from_its_answer_to_its_move(stage: Stage) -> None:
    (household,) = await stage.register(await stage.families(1))
    member = await _member(stage, household)
    system, operator = await stage.world.system(), await stage.person("operator_desa")
    edit = {"version": member["version"], "members": [{"id": member["id"], "nama": STRANGER}]}
    async with await connect(role_dsn(stage.world.admin_dsn, "alur_api")) as other:
        await other.execute("SET lock_timeout = '200ms'")
        async with stage.world.worker.transaction():
            await note_answered(stage.world.worker, system, [Verdict(member["id"], member["version"], True)])
            with pytest.raises(LockNotAvailable):
                await edit_family(other, operator, household, edit)
        await edit_family(other, operator, household, edit)
    assert await fetch_value(stage.world.admin, "SELECT padan FROM person WHERE id = %s", (member["id"],)) is None


async def test_families_asked_before_the_upgrade_are_asked_again(stage: Stage) -> None:
    """Release 0.1.0 did not write down which edition it asked about: its answer proves nothing."""
    batch, (case,) = await stage.propose(await stage.register(await stage.families(1)))
    stage.sim.faults(SLOW)
    await stage.look(batch, *STEPS)
    await stage.world.admin.execute("UPDATE call SET editions = NULL, key = 'lama'")
    stage.sim.answer_now()
    await stage.look(batch, *STEPS)
    assert await stage.state(case) == "padan"
    assert [call["state"] for call in await stage.calls(batch)] == ["batal", "selesai"]
