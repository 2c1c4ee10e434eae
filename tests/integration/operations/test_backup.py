"""A backup is one moment of everything, whole or not there; what comes back is what was saved, and proves it.

Real: PostgreSQL, pg_dump and pg_restore, files, a killed process.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from alur import archive
from alur.archive import ArchiveProblem, fresh, open_archive
from alur.runtime import clients
from alur.runtime.clients import ClientFailed, ClientsMissing, find_clients
from models.backup.queries import fingerprint, is_empty
from models.case.commands import move
from models.database import connect, fetch_value, sync_connect
from models.install import role_dsn
from tests.integration.operations.kit import backup, documents, drafts, restore, site
from tests.support.server import TestServer
from tests.support.world import World


@pytest.fixture
def blank(server: TestServer) -> Iterator[str]:
    """The administrator's DSN of an empty database."""
    dsn = server.blank()
    yield dsn
    server.drop(dsn)


def told(dsn: str, query: str) -> Any:
    with sync_connect(dsn) as conn:
        row = conn.execute(query.encode()).fetchone()
    return None if row is None else next(iter(row.values()))


class TestThereAndBack:
    async def test_everything_comes_back_and_goes_on(self, world: World, blank: str, tmp_path: Path) -> None:
        cases = await drafts(world, 5)
        operator = await world.session("op", "operator_desa")
        await world.move(operator, "usulan.kirim_cek", cases[:2])
        here, there = site(tmp_path / "sini", world.admin_dsn), site(tmp_path / "sana", blank)
        (documents(here) / "ab" / "cd").mkdir(parents=True)
        (documents(here) / "ab" / "cd" / "berita acara.pdf").write_bytes(os.urandom(3_000_000))
        (documents(here) / "kosong.txt").touch()
        (documents(here) / ".sedang-ditulis").write_text("x")
        file = tmp_path / "cadangan.tar"
        manifest = backup(here, file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert manifest["rows"]["position"] == 5
        assert manifest["log"]["transition"]["rows"] == 7
        assert manifest["documents"]["files"] == 2

        said: list[str] = []
        assert restore(there, file, into=None, say=said.append), said
        with sync_connect(world.admin_dsn) as one, sync_connect(blank) as other:
            with one.transaction(), other.transaction():
                assert fingerprint(one) == fingerprint(other)
            query = "SELECT nik, nama, tanggal_lahir FROM person ORDER BY id"
            assert one.execute(query).fetchall() == other.execute(query).fetchall()
        kept = documents(there) / "ab" / "cd" / "berita acara.pdf"
        assert kept.read_bytes() == (documents(here) / "ab" / "cd" / "berita acara.pdf").read_bytes()
        assert not (documents(there) / ".sedang-ditulis").exists()
        # Roles, functions and row-level security stand: the same person goes on there, and a stranger sees nothing.
        async with World(blank) as again:
            outcomes = await move(
                again.api, operator, "usulan.tarik_usulan", cases[4:], reason="SALAH_INPUT", note="Salah"
            )
            assert [outcome.outcome for outcome in outcomes] == ["dipindah"]
            assert await fetch_value(again.api, "SELECT count(*) FROM person") == 0

    def test_what_a_member_holds_is_a_dump_any_pg_restore_reads(self, database: str, tmp_path: Path) -> None:
        file = tmp_path / "cadangan.tar"
        backup(site(tmp_path, database), file)
        with tarfile.open(file) as tar:
            assert tar.getnames() == [archive.DUMP, archive.MANIFEST]
            tar.extractall(tmp_path, filter="data")
        found = find_clients(told_major(database))
        listed = subprocess.run(
            [found.folder / "pg_restore", "--list", tmp_path / archive.DUMP], capture_output=True, text=True, check=True
        ).stdout
        assert "TABLE DATA public transition" in listed

    async def test_cases_that_move_meanwhile_are_in_or_out_never_half(
        self, world: World, blank: str, tmp_path: Path
    ) -> None:
        cases = await drafts(world, 40)
        operator = await world.session("op", "operator_desa")
        stop = asyncio.Event()

        async def keep_moving(mine: list[int]) -> int:
            conn = await connect(role_dsn(world.admin_dsn, "alur_api"))
            system = await world.system()
            worker = await connect(role_dsn(world.admin_dsn, "alur_worker"))
            rounds = 0
            while not stop.is_set():
                await move(conn, operator, "usulan.kirim_cek", mine)
                reply = {"balasan_dukcapil": {"hasil": "beda"}}
                await move(worker, system, "usulan.cek_tidak_padan", mine, reason="NAMA_BEDA", facts=reply)
                fixed = {"beda_isian": {"nama": "x"}, "bukti_identitas": {"id": 1}}
                await move(conn, operator, "usulan.perbaiki_data", mine, facts=fixed)
                rounds += 1
            await conn.close()
            await worker.close()
            return rounds

        movers = [asyncio.create_task(keep_moving(cases[n::4])) for n in range(4)]
        await asyncio.sleep(0.3)
        before = told(world.admin_dsn, "SELECT count(*) FROM transition")
        manifests = [
            await asyncio.to_thread(backup, site(tmp_path, world.admin_dsn), tmp_path / f"{n}.tar") for n in range(3)
        ]
        stop.set()
        assert all(rounds > 1 for rounds in await asyncio.gather(*movers))
        after = told(world.admin_dsn, "SELECT count(*) FROM transition")
        saved = [manifest["log"]["transition"]["rows"] for manifest in manifests]
        assert before <= saved[0] < saved[1] < saved[2] < after
        lines: list[str] = []
        assert restore(site(tmp_path / "sana", blank), tmp_path / "1.tar", into=None, say=lines.append), lines
        assert told(blank, "SELECT count(*) FROM transition") == saved[1]

    async def test_a_log_of_a_server_that_counted_further_is_news_here_too(
        self, world: World, blank: str, tmp_path: Path
    ) -> None:
        """A new server counts its transactions from the beginning: an act of "later" would read as not ended."""
        await drafts(world, 1)
        await world.admin.execute("ALTER TABLE act DISABLE TRIGGER append_only")
        await world.admin.execute("UPDATE act SET xid = '4000000000000'")
        file = tmp_path / "cadangan.tar"
        backup(site(tmp_path, world.admin_dsn), file)
        assert restore(site(tmp_path / "sana", blank), file, into=None, say=lambda _: None)
        assert told(blank, "SELECT max(xid) < pg_snapshot_xmin(pg_current_snapshot()) FROM act")
        with sync_connect(blank) as conn, pytest.raises(Exception, match="ditolak"):
            conn.execute("UPDATE act SET actor = 1")


def told_major(dsn: str) -> int:
    return int(told(dsn, "SHOW server_version_num")) // 10_000


class TestRefusals:
    async def test_a_database_with_something_in_it_is_left_alone(
        self, world: World, server: TestServer, tmp_path: Path
    ) -> None:
        await drafts(world, 2)
        mine = site(tmp_path, world.admin_dsn)
        file = tmp_path / "cadangan.tar"
        backup(mine, file)
        with pytest.raises(ArchiveProblem, match="tidak kosong"):
            restore(mine, file, into=None, say=lambda _: None)
        name = f"alur_pulih_{os.getpid()}"
        try:
            said: list[str] = []
            assert restore(mine, file, into=name, say=said.append), said
            assert told(server.dsn(name), "SELECT count(*) FROM position") == 2
            with pytest.raises(ArchiveProblem, match="tidak kosong"):
                restore(mine, file, into=name, say=lambda _: None)
        finally:
            server.drop(server.dsn(name))

    @pytest.fixture
    def saved(self, database: str, tmp_path: Path) -> Path:
        mine = site(tmp_path, database)
        documents(mine).mkdir()
        (documents(mine) / "a.pdf").write_bytes(b"a" * 5_000)
        backup(mine, tmp_path / "cadangan.tar")
        return tmp_path / "cadangan.tar"

    def refused(self, saved: Path, blank: str, match: str) -> None:
        there = site(saved.parent / "sana", blank)
        with pytest.raises(ArchiveProblem, match=match) as error:
            restore(there, saved, into=None, say=lambda _: None)
        assert len(str(error.value).splitlines()) == 2, "said in both languages"
        with sync_connect(blank) as conn:
            assert is_empty(conn)
        assert not documents(there).exists()

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
    def test_a_file_that_was_cut_short(self, saved: Path, blank: str, share: float) -> None:
        content = saved.read_bytes()
        end = content.index(b'"format"')  # behind it is padding, which nobody misses
        saved.write_bytes(content[: int(end * share)])
        self.refused(saved, blank, "bukan cadangan Alur yang utuh")

    @pytest.mark.parametrize("place", ["dump", "document", "manifest"])
    def test_a_file_in_which_a_byte_changed(self, saved: Path, blank: str, place: str) -> None:
        content = bytearray(saved.read_bytes())
        at = {"dump": 40_000, "document": content.index(b"aaaa") + 9, "manifest": content.index(b'"sha256": "') + 12}
        content[at[place]] ^= 1
        saved.write_bytes(content)
        self.refused(saved, blank, "bukan cadangan Alur yang utuh")

    def test_another_file(self, saved: Path, blank: str) -> None:
        saved.write_bytes(b"PK\x03\x04" + b"\0" * 5_000)
        self.refused(saved, blank, "bukan cadangan Alur yang utuh")

    @pytest.mark.parametrize(
        ("part", "value", "match"),
        [
            ("format", 2, "berformat 2"),
            ("schema", "9999", "skema 9999"),
            ("postgresql_major", 99, "PostgreSQL 99"),
        ],
    )
    def test_what_this_version_or_server_cannot_take(
        self, saved: Path, blank: str, part: str, value: object, match: str
    ) -> None:
        forge(saved, lambda manifest: manifest | {part: value})
        self.refused(saved, blank, match)

    def test_a_document_that_would_leave_its_folder(self, saved: Path, blank: str) -> None:
        content = saved.read_bytes()
        saved.write_bytes(rename(content, b"documents/a.pdf", b"documents/../a"))
        self.refused(saved, blank, "bukan cadangan")

    def test_documents_that_are_there_with_other_content(self, saved: Path, blank: str) -> None:
        there = site(saved.parent / "sana", blank)
        documents(there).mkdir()
        (documents(there) / "a.pdf").write_bytes(b"a" * 4_999 + b"b")
        with pytest.raises(ArchiveProblem, match="isi lain"):
            restore(there, saved, into=None, say=lambda _: None)
        with sync_connect(blank) as conn:
            assert is_empty(conn)
        (documents(there) / "a.pdf").write_bytes(b"a" * 5_000)
        assert restore(there, saved, into=None, say=lambda _: None)

    @pytest.mark.parametrize("part", ["rows", "log", "last_act"])
    def test_a_log_that_tells_something_else_is_told(self, saved: Path, blank: str, part: str) -> None:
        def lie(manifest: dict[str, Any]) -> dict[str, Any]:
            if part == "rows":
                return manifest | {"rows": manifest["rows"] | {"transition": 7}}
            if part == "log":
                told = manifest["log"]["act"] | {"hash": "1.2"}
                return manifest | {"log": manifest["log"] | {"act": told}}
            return manifest | {"last_act": {"id": 99, "at": None}}

        forge(saved, lie)
        said: list[str] = []
        assert not restore(site(saved.parent / "sana", blank), saved, into=None, say=said.append)
        assert [line for line in said if line.startswith("BEDA")]

    def test_a_database_without_alur(self, blank: str, tmp_path: Path) -> None:
        with pytest.raises(ArchiveProblem, match="belum berisi Alur"):
            backup(site(tmp_path, blank), tmp_path / "x.tar")
        assert not list(tmp_path.glob("x.tar*"))


def forge(path: Path, change: Any) -> None:
    """Write the archive anew with another manifest."""
    with tarfile.open(path) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    with tarfile.open(path, "w:", format=tarfile.GNU_FORMAT) as tar:
        for member, content in members:
            said = content
            if member.name == archive.MANIFEST:
                said = json.dumps(change(json.loads(content))).encode()
                member.size = len(said)
            tar.addfile(member, io.BytesIO(said))


def rename(content: bytes, old: bytes, new: bytes) -> bytes:
    """Rename a member of a tar, with the right sum in its header."""
    at = content.index(old + b"\0")
    header = bytearray(content[at : at + 512])
    header[: len(old)] = new.ljust(len(old), b"\0")
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return content[:at] + bytes(header) + content[at + 512 :]


class TestTheFile:
    def test_a_backup_is_never_overwritten(self, database: str, tmp_path: Path) -> None:
        file = tmp_path / "cadangan.tar"
        file.write_text("yang lama")
        with pytest.raises(ArchiveProblem, match="sudah ada"):
            backup(site(tmp_path, database), file)
        assert file.read_text() == "yang lama"

    def test_two_at_once_do_not_mix(self, tmp_path: Path) -> None:
        with fresh(tmp_path / "a") as one:
            one.write(b"satu")
            with pytest.raises(ArchiveProblem, match="sedang ditulis"), fresh(tmp_path / "a"):
                pass
        assert (tmp_path / "a").read_bytes() == b"satu"

    def test_an_error_leaves_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), fresh(tmp_path / "a"):
            1 / 0  # noqa: B018
        assert not list(tmp_path.iterdir())

    def test_killed_midway_there_is_no_file_of_that_name_and_the_next_one_is_whole(
        self, database: str, tmp_path: Path
    ) -> None:
        with sync_connect(database) as conn:
            conn.execute(
                "CREATE TABLE besar AS SELECT n, (SELECT string_agg(sha512((n * 7 + i)::text::bytea)::text, '') "
                "FROM generate_series(1, 60) i) AS isi FROM generate_series(1, 12000) n"
            )
        file = tmp_path / "cadangan.tar"
        part = tmp_path / "cadangan.tar.part"
        environment = os.environ | {"ALUR_DATABASE_URL": database, "ALUR_HOME": str(tmp_path / "rumah")}
        command = [sys.executable, "-m", "alur", "backup", str(file)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait(lambda: part.exists() and part.stat().st_size > 100_000)
            children = psutil.Process(process.pid).children(recursive=True)
            shown = " ".join(" ".join(each.cmdline()) for each in [psutil.Process(process.pid), *children])
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert "pg_dump" in shown
        assert str(urlsplit(database).password) not in shown
        assert not file.exists()
        _, alive = psutil.wait_procs(children, timeout=20)
        assert not alive, "pg_dump ends when nobody reads"
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert open_archive(file).manifest["rows"]["besar"] == 12_000
        assert not part.exists()


def wait(ready: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class TestPrograms:
    def test_the_oldest_that_is_new_enough_is_taken(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for major in (15, 16, 18):
            fake(tmp_path / str(major), major)
        monkeypatch.setattr(clients, "installed", lambda: iter(()))
        monkeypatch.setenv("PATH", str(tmp_path / "16"), prepend=os.pathsep)
        assert find_clients(16, tmp_path / "18").major == 16
        assert find_clients(17, tmp_path / "18").major == 18
        with pytest.raises(ClientsMissing, match=r"postgresql-client-17(.|\n)*\(16\)"):
            find_clients(17)

    def test_none_at_all_is_told_with_what_to_install(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(clients, "installed", lambda: iter(()))
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ClientsMissing, match="tidak ada di PATH"):
            find_clients(15)

    def test_what_the_program_complained_of_is_told(self, database: str) -> None:
        found = find_clients(told_major(database))
        broken = clients.dumping(found, database, "bukan-potret")
        with pytest.raises(ClientFailed, match="invalid snapshot"), broken as dump:
            dump.read()
        with pytest.raises(ClientFailed, match="magic string"), clients.restoring(found, database) as target:
            target.write(b"bukan arsip" * 100)


def fake(folder: Path, major: int) -> None:
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.3'\n")
        (folder / name).chmod(0o755)
