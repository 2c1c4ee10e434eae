"""Prefect as its users expect it: a plain server, `prefect deploy --all`, a process worker in another folder."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from flows import deployments
from flows.deployments import apply, declared, lost
from flows.usulan_batch import usulan_batch
from models.batch import queries
from models.install import role_dsn
from tests.flows.plain_prefect import ROOT, PlainPrefect
from tests.flows.stage import Stage
from tests.flows.steps import steps_of
from tests.support.world import DESA

EXPECTED = {
    # name: (schedule, runs at once, kind of batch as tag, whether a batch must be named)
    "usulan-batch": (None, 32, "usulan", True),
    "pengesahan": (None, 32, "pengesahan", True),
    "penetapan": (None, 4, "penetapan", True),
    "penyaluran-tahap": (None, 32, "tahap", True),
    "harian": ("5 0 * * *", 2, "harian", False),
    "kabar-bank": ("*/15 * * * *", 2, "kabar", False),
    "pantau-macet": ("35 * * * *", 2, "pantau", False),
    "sanggah": ("*/15 * * * *", 2, "sanggah", False),
    "siklus": ("20 0 * * *", 2, "siklus", False),
    "siklus-kab": (None, 32, "siklus_kab", True),
    "kirim-kabar": ("*/10 * * * *", 2, None, False),
}
"""Said a second time on purpose, so that no deployment changes unnoticed."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainPrefect]:
    """A server to which everything was deployed with Prefect's own commands."""
    running = PlainPrefect(tmp_path_factory.mktemp("prefect"))
    try:
        running.command("work-pool", "create", "alur", "--type", "process")
        running.command("deploy", "--all")
        yield running
    finally:
        running.close()


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a deployment without the marks of its writing."""
    kept = ("id", "name", "version", "description", "tags", "parameters", "parameter_openapi_schema", "entrypoint")
    more = (
        "pull_steps",
        "work_pool_name",
        "enforce_parameter_schema",
        "concurrency_options",
        "paused",
        "job_variables",
    )
    schedules = [(s["schedule"]["cron"], s["schedule"]["timezone"], s["active"]) for s in row["schedules"]]
    limit = row["global_concurrency_limit"]["limit"]
    return {key: row[key] for key in (*kept, *more)} | {"schedules": schedules, "limit": limit}


def _all(plain: PlainPrefect) -> dict[str, dict[str, Any]]:
    return {name: _told(row) for name, row in plain.deployments().items()}


# -- what is deployed --------------------------------------------------------------------------------------------------


def test_prefect_s_own_command_deploys_everything(plain: PlainPrefect) -> None:
    there = _all(plain)
    release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert there.keys() == EXPECTED.keys()
    for name, (cron, limit, kind, named) in EXPECTED.items():
        row = there[name]
        assert row["schedules"] == ([(cron, "Asia/Jakarta", True)] if cron else [])
        assert (row["limit"], row["concurrency_options"]["collision_strategy"]) == (limit, "ENQUEUE")
        assert row["tags"][:2] == ["alur", kind or "jadwal"]
        assert (row["version"], row["work_pool_name"], row["pull_steps"]) == (release, "alur", [])
        assert row["enforce_parameter_schema"]
        assert row["description"]
        schema = row["parameter_openapi_schema"]
        assert schema.get("required", []) == (["batch"] if named else [])
        assert schema["properties"].keys() == ({"batch"} if kind else set())
        if kind is None:
            continue
        batch = schema["properties"]["batch"]
        assert {"type": "integer", "minimum": 1}.items() <= (batch if named else batch["anyOf"][0]).items()


def test_a_run_takes_the_number_of_a_batch_and_nothing_else(plain: PlainPrefect) -> None:
    deployment = plain.deployments()["usulan-batch"]["id"]
    for wrong in ({}, {"batch": "Bu Siti"}, {"batch": 0}):
        assert plain.refused(f"/deployments/{deployment}/create_flow_run", {"parameters": wrong}) == 409


async def test_the_engine_deploys_the_same(plain: PlainPrefect) -> None:
    before = _all(plain)
    with plain.client_settings():
        async with get_client() as client:
            await apply(client, "inline")
    assert _all(plain) == before


async def test_what_was_changed_or_removed_in_the_file_is_so_in_prefect(
    plain: PlainPrefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _all(plain)
    flow = plain.deployments()["harian"]["flow_id"]
    plain.ask("POST", "/deployments/", {"name": "milik-lain", "flow_id": flow, "tags": ["dinas"]})
    plain.ask("POST", "/deployments/", {"name": "lama", "flow_id": flow, "tags": ["alur", "lama"]})
    changed = tuple(
        dataclasses.replace(each, schedules=() if each.name == "harian" else (("0 * * * *", "Asia/Jakarta"),))
        for each in declared()
        if each.name in {"harian", "kabar-bank"}
    )
    with plain.client_settings():
        async with get_client() as client:
            with monkeypatch.context() as patch:
                patch.setattr(deployments, "declared", lambda: changed)
                await apply(client, None)
                there = plain.deployments()
                assert there.keys() == {"harian", "kabar-bank", "milik-lain"}
                assert there["harian"]["schedules"] == []
                assert [s["schedule"]["cron"] for s in there["kabar-bank"]["schedules"]] == ["0 * * * *"]
            await client.delete_deployment(there["milik-lain"]["id"])
            await apply(client, None)
    again = _all(plain)
    assert {name: row | {"id": ""} for name, row in again.items()} == {
        name: row | {"id": ""} for name, row in before.items()
    }


async def test_an_emptied_prefect_is_noticed_and_another_release_at_work_is_left_alone(
    plain: PlainPrefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plain.client_settings():
        async with get_client() as client:
            assert not await lost(client)
            await client.delete_deployment(plain.deployments()["harian"]["id"])
            assert await lost(client)
            with monkeypatch.context() as patch:
                older = tuple(dataclasses.replace(each, version="0.0.9") for each in declared())
                patch.setattr(deployments, "declared", lambda: older)
                assert not await lost(client)
            for row in plain.deployments().values():
                await client.delete_deployment(row["id"])
            assert await lost(client)
            await apply(client, "inline")
            assert not await lost(client)
    assert plain.deployments().keys() == EXPECTED.keys()


# -- what runs ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(stage: Stage) -> dict[str, str]:
    """What a worker is told of the stage."""
    return {
        "ALUR_WORKER_DATABASE_URL": role_dsn(stage.world.admin_dsn, "alur_worker"),
        "ALUR_PORTS_URL": stage.sim.url,
    }


async def _personal(stage: Stage, households: list[int]) -> set[str]:
    """Return what nobody may read in Prefect: names, numbers and addresses of the stage's families."""
    cursor = await stage.world.admin.execute(
        "SELECT h.no_kk, h.alamat, p.nik, p.nama FROM household h JOIN person p ON p.household_id = h.id "
        "WHERE h.id = ANY (%s)",
        (households,),
    )
    found = {str(value) for row in await cursor.fetchall() for value in row.values() if value}
    assert len(found) > 3 * len(households)
    return found


def _states(plain: PlainPrefect, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every state a run has had, in order."""
    found: list[dict[str, Any]] = plain.ask("GET", f"/flow_run_states/?flow_run_id={run['id']}")
    return sorted(found, key=lambda state: state["timestamp"])


def _everything_of(plain: PlainPrefect) -> str:
    """Return all that Prefect tells about its runs: names, tags, parameters, states, reports, logs."""
    asked = [plain.ask("POST", f"/{what}/filter", {}) for what in ("flow_runs", "artifacts", "logs")]
    states = [_states(plain, run) for run in asked[0]]
    return json.dumps([asked, states], ensure_ascii=False)


async def test_a_process_worker_in_another_folder_carries_a_list(
    plain: PlainPrefect, stage: Stage, environment: dict[str, str]
) -> None:
    """From the meeting's gate to its decision; what Prefect shows says where and how many, and never who."""
    households = await stage.register(await stage.families(3))
    batch, cases = await stage.propose(households)
    personal = await _personal(stage, households)
    await stage.world.admin.execute("UPDATE batch SET title = %s WHERE id = %s", (min(personal), batch))
    await stage.look(batch, *steps_of(usulan_batch))
    await stage.fire("operator_desa", "usulan.masuk_musdes", cases, id_batch_musdes=1)
    with plain.worker(environment):
        run = plain.run("usulan-batch", batch=batch)
        waiting = plain.until_state(run, "PAUSED")
        (before,) = _reports(plain, batch)
        await stage.decide(batch, "musdes")
        plain.ask("POST", f"/flow_runs/{run}/resume")
        ended = plain.until_state(run, "COMPLETED")
    assert await stage.states(cases) == ["usulan_final"] * 3
    assert waiting["name"] == ended["name"] == f"usulan-batch {await _place(stage)} · batch {batch}"
    assert {"alur", "usulan", f"batch-{batch}", f"kab-{str(DESA)[:4]}"} <= set(ended["tags"])
    assert ended["state"]["message"] == f"batch {batch}: usulan.usulan_final 3"
    assert "attempt **2**" in before["data"]
    assert "`usulan.musyawarah` | 3 |" in before["data"]
    assert "Berita acara musyawarah | kades | 0/1 | 3 |" in before["data"]
    (after,) = _reports(plain, batch)
    assert (after["id"], after["flow_run_id"]) == (before["id"], run)
    assert "`usulan.usulan_final` | 3 |" in after["data"]
    assert "no gate is open" in after["data"]
    told = _everything_of(plain)
    assert [word for word in personal if word in told + plain.printed()] == []


def _reports(plain: PlainPrefect, batch: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plain.ask(
        "POST", "/artifacts/filter", {"artifacts": {"key": {"any_": [f"batch-{batch}"]}}}
    )
    return found


async def _place(stage: Stage) -> str:
    cursor = await stage.world.admin.execute("SELECT name FROM region WHERE code = %s", (DESA,))
    row = await cursor.fetchone()
    return f"Desa {row['name']} {DESA}" if row else str(DESA)


async def test_an_error_reaches_prefect_without_its_words_and_the_flow_begins_again(
    plain: PlainPrefect, stage: Stage, environment: dict[str, str]
) -> None:
    """PostgreSQL quotes the row that it refuses: name, NIK and all."""
    households = await stage.register(await stage.families(1))
    batch, cases = await stage.propose(households)
    personal = await _personal(stage, households)
    printed = plain.python("tests.flows.broken_run", str(batch), said=", ".join(sorted(personal)), **environment)
    assert await stage.states(cases) == ["padan"]
    run, *_ = plain.ask("POST", "/flow_runs/filter", {"sort": "START_TIME_DESC"})
    assert f"batch-{batch}" in run["tags"]
    assert (run["state_type"], run["run_count"]) == ("COMPLETED", 2)
    what = f"batch {batch}: ValueError di · in broken (broken_run.py:"
    assert [state["name"] for state in _states(plain, run) if what in (state["message"] or "")] == ["AwaitingRetry"]
    assert what in printed
    assert [word for word in personal if word in printed + _everything_of(plain)] == []
    (record,) = await queries.runs(stage.world.admin, batch)
    assert record["outcome"] == "selesai"
    assert not await stage.open_wakes(batch)


def test_a_wheel_brings_the_deployments(tmp_path: Path) -> None:
    """Where Alur is installed, no repository lies beside it."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert packed.read("flows/prefect.yaml") == (ROOT / "prefect.yaml").read_bytes()
