"""Files made to break their reader: each is refused, in seconds and in little memory, whichever list it is."""

from __future__ import annotations

import contextlib
import io
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from models.calendar.errors import HolidayListRefused
from models.calendar.lists import read_list
from models.staff import workbook as accounts
from models.usulan import workbook_xlsx
from models.usulan.workbook import WorkbookProblem, WorkbookTooLarge, read
from tests.support.files import jpeg, pdf
from tests.unit.usulan.test_workbook_files import FAMILY, GOOD, MEMBER, TODAY, book, csv_of, table, with_sheet, zipped

MB = 1024 * 1024
SECONDS_MOST = 6.0
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"


def _village(content: bytes) -> Any:
    return list(read(content, "usulan.xlsx", on=TODAY, regions=frozenset({3204052001})))


READERS: dict[str, Callable[[bytes], Any]] = {
    "village list": _village,
    "accounts": accounts.read,
    "holidays": lambda content: read_list(content, "libur.xlsx"),
}


def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(**more: bytes) -> bytes:
    return zipped(parts() | {name.replace("__", "/"): content for name, content in more.items()})


def lying(content: bytes, said: int) -> bytes:
    """Return an archive of one part that says it is `said` bytes long, with the check sum of just these."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(content) + packed.flush()
    crc = zlib.crc32(content[:said])
    name = SHEET.encode()
    numbers = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x5A21, crc, len(body), said, len(name), 0)
    local = b"PK\x03\x04" + numbers + name + body
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + numbers + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    both = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x5A21, 0, 0, 0, 15, 0) + b"xl/workbook.xml"
    other = b"PK\x01\x02" + struct.pack("<H", 20) + both[4:30] + struct.pack("<HHHII", 0, 0, 0, 0, len(local))
    listed = entry + other + b"xl/workbook.xml"
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 2, 2, len(listed), len(local) + len(both), 0)
    return local + both + listed + end


def shared(text: str, cells: int, *, mark: str = 't="s"') -> bytes:
    """Return a workbook whose cells all name one text."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" {mark}><v>0</v></c></row>' for n in range(1, cells + 1))
    strings = f'<sst xmlns="{NAMESPACE}"><si><t>{text}</t></si></sst>'.encode()
    with zipfile.ZipFile(io.BytesIO(with_sheet(rows))) as archive:
        made = {name: archive.read(name) for name in archive.namelist()}
    return zipped(made | {SHARED: strings})


def entities(declared: str, used: str) -> bytes:
    sheet = parts()[SHEET].decode().replace("<t>", f"<t>&{used};", 2).replace("<v>", f"<v>&{used};", 2)
    return changed(**{SHEET.replace("/", "__"): f"<!DOCTYPE x [{declared}]>{sheet}".encode()})


LAUGHS = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
QUADRATIC = f'<!ENTITY a "{"x" * 100_000}">'

HOSTILE: dict[str, Callable[[], bytes]] = {
    "a bomb that says so": lambda: changed(x=bytes(40 * MB)),
    "a bomb that lies": lambda: lying(bytes(40 * MB), 100),
    "a part longer than it says": lambda: lying(b"<worksheet/>" * 1000, 12),
    "thousands of parts": lambda: zipped(parts() | {f"x/{n}": b"" for n in range(2_100)}),
    "one long text, many cells": lambda: shared("A" * MB, 400),
    "one text, very many cells": lambda: shared("A" * 30_000, 40_000),
    "the same, written with blanks": lambda: shared("A" * 30_000, 40_000, mark="t = 's'"),
    "a cell far away": lambda: with_sheet('<row r="1"><c r="XFD1048576" t="n"><v>1</v></c></row>'),
    "a cell far away, with blanks": lambda: with_sheet('<row r = "1"><c r = "XFD1048576" t="n"><v>1</v></c></row>'),
    "billion laughs": lambda: entities(LAUGHS, "j"),
    "quadratic blow-up": lambda: entities(QUADRATIC, ";&".join(["a"] * 2_000)),
    "a file of the server's": lambda: entities('<!ENTITY j SYSTEM "file:///etc/passwd">', "j"),
    "an address of the network's": lambda: entities('<!ENTITY j SYSTEM "http://127.0.0.1:9/x">', "j"),
    "a parameter entity": lambda: entities('<!ENTITY % j SYSTEM "file:///etc/passwd"> %j;', "j"),
    "an archive in the archive": lambda: zipped({"xl/workbook.xml": GOOD, SHEET: GOOD}),
    "tags without end": lambda: with_sheet("<row>" * 200_000),
    "a photo that is a workbook too": lambda: jpeg() + GOOD,
    "a document that is a workbook too": lambda: pdf() + GOOD,
    "a page that is a list too": lambda: b"<html><script>1</script>\n" + csv_of(FAMILY | MEMBER).encode(),
    "a program": lambda: b"MZ\x90\0\x03" + GOOD,
    "a field without end": lambda: b'no_kk,nik,nama\r\n"' + b"A" * 30 * MB,
    "a line without end": lambda: b"no_kk,nik," + b"A," * 5_000_000,
    "nothing but quotes": lambda: b'"' * 10 * MB,
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit by which bombs are told, small enough to make some; what a bomb has beyond it is the same."""
    monkeypatch.setattr(workbook_xlsx, "BYTES_MAX", 32 * MB)


@cache
def hostile(name: str) -> bytes:
    return HOSTILE[name]()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_soon(name: str, reader: str) -> None:
    content = hostile(name)
    begun = time.process_time()
    with pytest.raises((WorkbookProblem, HolidayListRefused)):
        READERS[reader](content)
    assert time.process_time() - begun < SECONDS_MOST


@pytest.mark.parametrize("name", ["a bomb that says so", "a bomb that lies", "one long text, many cells"])
def test_what_it_unpacks_to_is_never_held(name: str) -> None:
    content = hostile(name)
    tracemalloc.start()
    try:
        with pytest.raises(WorkbookProblem):
            _village(content)
        assert tracemalloc.get_traced_memory()[1] < 64 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("declared", ["file:///etc/passwd", "http://127.0.0.1:9/"])
def test_what_an_entity_names_is_never_read(declared: str) -> None:
    told = ""
    with contextlib.suppress(WorkbookProblem):
        told = repr(_village(entities(f'<!ENTITY j SYSTEM "{declared}">', "j")))
    assert "root:" not in told


def test_an_honest_list_with_a_long_remark_is_read() -> None:
    """Spreadsheet programs keep texts once: a long one beside thousands of short cells is no bomb."""
    rows = [FAMILY | {"no_kk": f"320405120515{n:04}", "alasan": "y" * 2_000 if n == 7 else "x"} for n in range(1, 400)]
    people = [MEMBER | {"no_kk": row["no_kk"], "nik": f"320405120590{n:04}"} for n, row in enumerate(rows, 1)]
    content = book({"keluarga": table(*rows), "anggota": table(*people)})
    assert len(_village(content)) == len(rows)


def test_a_text_of_a_cell_may_be_as_long_as_excel_s() -> None:
    with contextlib.suppress(WorkbookProblem):
        _village(shared("A" * 32_767, 10))
    with pytest.raises(WorkbookTooLarge):
        _village(shared("A" * 65_536, 1))
