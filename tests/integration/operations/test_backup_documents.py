"""A backup holds the file of every document that a row names, wherever the operator keeps them, or says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alur import archive
from alur.archive import ArchiveProblem, open_archive
from alur.cli import app
from models.document.vault import Vault, new_key
from models.settings import settings
from tests.integration.operations.kit import backup, documents, drafts, restore, site
from tests.support.server import TestServer
from tests.support.world import World

KEY = new_key("k1")


async def papers(world: World, *contents: bytes) -> list[str]:
    """Write rows of documents with these contents, and no file; returns their SHA-256."""
    [case] = await drafts(world, 1)
    operator = await world.session("op", "operator_desa")
    names = [hashlib.sha256(content).hexdigest() for content in contents]
    for name in names:
        await world.api.execute(
            "SELECT document_add(%s, %s, 'ktp', %s, 'image/png', 1, NULL, NULL, NULL, NULL)", (operator, case, name)
        )
    return names


@dataclass(frozen=True)
class Command:
    """`alur` in an installation whose operator keeps documents elsewhere."""

    folder: Path
    home: Path

    def __call__(self, *words: str, fails: bool = False) -> str:
        settings.cache_clear()
        done = CliRunner().invoke(app, [*words])
        assert (done.exit_code == 1) is fails, done.output
        return done.output


@pytest.fixture
def alur(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    made = Command(tmp_path / "nfs" / "dokumen", tmp_path / "rumah")
    made.folder.mkdir(parents=True)
    for name, value in {
        "ALUR_HOME": made.home,
        "ALUR_DATABASE_URL": database,
        "ALUR_DOCUMENTS": made.folder,
        "ALUR_DOCUMENT_KEYS": KEY,
    }.items():
        monkeypatch.setenv(name, str(value))
    yield made
    settings.cache_clear()


async def test_documents_kept_elsewhere_are_saved_and_brought_back(
    alur: Command, world: World, server: TestServer, tmp_path: Path
) -> None:
    contents = [b"berita acara", b"ktp", b"kk"]
    names = await papers(world, *contents)
    vault = Vault.of(alur.folder, KEY)
    for content in contents:
        vault.put(content)
    file = str(tmp_path / "cadangan.tar")
    assert alur("backup", file).endswith("; 3 dokumen\n")
    manifest = open_archive(Path(file)).manifest
    assert (manifest["documents"]["files"], manifest["lacking"]) == (3, 0)
    name = f"{world.admin.info.dbname}_pulih"
    try:
        said = alur("restore", file, "--into", name)
    finally:
        server.drop(server.dsn(name))
    beside = alur.folder.with_name(f"dokumen.{name}")
    assert str(beside) in said
    assert [Vault.of(beside, KEY).get(each) for each in names] == contents
    assert not list(alur.home.iterdir()), "nothing of documents is in the home"


async def test_a_document_without_a_file_is_told_and_no_backup_is_written(
    alur: Command, world: World, tmp_path: Path
) -> None:
    names = sorted(await papers(world, b"satu", b"dua", b"tiga", b"empat"))
    vault = Vault.of(alur.folder, KEY)
    for content in (b"satu", b"dua", b"tiga", b"empat"):
        if hashlib.sha256(content).hexdigest() in (names[0], names[2]):
            vault.put(content)
    vault.put(b"tanpa baris")
    file = tmp_path / "cadangan.tar"
    said = alur("backup", str(file), fails=True)
    assert f"2 documents have no file in {alur.folder} (the first {names[1]})" in said
    assert "ALUR_DOCUMENTS" in said
    assert not file.exists()
    assert "2 HILANG / MISSING" in alur("backup", str(file), "--lacking")
    manifest = open_archive(file).manifest
    assert (manifest["documents"]["files"], manifest["lacking"]) == (3, 2)


async def test_the_wrong_folder_is_told(world: World, tmp_path: Path) -> None:
    await papers(world, b"satu")
    with pytest.raises(ArchiveProblem, match="1 dokumen tercatat tanpa berkas"):
        backup(site(tmp_path, world.admin_dsn), tmp_path / "cadangan.tar")


async def test_a_restore_tells_which_documents_have_no_file(world: World, server: TestServer, tmp_path: Path) -> None:
    await papers(world, b"satu")
    file = tmp_path / "cadangan.tar"
    backup(site(tmp_path, world.admin_dsn), file, lacking=True)
    there = site(tmp_path / "sana", server.blank())
    try:
        said: list[str] = []
        assert not restore(there, file, into=None, say=said.append)
    finally:
        server.drop(there.admin_dsn)
    assert [line for line in said if line.startswith("BEDA") and str(documents(there)) in line]


def test_unfinished_files_are_left_out(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(tmp_path, database)
    folder = documents(here) / "ab"
    folder.mkdir(parents=True)
    for name in ("c" * 62, f"{'d' * 62}.0a1b2c3d4e5f.baru", f"{'e' * 62}.part", ".tulis", "lenyap"):
        (folder / name).write_bytes(b"x")
    files = archive._files

    def fleeting(root: Path) -> Iterator[Path]:
        for path in files(root):
            if path.name == "lenyap":
                path.unlink(missing_ok=True)  # swept between being seen and being read
            yield path

    monkeypatch.setattr(archive, "_files", fleeting)
    manifest = backup(here, tmp_path / "cadangan.tar")
    whole = hashlib.sha256(f"{hashlib.sha256(b'x').hexdigest()}  documents/ab/{'c' * 62}\n".encode()).hexdigest()
    assert manifest["documents"] == {"files": 1, "bytes": 1, "sha256": whole}
    assert json.dumps(manifest)
