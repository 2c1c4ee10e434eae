"""The one command of the README, from an empty home to the second start, with its story and its Ctrl-C."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from alur.runtime.ports import free_port
from state_machines.vocabulary import ROLES
from tests.e2e.installation import PATIENCE_S, Installation, command, environment, installed, processes_of, until


@pytest.fixture(scope="module")
def played() -> Iterator[Installation]:
    """A fresh home on which `alur run` was given, as the README says it, and which has told its story."""
    with installed() as made:
        made.start(story=True)
        until("the end of the story", lambda: (made.home / "cerita-selesai").exists() or "stopped:" in made.said, 300)
        yield made


def _told(done: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_everything_is_ready(played: Installation) -> None:
    answer = httpx.get(f"{played.url}/readyz", timeout=30, trust_env=False)
    parts = {"basis_data": True, "mesin": True, "prefect": True, "sistem_luar": True}
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "parts": parts})


def test_prefect_s_server_answers_with_the_pinned_versions(played: Installation) -> None:
    """Prefect 3.8's server starts only with some versions of FastAPI; a lock with another one fails here."""
    told = played.environment_of("engine")
    name, _, password = told["PREFECT_API_AUTH_STRING"].partition(":")
    with httpx.Client(auth=(name, password), base_url=told["PREFECT_API_URL"], timeout=30, trust_env=False) as http:
        assert http.get("/health").json() is True
        assert http.get("/admin/version").json() == "3.8.8"


def test_the_story_was_told_to_its_end(played: Installation) -> None:
    until("the replay after it", lambda: "Replay agrees" in played.said)
    assert "NOT SEEN" not in played.said
    assert "The story stopped" not in played.said


def test_a_home_is_run_once(played: Installation) -> None:
    """Somebody starts it twice: refused before anything that runs is touched."""
    role = "SELECT rolpassword FROM pg_authid WHERE rolname = 'alur_prefect'"
    before = played.rows(role)
    for port in (played.port, free_port()):
        done = _run(played.home, port)
        assert done.returncode == 1
        assert f"Alur is running on {played.home} already, as process {played.pid}." in done.stderr
        assert "another ALUR_HOME and another ALUR_PORT" in done.stderr
    assert played.rows(role) == before


def test_every_role_has_a_sign_in_that_is_printed(played: Installation) -> None:
    """One line for each role that works here, a citizen's too; the terminal says where to find them."""
    lines = (played.home / "demo" / "masuk.txt").read_text().splitlines()
    assert {line.split()[0] for line in lines} == {role.id for role in ROLES} - {"sistem"}
    for line in lines:
        assert line in played.said
    family = played.person("warga1").get("/me")["household_id"]
    assert played.person("warga1").get(f"/households/{family}")["id"] == family


def test_a_taken_port_is_named_with_a_way_out(played: Installation, tmp_path: Path) -> None:
    done = _run(tmp_path, played.port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {played.port} is taken")
    assert f"ALUR_PORT={played.port + 1} make run" in done.stderr
    assert not list(tmp_path.iterdir())


def _run(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("run"),
        env=environment(home, ALUR_PORT=str(port)),
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_a_region_where_nobody_lives_is_refused(played: Installation) -> None:
    done = played.alur("run", "--region", "9999")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "There is no region 9999; codes have 2, 4, 6 or 10 digits, e.g. 3204 for Kab. Bandung.",
    )


def test_ctrl_c_leaves_no_process_and_the_next_run_continues(played: Installation) -> None:
    before = played.rows("SELECT count(*) AS transitions, max(act) AS act FROM transition")
    assert {"prefect", "simulator", "engine", "api"} <= set(played.children())
    assert played.interrupt() == 0
    assert [(process.pid, process.cmdline()) for process in processes_of(played.home)] == []
    played.start(story=True)
    assert played.rows("SELECT count(*) AS transitions, max(act) AS act FROM transition") == before
    until("the word that the story was played", lambda: "The story was played before" in played.said)
    assert "Demo population" not in played.said
    assert played.alur("audit", "replay").returncode == 0


@pytest.mark.slow
def test_the_story_is_played_again_in_a_month_of_its_own(played: Installation) -> None:
    """With lists nobody sent before."""
    done = played.alur("demo", "--json", seconds=400)
    told = _told(done)
    assert done.returncode == 0, told
    assert (told["ok"], told["replay"], told["missing"]) == (True, True, [])
    balance = told["balance"]
    assert balance["closing"] == sum(amount for name, amount in balance.items() if name != "closing") > 0
    assert played.alur("audit", "replay").returncode == 0
