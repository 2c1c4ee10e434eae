"""Uploads in pieces on the disk: in order, once each, sealed to their place, each person's own, and not for ever."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.document.errors import UploadCrumbled, UploadElsewhere, UploadNotFound
from models.document.landing import KEPT_S, PIECES_MOST, UPLOADS_MOST, Landing, Ticket, sweep_landed
from models.document.vault import Vault, new_key, parse_keys

TICKET = Ticket(case=41, kind="foto_geotag_2", length=10)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "dokumen", parse_keys(new_key("k1")))


@pytest.fixture
def mine(vault: Vault) -> Landing:
    return Landing(vault, 7)


def folder(mine: Landing, name: str) -> Path:
    return mine.vault.folder / "sebagian" / str(mine.user) / name


def test_pieces_that_follow_one_another_are_the_file(mine: Landing) -> None:
    name = mine.begin(TICKET)
    assert mine.standing(name) == (TICKET, 0)
    assert mine.add(name, 0, b"abc") == 3
    assert mine.add(name, 3, b"defghij") == 10
    assert mine.standing(name) == (TICKET, 10)
    assert mine.content(name) == b"abcdefghij"
    mine.drop(name)
    with pytest.raises(UploadNotFound):
        mine.standing(name)


def test_nothing_of_it_can_be_read_on_the_disk(mine: Landing) -> None:
    name = mine.begin(TICKET)
    mine.add(name, 0, b"NIK 3204050101800001")
    written = b"".join(path.read_bytes() for path in folder(mine, name).iterdir())
    assert b"3204" not in written
    assert b"foto_geotag_2" not in written
    assert (folder(mine, name).stat().st_mode & 0o077, folder(mine, name).parent.stat().st_mode & 0o077) == (0, 0)


@pytest.mark.parametrize("offset", [0, 2, 4, 99])
def test_a_piece_elsewhere_is_refused_and_told_where_it_stands(mine: Landing, offset: int) -> None:
    name = mine.begin(TICKET)
    mine.add(name, 0, b"abc")
    with pytest.raises(UploadElsewhere) as told:
        mine.add(name, offset, b"xyz")
    assert told.value.args == (3,)
    assert mine.content(name) == b"abc"


def test_of_many_pieces_at_one_place_one_stays(mine: Landing) -> None:
    name = mine.begin(TICKET)
    mine.add(name, 0, b"abc")
    pieces = [bytes([65 + n]) * (n + 1) for n in range(16)]

    def put(piece: bytes) -> bytes | None:
        try:
            mine.add(name, 3, piece)
        except UploadElsewhere:
            return None
        return piece

    with ThreadPoolExecutor(16) as pool:
        kept = [piece for piece in pool.map(put, pieces) if piece]
    assert len(kept) == 1
    assert mine.content(name) == b"abc" + kept[0]
    assert sorted(path.name for path in folder(mine, name).iterdir()) == ["0", "3", "tiket"]


def test_another_person_s_upload_is_not_there(mine: Landing, vault: Vault) -> None:
    name = mine.begin(TICKET)
    other = Landing(vault, 8)
    for ask in (other.standing, other.content):
        with pytest.raises(UploadNotFound):
            ask(name)
    with pytest.raises(UploadNotFound):
        other.add(name, 0, b"x")
    other.drop(name)
    assert mine.standing(name) == (TICKET, 0)


@pytest.mark.parametrize("name", ["", ".", "..", "../8", "tiket", "0" * 31, "G" * 32, "a" * 32 + "\n"])
def test_a_name_is_no_path(mine: Landing, name: str) -> None:
    mine.begin(TICKET)
    with pytest.raises(UploadNotFound):
        mine.standing(name)
    mine.drop(name)
    assert len(list((mine.vault.folder / "sebagian" / "7").iterdir())) == 1


def test_a_piece_put_in_another_s_place_is_not_read(mine: Landing) -> None:
    one, other = mine.begin(TICKET), mine.begin(TICKET)
    mine.add(one, 0, b"abc")
    mine.add(other, 0, b"xyz")
    (folder(mine, other) / "0").write_bytes((folder(mine, one) / "0").read_bytes())
    with pytest.raises(UploadNotFound):
        mine.content(other)


def test_a_file_comes_in_so_many_pieces_and_no_more(mine: Landing) -> None:
    name = mine.begin(Ticket(1, "ktp", 10_000))
    sealed = mine.vault.seal(b"x", "")
    for at in range(PIECES_MOST):
        (folder(mine, name) / str(at)).write_bytes(sealed)
    with pytest.raises(UploadCrumbled):
        mine.add(name, PIECES_MOST, b"x")


def test_one_more_upload_pushes_out_the_oldest(mine: Landing) -> None:
    names = [mine.begin(TICKET) for _ in range(UPLOADS_MOST)]
    for age, name in enumerate(reversed(names)):
        os.utime(folder(mine, name), (time.time() - age, time.time() - age))
    last = mine.begin(TICKET)
    with pytest.raises(UploadNotFound):
        mine.standing(names[0])
    for name in (*names[1:], last):
        assert mine.standing(name) == (TICKET, 0)


def test_keys_may_change_between_pieces(mine: Landing, vault: Vault) -> None:
    name = mine.begin(TICKET)
    mine.add(name, 0, b"abc")
    later = Landing(Vault(vault.folder, parse_keys(new_key("kunci-yang-lebih-panjang")) | dict(vault.keys)), 7)
    assert later.add(name, 3, b"def") == 6
    assert later.content(name) == b"abcdef"


def test_what_stopped_long_ago_is_swept_and_what_goes_on_stays(mine: Landing, vault: Vault) -> None:
    old, young = mine.begin(TICKET), mine.begin(TICKET)
    past = time.time() - KEPT_S - 60
    os.utime(folder(mine, old), (past, past))
    assert sweep_landed(vault) == [old]
    assert mine.standing(young) == (TICKET, 0)
    assert sweep_landed(Vault(vault.folder / "kosong", vault.keys)) == []
    assert list(vault.stored()) == []
