"""Strangers' files are read in a process of its own, with limits, and what it answers is what it read."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.document import cleaning
from models.document import pdf as pdf_reader
from models.document.cleaning import clean
from models.document.errors import FAULTS, DocumentRefused
from models.document.reader import judge
from state_machines.documents import DOCUMENTS, GEOTAGGED
from state_machines.facts import BY_ID
from tests.support.files import exif, jpeg, pdf, png, png_claiming


@pytest.mark.parametrize("content", [jpeg(exif(offset="+07:00")), jpeg(), png(exif(None)), pdf()])
async def test_the_child_says_what_its_reader_says(content: bytes) -> None:
    assert await clean(content) == judge(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "dokumen_kosong"),
        (b"GIF89a", "jenis_berkas_tidak_diterima"),
        (jpeg()[:300], "dokumen_tidak_terbaca"),
        (png_claiming(60_000, 60_000), "gambar_terlalu_luas"),
        (pdf(catalog=b"/OpenAction << /S /JavaScript /JS (x) >>"), "pdf_berisi_perintah"),
    ],
)
async def test_the_child_refuses_as_its_reader_does(content: bytes, code: str) -> None:
    with pytest.raises(DocumentRefused) as told:
        await clean(content)
    assert told.value.code == code


async def test_several_at_once_are_not_mixed_up() -> None:
    sent = [jpeg(exif((-7.0 - n / 10, 107.0))) for n in range(6)]
    told = await asyncio.gather(*map(clean, sent))
    assert [round(one.geotag.latitude, 4) for one in told if one.geotag] == [round(-7.0 - n / 10, 4) for n in range(6)]


def _instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the child run `code` where it would have judged."""
    real: Any = subprocess.run
    start = f"import models.document.reader as c\ndef judge(content):\n    {code}\nc.judge = judge\nc._main()"

    def run(command: list[str], **more: Any) -> Any:
        return real([command[0], "-c", start], **more)

    monkeypatch.setattr("models.child.subprocess.run", run)


@pytest.mark.parametrize(
    "code",
    ["x = bytearray(4 * 1024**3)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"],
    ids=["memory", "a broken reader"],
)
async def test_what_breaks_its_reader_breaks_nothing_else(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    _instead(monkeypatch, code)
    with pytest.raises(DocumentRefused) as told:
        await clean(jpeg())
    assert told.value.code == "dokumen_terlalu_berat"


async def test_a_reader_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.document.cleaning.SECONDS", 0.5)
    _instead(monkeypatch, "import time; time.sleep(60)")
    begun = asyncio.get_running_loop().time()
    with pytest.raises(DocumentRefused) as told:
        await clean(jpeg())
    assert told.value.code == "dokumen_terlalu_berat"
    assert asyncio.get_running_loop().time() - begun < 30


async def test_a_reader_that_computes_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    _instead(monkeypatch, "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n    while True: pass")
    with pytest.raises(DocumentRefused) as told:
        await clean(jpeg())
    assert told.value.code == "dokumen_terlalu_berat"


async def test_the_child_knows_no_secret_and_writes_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALUR_DOCUMENT_KEYS", "k1:rahasia")
    aim = tmp_path / "keluar"
    _instead(
        monkeypatch,
        f"import os\n    assert not [n for n in os.environ if 'ALUR' in n]\n    open({str(aim)!r}, 'wb').write(b'x')",
    )
    with pytest.raises((DocumentRefused, RuntimeError)) as told:
        await clean(jpeg())
    assert "AssertionError" not in str(told.value)
    assert not aim.exists() or aim.stat().st_size == 0


async def test_our_own_mistake_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    _instead(monkeypatch, "raise ModuleNotFoundError('PIL')")
    with pytest.raises(RuntimeError, match="ModuleNotFoundError"):
        await clean(jpeg())


def test_every_refusal_of_the_readers_has_its_words() -> None:
    folder = Path(cleaning.__file__).parent
    told = {
        code for path in folder.glob("*.py") for code in re.findall(r'(?:Unfit|Refused)\("(\w+)"\)', path.read_text())
    }
    told |= set(pdf_reader._RAW)
    assert told == set(FAULTS)


def test_the_reader_starts_light() -> None:
    """One is started for every upload: it must not load the database's driver, the API or the settings."""
    code = "import sys, models.document.pictures, models.document.pdf, models.document.reader as r; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert not {"psycopg", "pydantic", "sqlmodel", "fastapi"} & set(loaded)


def test_every_refusal_says_what_and_how_to_mend_it_in_both_languages() -> None:
    for code in FAULTS:
        told = DocumentRefused(code)
        assert told.status == 422
        for text in (told.title, told.title_en, str(told), told.english, told.cure, told.cure_en):
            assert len(text) > 5, code
            assert "{" not in text, code
        assert str(told) != told.english


def test_documents_are_kinds_that_people_bring() -> None:
    for kind in DOCUMENTS:
        assert not BY_ID[kind].derived
        assert not BY_ID[kind].computed
    assert set(DOCUMENTS) >= GEOTAGGED
    assert {kind for kind in BY_ID if "geotag" in kind} - {"geotag"} == GEOTAGGED
