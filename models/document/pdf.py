"""PDFs, looked through and kept byte for byte: an electronic signature holds only over the bytes that were signed."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from models.document.rules import PDF, Cleaned, Unfit

_OBJECTS_MAX = 200_000
"""A scan of 100 pages has some thousands."""

_COMMAND_KEYS = {"/JS", "/JavaScript", "/AA", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
_ATTACHMENT_KEYS = {"/EF", "/EmbeddedFiles", "/AF"}
_ACTIONS = {"/GoTo", "/URI", "/Named", "/Thread"}
"""Actions that lead the reader somewhere; every other one runs, opens or sends something."""
_ACTION_PLACES = {"/A", "/OpenAction", "/Next", "/PA"}
_ATTACHMENT_TYPES = {"/EmbeddedFile"}
_COMMAND_SUBTYPES = {"/RichMedia", "/Movie", "/Screen", "/Sound", "/3D"}

_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_RAW = {
    "pdf_berisi_perintah": re.compile(rb"/(?:JavaScript|Launch|ImportData|SubmitForm)(?![A-Za-z])"),
    "pdf_berlampiran": re.compile(rb"/EmbeddedFiles?(?![A-Za-z])"),
}
"""Names looked for in the bytes too: an older revision of the file may hold what the newest one does not list."""


def clean_pdf(content: bytes) -> Cleaned:
    """Return the PDF as it came when it holds pages and nothing that acts.

    Raises:
        Unfit: encrypted, damaged, followed by something else, with commands, or with files inside.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    _ends(content)
    try:
        _look_through(content)
    except (Unfit, MemoryError):
        raise
    except Exception as error:  # a parser of hostile files fails in every way there is
        raise Unfit("dokumen_tidak_terbaca") from error
    return Cleaned(content, PDF, None)


def _look_through(content: bytes) -> None:
    reader = PdfReader(io.BytesIO(content), strict=True)
    if reader.is_encrypted or "/Encrypt" in reader.trailer:
        raise Unfit("pdf_terkunci")
    for node in _dictionaries(reader):
        _judge(node)
    _raw(content)
    if len(reader.pages) == 0:
        raise Unfit("dokumen_tidak_terbaca")


def _ends(content: bytes) -> None:
    """Demand that the file ends where the PDF does: what follows is read as another kind of file by somebody."""
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise Unfit("dokumen_tidak_terbaca")
    if content[end + 5 :].strip(b"\r\n\t \0"):
        raise Unfit("pdf_berekor")


def _raw(content: bytes) -> None:
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)
    for code, names in _RAW.items():
        if names.search(plain):
            raise Unfit(code)


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Yield every dictionary of the file, also those that no page leads to; a loop, because they nest at will."""
    waiting: list[Any] = [reader.trailer]
    waiting += [
        IndirectObject(number, generation, reader)
        for generation, numbers in reader.xref.items()
        for number in numbers
        if not reader.xref_free_entry.get(generation, {}).get(number)
    ]
    waiting += [IndirectObject(number, 0, reader) for number in reader.xref_objStm]
    known: set[tuple[int, int]] = set()
    seen = 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, IndirectObject):
            if (node.idnum, node.generation) in known:
                continue
            known.add((node.idnum, node.generation))
            node = node.get_object()
        seen += 1
        if seen > _OBJECTS_MAX:
            raise Unfit("dokumen_terlalu_berat")
        if isinstance(node, DictionaryObject):
            yield node
            waiting += node.values()
        elif isinstance(node, ArrayObject):
            waiting += node


def _judge(node: DictionaryObject) -> None:
    keys = set(node)
    if keys & _ATTACHMENT_KEYS or node.get("/Type") in _ATTACHMENT_TYPES or node.get("/Subtype") == "/FileAttachment":
        raise Unfit("pdf_berlampiran")
    if keys & _COMMAND_KEYS or node.get("/Subtype") in _COMMAND_SUBTYPES:
        raise Unfit("pdf_berisi_perintah")
    for place in _ACTION_PLACES & keys:
        action = node[place]  # resolved
        for one in action if isinstance(action, ArrayObject) else [action]:
            told = one.get_object() if isinstance(one, IndirectObject) else one
            if isinstance(told, DictionaryObject) and "/S" in told and str(told["/S"]) not in _ACTIONS:
                raise Unfit("pdf_berisi_perintah")
    if node.get("/Type") == "/Action" and node.get("/S") not in _ACTIONS:
        raise Unfit("pdf_berisi_perintah")
