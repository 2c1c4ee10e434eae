"""Printed letters: whatever a text holds is printed as text, and every sign that is let through has a shape."""

from __future__ import annotations

import asyncio
import io
import random
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from api.print.letter import Column, Fields, Letter, Points, Signatures, Signer, Table, Text, office_of, printable
from api.print.press import pressed
from models.region.queries import RegionInfo

AT = datetime(2026, 8, 3, 14, 5, tzinfo=ZoneInfo("Asia/Jakarta"))


def _letter(*texts: str) -> Letter:
    return Letter(
        title="Surat Uji",
        office=("Pemerintah Kabupaten Bandung", "Desa Sadu"),
        number="7/2026",
        path="/musdes/7",
        at=AT,
        by=texts[0],
        draft=True,
        body=[*(Text(one) for one in texts), Fields([("Nama", texts[-1]), ("Kosong", None)]), Points(texts),
              Table([Column("A", 0), Column("B")], [(one, one) for one in texts]),
              Signatures("Sadu, 3 Agustus 2026", [Signer(texts[0]), Signer("Saksi", texts[-1])])],
    )  # fmt: skip


def _read(letter: Letter) -> str:
    made = asyncio.run(pressed(letter, "https://alur.example"))
    assert b"pdfaid:part" in made
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)


def test_every_sign_that_is_let_through_is_printed_alone_and_mixed() -> None:
    shaped = [chr(code) for code in range(sys.maxunicode + 1) if printable(chr(code)) == chr(code)]
    chance = random.Random(7)  # noqa: S311 -- texts, no secret
    mixed = ["".join(chance.choices(shaped, k=30)) for _ in range(150)]
    assert "Halaman 1 dari" in _read(_letter("".join(shaped), *mixed))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Siti\nAminah\t", "Siti Aminah "),
        ("a\u202eb", "a[U+202E]b"),
        ("\U0001f600", "[U+1F600]"),
        ("e\u0301", "é"),
        ("\x00", "[U+0000]"),
    ],
)
def test_a_sign_without_a_shape_is_printed_as_its_number(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_markup_and_code_are_text() -> None:
    evil = '#panic("x") $a$ *b* _c_ `d` <e> @f \\ [g] // h /* i */ "j"'
    assert _read(_letter(evil)).replace(" ", "").count(evil.replace(" ", "")) >= 4


def test_the_letterhead_is_the_government_and_the_parts_below_it() -> None:
    names = {32: "Jawa Barat", 3204: "Kabupaten Bandung", 320437: "Soreang", 3204372001: "Sadu", 3204371002: "Kota"}
    path = [RegionInfo(code, len(str(code)), name, None, 0, 0, None, None, None) for code, name in names.items()]
    assert office_of(path[:4]) == ("Pemerintah Kabupaten Bandung", "Kecamatan Soreang", "Desa Sadu")
    assert office_of([*path[:3], path[4]])[-1] == "Kelurahan Kota"
    assert office_of(path[:2], "Dinas Sosial") == ("Pemerintah Kabupaten Bandung", "Dinas Sosial")
    assert office_of(path[:1]) == ("Pemerintah Provinsi Jawa Barat",)
    assert office_of(()) == ("Kementerian Sosial Republik Indonesia",)
