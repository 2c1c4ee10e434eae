"""The doctor finds what is wrong, says what to do about it, and leaves alone what is well.

Real: PostgreSQL and the API in this process's threads; each test spoils one thing in a database of its own.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import SecretStr

from alur.doctor import database as looks
from alur.doctor import examine, machine, worst
from alur.doctor.lines import Line, Status, age, judged
from models.approval.commands import open_gate
from models.backup.queries import revision
from models.batch.commands import end_lease, open_batch, take_lease, wake
from models.batch.queries import beat
from models.call.commands import note_call, set_call
from models.database import sync_connect
from models.health.queries import figures_now
from models.settings import Settings
from models.signin.keys import new_account_key
from tests.integration.operations.kit import drafts
from tests.support.server import TestServer
from tests.support.world import World

Owner = Connection[DictRow]


@pytest.fixture
def owner(database: str) -> Iterator[Owner]:
    with sync_connect(database) as conn:
        conn.execute(  # the lists of this year and the next are in, whichever year it is
            "INSERT INTO holiday (day, name, kind, decree) "
            "SELECT make_date(extract(year FROM now())::integer + y, m, 1), 'uji', 'libur', 'uji' "
            "FROM generate_series(0, 1) y, generate_series(1, 12) m ON CONFLICT DO NOTHING"
        )
        conn.execute("UPDATE policy SET value = '[]' WHERE key = 'siklus.tanggal'")  # no cycle is near
        yield conn


def look(conn: Owner, *, production: bool = False) -> dict[str, Line]:
    """Return what the database's lines say, by check."""
    return {line.check: line for line in looks.everything(conn, production=production)}


def wrong(lines: dict[str, Line]) -> dict[str, Status]:
    return {check: line.status for check, line in lines.items() if line.status is not Status.OK}


@contextmanager
def api(parts: dict[str, bool] | None) -> Iterator[int]:
    """Something that answers as the API does; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"status": "hidup"} if self.path == "/healthz" else {"parts": parts}).encode()
            self.send_response(200 if self.path == "/healthz" or all((parts or {}).values()) else 503)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class TestTheDatabase:
    async def test_in_an_installation_that_works_everything_is_well(self, world: World, owner: Owner) -> None:
        await drafts(world, 3)
        await beat(world.worker, "engine")
        lines = look(owner)
        assert not wrong(lines), {check: lines[check].what for check in wrong(lines)}
        assert lines["riwayat"].figures["checked"] == 3

    def test_an_engine_that_never_lived_or_fell_silent(self, owner: Owner) -> None:
        assert wrong(look(owner)) == {"mesin": Status.GALAT}
        owner.execute("INSERT INTO heartbeat VALUES ('engine', clock_timestamp() - interval '59 seconds')")
        assert wrong(look(owner)) == {}
        owner.execute("UPDATE heartbeat SET at = at - interval '10 seconds'")
        assert wrong(look(owner)) == {"mesin": Status.GALAT}

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("ALTER TABLE person DISABLE ROW LEVEL SECURITY", "table person: row-level security is off"),
            ("ALTER TABLE transition DISABLE TRIGGER only_door", "table transition: trigger only_door"),
            ("ALTER TABLE transition ENABLE TRIGGER only_door", "table transition: trigger only_door"),
            ("ALTER TABLE act DISABLE TRIGGER append_only", "table act: trigger append_only is off"),
            ("DROP TRIGGER only_door ON position", "table position: trigger only_door"),
            ("GRANT UPDATE ON position TO alur_api", "table position: alur_api may UPDATE"),
            ("GRANT INSERT ON fact TO PUBLIC", "table fact: alur_public may INSERT"),
            (
                "CREATE POLICY bocor ON household FOR SELECT TO alur_auditor USING (true)",
                "table household: policy bocor shows every row",
            ),
            (
                "CREATE TABLE salinan AS SELECT nik, nama FROM person",
                "table salinan: row-level security is off",
            ),
            (
                "ALTER FUNCTION approval_decide(uuid, bigint, text, text, text, jsonb, jsonb) OWNER TO CURRENT_USER",
                "function approval_decide",
            ),
        ],
    )
    def test_a_guard_that_is_missing_is_named(self, owner: Owner, statement: str, said: str) -> None:
        assert look(owner)["penjaga"].status is Status.OK
        owner.execute(statement.encode())
        line = look(owner)["penjaga"]
        assert line.status is Status.GALAT
        assert any(one.startswith(said) for one in line.figures["missing"]), line.figures
        assert "alur migrate" in line.mend

    def test_a_clock_that_was_moved(self, owner: Owner) -> None:
        owner.execute("SELECT clock_travel(alur_now() + interval '40 days')")
        assert look(owner)["jam"].status is Status.OK
        assert "40 d" in look(owner)["jam"].what
        assert look(owner, production=True)["jam"].status is Status.GALAT
        owner.execute("UPDATE clock SET shift = '0', mark = 'production'")
        assert look(owner, production=True)["jam"].status is Status.OK
        owner.execute("ALTER TABLE clock DROP CONSTRAINT clock_check")
        owner.execute("UPDATE clock SET shift = '1 day'")
        assert look(owner)["jam"].status is Status.GALAT

    def test_clocks_of_two_machines_that_differ(self, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
        real = time.time
        for seconds, status in ((0.0, Status.OK), (3.0, Status.PERHATIAN), (-30.0, Status.GALAT)):
            monkeypatch.setattr("alur.doctor.database.time.time", lambda by=seconds: real() + by)
            assert look(owner)["selisih jam"].status is status

    def test_a_schema_that_is_not_the_program_s(self, owner: Owner, server: TestServer) -> None:
        owner.execute("UPDATE alembic_version SET version_num = '9999'")
        assert look(owner)["skema"].status is Status.PERHATIAN
        owner.execute("UPDATE alembic_version SET version_num = '0000'")
        assert look(owner)["skema"].status is Status.PERHATIAN
        blank = server.blank()
        with sync_connect(blank) as nothing:
            lines = look(nothing)
        server.drop(blank)
        assert set(lines) == {"postgresql", "skema"}
        assert (lines["skema"].status, lines["skema"].mend) == (Status.GALAT, "jalankan `alur migrate`")

    def test_an_older_schema_is_told_before_anything_asks_it(
        self, owner: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(looks, "revisions", lambda: ("0099", revision(owner)))
        lines = look(owner)
        assert lines["skema"].status is Status.GALAT
        assert "0099" in lines["skema"].what
        assert "penjaga" not in lines

    def test_functions_of_another_version(self, owner: Owner) -> None:
        assert "fungsi" not in look(owner)
        owner.execute("COMMENT ON SCHEMA public IS 'alur 0123456789abcdef'")
        assert look(owner)["fungsi"].status is Status.PERHATIAN

    async def test_work_that_lags(self, world: World, owner: Owner) -> None:
        await beat(world.worker, "engine")
        system = await world.system()
        first, second, third, fourth = [
            await open_batch(world.worker, system, "usulan", 3204052001, f"Uji {n}") for n in range(4)
        ]
        owner.execute("UPDATE wake SET done_at = now() WHERE done_at IS NULL")
        assert wrong(look(owner)) == {}

        await wake(world.worker, first, "uji")
        for minutes, status in ((1, None), (5, Status.PERHATIAN), (60, Status.GALAT)):
            owner.execute("UPDATE wake SET created_at = alur_now() - make_interval(mins => %s)", (minutes,))
            assert wrong(look(owner)).get("bangun") is status
        owner.execute("UPDATE wake SET done_at = now()")

        run = uuid4()
        await take_lease(world.worker, first, uuid4(), 60)
        await take_lease(world.worker, second, run, 60)
        assert look(owner)["sewa"].figures["live"] == 2
        assert wrong(look(owner)) == {}
        owner.execute("UPDATE batch_run SET lease_until = now() - interval '2 minutes' WHERE batch = %s", (second,))
        assert wrong(look(owner)) == {"sewa": Status.PERHATIAN}
        owner.execute("UPDATE batch_run SET lease_until = now() - interval '4 minutes' WHERE batch = %s", (second,))
        lines = look(owner)
        assert wrong(lines) == {"sewa": Status.GALAT, "batch": Status.GALAT}
        assert lines["batch"].figures["dead"] == [second]
        await end_lease(world.worker, second, run, "tunda")
        assert wrong(look(owner)) == {}

        failed = uuid4()
        await take_lease(world.worker, third, failed, 60)
        await end_lease(world.worker, third, failed, "gagal")
        assert look(owner)["batch"].figures["dead"] == [third]
        await wake(world.worker, third, "ulang")
        assert wrong(look(owner)) == {}
        owner.execute("UPDATE batch SET state = 'selesai' WHERE id = %s", (fourth,))

    async def test_calls_whose_outcome_nobody_knows(self, world: World, owner: Owner) -> None:
        await beat(world.worker, "engine")
        batch = await open_batch(world.worker, await world.system(), "usulan", 3204052001, "Uji")
        owner.execute("UPDATE wake SET done_at = now() WHERE done_at IS NULL")
        await note_call(world.worker, "/uji", "a", batch, "x", ["1"], [1])
        await set_call(world.worker, "/uji", "a", "tidak_diketahui")
        for minutes, status in ((1, None), (20, Status.PERHATIAN), (2_000, Status.GALAT)):
            owner.execute("UPDATE call SET created_at = alur_now() - make_interval(mins => %s)", (minutes,))
            assert wrong(look(owner)).get("panggilan") is status
        await set_call(world.worker, "/uji", "a", "ditolak", "kunci salah")
        assert wrong(look(owner)) == {"panggilan": Status.PERHATIAN}

    async def test_gates_past_their_deadline(self, world: World, owner: Owner) -> None:
        await beat(world.worker, "engine")
        system = await world.system()
        batch = await open_batch(world.worker, system, "usulan", 3204052001, "Uji")
        cases = await drafts(world, 2)
        await open_gate(world.worker, system, batch, "musdes", cases, region=3204052001)
        owner.execute("UPDATE wake SET done_at = now() WHERE done_at IS NULL")
        assert look(owner)["gerbang"].figures["open"] == 1
        for days, status in ((-1, None), (1, Status.PERHATIAN), (8, Status.GALAT)):
            owner.execute("UPDATE approval SET deadline = alur_now() - make_interval(days => %s)", (days,))
            assert wrong(look(owner)).get("gerbang") is status

    async def test_a_case_that_stands_elsewhere_than_its_log_says(self, world: World, owner: Owner) -> None:
        cases = await drafts(world, 4)
        changes = (
            "UPDATE position SET state = state + 1 WHERE case_id = %s",
            "UPDATE position SET version = 9 WHERE case_id = %s",
            "UPDATE position SET since = since - interval '1 day' WHERE case_id = %s",
            "UPDATE position SET region = region + 1 WHERE case_id = %s",
        )
        owner.execute("ALTER TABLE position DISABLE TRIGGER USER")
        for n, (case, change) in enumerate(zip(cases, changes, strict=True)):
            owner.execute(change.encode(), (case,))
            line = look(owner)["riwayat"]
            assert line.status is Status.GALAT
            assert line.figures == {"checked": 4, "wrong": sorted(cases[: n + 1])}

    def test_a_transaction_that_nobody_ends(self, owner: Owner, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with sync_connect(database) as forgetful:
            forgetful.execute("SET application_name = 'lupa'")
            forgetful.execute("BEGIN")
            assert look(owner)["transaksi"].status is Status.OK
            monkeypatch.setattr(looks, "_TRANSACTION_S", (-1.0, 3_600.0))
            line = look(owner)["transaksi"]
            assert line.status is Status.PERHATIAN
            assert "lupa" in line.what
            assert f"pid {forgetful.info.backend_pid}" in line.what
            monkeypatch.setattr(looks, "_TRANSACTION_S", (-2.0, -1.0))
            assert look(owner)["transaksi"].status is Status.GALAT
            forgetful.execute("SET application_name = 'alur backup'")
            assert look(owner)["transaksi"].figures["open"] == [], "a backup takes as long as it takes"

    def test_connections_that_run_out(self, owner: Owner) -> None:
        figures = figures_now(owner)
        told = {
            used: looks.connections(replace(figures, connections=used, connections_most=100)).status
            for used in (80, 81, 96)
        }
        assert told == {80: Status.OK, 81: Status.PERHATIAN, 96: Status.GALAT}


class TestTheMachine:
    def test_an_api_that_is_not_there(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            [line] = machine.processes(Settings(_env_file=None, port=taken.getsockname()[1]))
        assert (line.check, line.status) == ("api", Status.GALAT)
        assert "alur run" in line.mend

    @pytest.mark.parametrize("parts", [{}, {"prefect": True}, {"prefect": True, "sistem_luar": False}])
    def test_what_the_api_leans_on(self, parts: dict[str, bool]) -> None:
        with api({"basis_data": True, "mesin": True} | parts) as port:
            lines = machine.processes(Settings(_env_file=None, port=port, host="0.0.0.0"))  # noqa: S104 -- what an operator sets
        names = {"prefect": "prefect", "sistem_luar": "sistem luar"}
        expected = {"api": True} | {names[part]: well for part, well in parts.items()}
        assert {line.check: line.status is Status.OK for line in lines} == expected

    def test_something_else_that_answers_there(self) -> None:
        with api(None) as port:
            [line] = machine.processes(Settings(_env_file=None, port=port))
        assert line.status is Status.GALAT

    @pytest.mark.parametrize(
        ("free", "database", "status"),
        [
            (100 * 10**9, 10**9, Status.OK),
            (100 * 10**9, 99 * 10**9, Status.PERHATIAN),
            (10**9, 0, Status.PERHATIAN),
            (10**8, 0, Status.GALAT),
        ],
    )
    def test_room(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, database: int, status: Status
    ) -> None:
        class Usage:
            pass

        usage = Usage()
        usage.free = free  # type: ignore[attr-defined]
        monkeypatch.setattr("alur.doctor.machine.shutil.disk_usage", lambda _: usage)
        [line] = machine.room({"ALUR_HOME": tmp_path}, database)
        assert line.status is status


class TestTheWhole:
    def settings(self, tmp_path: Path, database: str, port: int) -> Settings:
        key = SecretStr(new_account_key())
        return Settings(_env_file=None, home=tmp_path, port=port, database_url=SecretStr(database), account_key=key)

    async def test_well_and_in_both_languages(self, world: World, database: str, tmp_path: Path) -> None:
        await beat(world.worker, "engine")
        with api({"basis_data": True, "mesin": True, "prefect": True}) as port:
            lines = examine(self.settings(tmp_path, database, port))
        assert worst(lines) is not Status.GALAT, [line for line in lines if line.status is Status.GALAT]
        for line in lines:
            assert line.what, line
            assert line.what_en, line
            assert bool(line.mend) == bool(line.mend_en), line
        assert {line.check for line in lines} == set(CHECKS)

    def test_a_database_that_is_away_is_a_line_too(self, tmp_path: Path) -> None:
        lines = examine(self.settings(tmp_path, "postgresql://postgres:rahasia@127.0.0.1:1/alur", 1))
        away = next(line for line in lines if line.check == "postgresql")
        assert away.status is Status.GALAT
        assert "rahasia" not in repr(lines)
        assert {"versi", "api", "ruang"} <= {line.check for line in lines}

    def test_the_command_tells_people_and_machines_and_exits_with_1(self, database: str, tmp_path: Path) -> None:
        environment = os.environ | {
            "ALUR_DATABASE_URL": database,
            "ALUR_HOME": str(tmp_path / "rumah"),
            "ALUR_PORT": "1",
        }

        def run(*options: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "alur", "doctor", *options]
            return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)

        environment["PYTHONPATH"] = str(Path(__file__).parents[3])
        people, english, data = run(), run("--lang", "en"), run("--json")
        assert (people.returncode, english.returncode, data.returncode) == (1, 1, 1), people.stderr
        assert "galat      mesin        belum pernah berdetak\n" in people.stdout
        assert "→ jalankan `alur run`" in people.stdout
        assert "error      mesin        has never said that it lives" in english.stdout
        told: dict[str, Any] = json.loads(data.stdout)
        assert told["status"] == "galat"
        engine = next(line for line in told["lines"] if line["check"] == "mesin")
        assert engine["status"] == "galat"
        assert engine["what_en"]


CHECKS = (
    *("versi", "api", "prefect", "postgresql", "skema", "penjaga", "jam", "selisih jam", "mesin", "bangun", "sewa"),
    *("panggilan", "gerbang", "kabar", "kartu", "sanggah", "batch", "pantau", "siklus", "riwayat", "kalender"),
    *("transaksi", "koneksi", "kunci akun", "ruang"),
)
"""What is looked at where everything stands; docs/operations.md explains each."""


def test_every_check_and_figure_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
    missing = [check for check in (*CHECKS, "sistem luar", "fungsi") if f"| `{check}` |" not in page]
    assert not missing


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 d")]
)
def test_ages_are_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_a_bound_itself_is_still_well() -> None:
    told: Callable[[float], Status] = lambda value: judged(value, 1, 2)  # noqa: E731
    assert [told(value) for value in (1, 1.5, 2, 2.1)] == [
        Status.OK,
        Status.PERHATIAN,
        Status.PERHATIAN,
        Status.GALAT,
    ]
