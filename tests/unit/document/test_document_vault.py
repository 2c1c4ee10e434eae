"""Files are encrypted, found by their content, written whole or not at all, and never handed out changed."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models.document.vault import FileDamaged, FileMissing, Vault, new_key, parse_keys

CONTENT = b"Kartu Keluarga Dadang Suherman" * 40
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "dokumen", parse_keys(new_key("k1")))


def files(vault: Vault) -> list[Path]:
    return sorted(path for path in vault.folder.rglob("*") if path.is_file())


def test_what_is_put_is_got(vault: Vault) -> None:
    assert vault.put(CONTENT) == NAME
    assert vault.get(NAME) == CONTENT
    assert list(vault.stored()) == [NAME]


def test_the_disk_shows_nothing_of_it(vault: Vault) -> None:
    vault.put(CONTENT)
    [path] = files(vault)
    raw = path.read_bytes()
    assert b"Dadang" not in raw
    assert len(raw) < len(CONTENT) + 200
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_same_content_is_one_file_and_young_again(vault: Vault) -> None:
    vault.put(CONTENT)
    [path] = files(vault)
    before = path.read_bytes()
    os.utime(path, (1, 1))
    assert vault.older(NAME, time.time() - 60)
    assert vault.put(CONTENT) == NAME
    assert files(vault) == [path]
    assert path.read_bytes() == before
    assert not vault.older(NAME, time.time() - 60)


def test_two_contents_have_keys_of_their_own(vault: Vault) -> None:
    one, other = vault.put(b"a" * 100), vault.put(b"b" * 100)
    assert (
        vault._opened(vault.path(one).read_bytes(), one)[0] != vault._opened(vault.path(other).read_bytes(), other)[0]
    )


def test_a_file_that_is_gone_is_told(vault: Vault) -> None:
    vault.put(CONTENT)
    vault.remove(NAME)
    with pytest.raises(FileMissing):
        vault.get(NAME)
    assert not vault.older(NAME, time.time())


@pytest.mark.parametrize("place", [0, 5, 8, 9, 12, 25, 60, 72, 100, -1])
def test_a_changed_byte_is_found(vault: Vault, place: int) -> None:
    vault.put(CONTENT)
    [path] = files(vault)
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    with pytest.raises(FileDamaged):
        vault.get(NAME)


@pytest.mark.parametrize("length", [0, 4, 8, 9, 20, 60, 80, 200])
def test_a_file_that_was_cut_off_is_found(vault: Vault, length: int) -> None:
    vault.put(CONTENT)
    [path] = files(vault)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FileDamaged):
        vault.get(NAME)


def test_a_damaged_file_is_mended_by_the_same_content(vault: Vault) -> None:
    vault.put(CONTENT)
    [path] = files(vault)
    path.write_bytes(b"rusak")
    vault.put(CONTENT)
    assert vault.get(NAME) == CONTENT


def test_a_file_in_another_ones_place_is_not_handed_out(vault: Vault) -> None:
    other = vault.put(b"dokumen keluarga lain")
    vault.put(CONTENT)
    vault.path(NAME).write_bytes(vault.path(other).read_bytes())
    with pytest.raises(FileDamaged):
        vault.get(NAME)


@pytest.mark.parametrize("name", ["../../rahasia", "", "A" * 64, NAME + "\n", "/" + NAME])
def test_a_name_that_is_no_hash_leads_nowhere(vault: Vault, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        vault.path(name)


# -- keys -----------------------------------------------------------------------------------------------------------


def test_keys_are_changed_without_touching_the_content(vault: Vault) -> None:
    vault.put(CONTENT)
    second = Vault(vault.folder, parse_keys(new_key("k2")) | dict(vault.keys))
    assert second.get(NAME) == CONTENT
    sealed = vault._opened(vault.path(NAME).read_bytes(), NAME)[1]
    assert second.rewrap(NAME)
    assert not second.rewrap(NAME)
    alone = Vault(vault.folder, {"k2": second.keys["k2"]})
    assert alone.get(NAME) == CONTENT
    assert alone._opened(alone.path(NAME).read_bytes(), NAME)[1] == sealed
    with pytest.raises(FileDamaged):
        vault.get(NAME)


def test_another_key_of_the_same_name_opens_nothing(vault: Vault) -> None:
    vault.put(CONTENT)
    with pytest.raises(FileDamaged):
        Vault(vault.folder, parse_keys(new_key("k1"))).get(NAME)


def test_what_cannot_be_opened_is_not_wrapped_anew(vault: Vault) -> None:
    vault.put(CONTENT)
    stranger = Vault(vault.folder, parse_keys(new_key("k2")))
    with pytest.raises(FileDamaged):
        stranger.rewrap(NAME)
    assert vault.get(NAME) == CONTENT


def test_keys_are_read_in_their_order() -> None:
    assert list(parse_keys(f"{new_key('b')}, {new_key('a')}\n{new_key('c')}")) == ["b", "a", "c"]


@pytest.mark.parametrize("text", ["", "  ", "k1", "k1:", ":" + "A" * 44, "k1:QUJD", "k1:!!!!", "k/1:" + "A" * 44])
def test_keys_that_are_none_are_told_without_telling_them(text: str) -> None:
    with pytest.raises(ValueError, match="ALUR_DOCUMENT_KEYS") as told:
        parse_keys(text)
    assert "QUJD" not in str(told.value)


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="Entry 2"):
        parse_keys(f"{new_key('k1')},{new_key('k1')}")


# -- faults ---------------------------------------------------------------------------------------------------------


class PowerCut(Exception):
    """The machine stopped here."""


def _cut(*_: object, **__: object) -> None:
    raise PowerCut


@pytest.mark.parametrize(
    ("where", "left"),
    [("models.document.vault.os.fsync", 0), ("models.document.vault.os.fdopen", 0), ("pathlib.Path.replace", 0)],
)
def test_interrupted_before_it_has_its_name_there_is_no_file(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, where: str, left: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(where, _cut)
        with pytest.raises(PowerCut):
            vault.put(CONTENT)
    with pytest.raises(FileMissing):
        vault.get(NAME)
    assert len(list(vault.stored())) == left
    vault.put(CONTENT)
    assert vault.get(NAME) == CONTENT


def test_the_name_appears_after_the_content_is_on_the_disk(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def noted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            if name == "fsync" and isinstance(given[0], int) and stat.S_ISDIR(os.fstat(given[0]).st_mode):
                order.append("fsync folder")
            else:
                order.append(name)
            return real(*given)

        return call

    monkeypatch.setattr("models.document.vault.os.fsync", noted("fsync", os.fsync))
    monkeypatch.setattr("pathlib.Path.replace", noted("rename", Path.replace))
    vault.put(CONTENT)
    assert order[-3:] == ["fsync", "rename", "fsync folder"]


def test_what_an_interrupted_write_left_is_found_when_it_is_old(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", _cut)
        with pytest.raises(PowerCut):
            vault.put(CONTENT)
    [left] = files(vault)
    assert list(vault.left_over(time.time() - 60)) == []
    os.utime(left, (1, 1))
    assert list(vault.left_over(time.time() - 60)) == [left]
    assert list(vault.stored()) == []
