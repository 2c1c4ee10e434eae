"""`alur documents`, over the settings of an installation: keys made once, leftovers, damage, and changing keys."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from alur.documents import check_files, rewrap_files, sweep_files
from alur.site import Site
from models.document.vault import Vault, new_key, parse_keys
from models.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def config(tmp_path: Path, shared: str) -> Settings:
    return Settings(_env_file=None, home=tmp_path, database_url=SecretStr(shared))


async def test_an_installation_makes_its_keys_once_and_for_its_owner_only(config: Settings, shared: str) -> None:
    site = Site(config.home, shared, None)
    first = site.document_keys
    assert Site(config.home, shared, None).document_keys == first
    assert list(parse_keys(first)) == ["k1"]
    assert first != site.secret
    assert "ALUR_DOCUMENT_KEYS" not in site.environment()
    assert stat.S_IMODE((config.home / "document-keys").stat().st_mode) == 0o600


async def test_leftovers_are_swept_from_the_folder_of_the_settings(config: Settings, shared: str) -> None:
    vault = Vault.of(config.document_folder, Site(config.home, shared, None).document_keys)
    old, young = vault.put(b"lama"), vault.put(b"baru")
    os.utime(vault.path(old), (1, 1))
    assert await asyncio.to_thread(sweep_files, config) == 1
    assert list(vault.stored()) == [young]
    assert await asyncio.to_thread(sweep_files, config) == 0


async def test_documents_of_the_database_that_are_not_in_the_folder_are_named(config: Settings, shared: str) -> None:
    wrong = await asyncio.to_thread(check_files, config)
    assert set(wrong.values()) <= {"hilang"}


async def test_keys_are_changed_in_two_steps(config: Settings) -> None:
    first, second = new_key("k1"), new_key("k2")
    vault = Vault.of(config.document_folder, first)
    contents = [b"satu", b"dua", b"tiga"]
    hashes = [vault.put(content) for content in contents]
    both = config.model_copy(update={"document_keys": SecretStr(f"{second},{first}")})
    assert await asyncio.to_thread(rewrap_files, both) == (3, [])
    assert await asyncio.to_thread(rewrap_files, both) == (0, [])
    after = Vault.of(config.document_folder, second)
    assert [after.get(sha256) for sha256 in hashes] == contents
    lost = config.model_copy(update={"document_keys": SecretStr(first)})
    assert await asyncio.to_thread(rewrap_files, lost) == (0, sorted(hashes))
