"""PDFs that only show pages are kept byte for byte; those that act, hide or carry something are refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import Fit

from models.document.reader import judge
from models.document.rules import PDF, Unfit
from tests.support.files import pdf, pdf_of_streams, revised, stream


def refused(content: bytes) -> str:
    with pytest.raises(Unfit) as told:
        judge(content)
    return told.value.code


def written(change: Any = None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _linked(writer: PdfWriter) -> None:
    writer.add_annotation(0, Link(rect=(0, 0, 10, 10), url="https://kemensos.go.id"))
    writer.add_annotation(0, Link(rect=(0, 0, 10, 10), target_page_index=1, fit=Fit.fit()))
    writer.add_outline_item(title="Bab 1", page_number=1)


SIGNED = pdf(b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 3] >>")

GOOD = {
    "by hand": pdf(),
    "by a library": written(),
    "with links and chapters": written(_linked),
    "with its objects squeezed": pdf_of_streams([]),
    "with white space at its end": pdf() + b"\r\n\r\n",
    "revised": revised(pdf(), 1, b"<< /Type /Catalog /Pages 2 0 R /Lang (id) >>"),
    "opening at a page": pdf(catalog=b"/OpenAction [3 0 R /Fit]"),
    "opening by going to a page": pdf(catalog=b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
    "signed": SIGNED,
    "telling of javascript": pdf(stream(b"BT (tentang JavaScript) Tj ET"), page=b"/Contents 4 0 R"),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_a_pdf_of_pages_is_kept_as_it_came(content: bytes) -> None:
    cleaned = judge(content)
    assert cleaned.type == PDF
    assert cleaned.content == content
    assert cleaned.geotag is None
    assert len(PdfReader(io.BytesIO(content)).pages) > 0


SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
LAUNCH = b"<< /S /Launch /F (cmd.exe) >>"

COMMANDS = {
    "a script when it opens": pdf(catalog=b"/OpenAction " + SCRIPT),
    "a script by reference": pdf(SCRIPT, catalog=b"/OpenAction 4 0 R"),
    "a script in the names": pdf(SCRIPT, catalog=b"/Names << /JavaScript << /Names [(x) 4 0 R] >> >>"),
    "a script nothing leads to": pdf(SCRIPT),
    "a script that only a squeezed object holds": pdf_of_streams([SCRIPT]),
    "a launch that only a squeezed object holds": pdf_of_streams([b"<< /A " + LAUNCH + b" >>"]),
    "a script under an escaped name": pdf(b"<< /S /Java#53cript /#4aS (app.alert\\(1\\)) >>"),
    "a program on a click": pdf(b"<< /Type /Annot /Subtype /Link /A " + LAUNCH + b" >>", page=b"/Annots [4 0 R]"),
    "a program after a link": pdf(b"<< /S /URI /URI (https://x) /Next " + LAUNCH + b" >>"),
    "a program in a list after a link": pdf(b"<< /S /URI /URI (https://x) /Next [" + LAUNCH + b"] >>"),
    "a form that is sent": pdf(b"<< /A << /S /SubmitForm /F (https://x) >> >>"),
    "another file opened": pdf(b"<< /A << /S /GoToR /F (x.pdf) >> >>"),
    "something when a page is shown": pdf(page=b"/AA << /O " + SCRIPT + b" >>"),
    "an XFA form": pdf(catalog=b"/AcroForm << /XFA (x) >>"),
    "a film": pdf(b"<< /Type /Annot /Subtype /RichMedia >>", page=b"/Annots [4 0 R]"),
    "an action unheard of": pdf(b"<< /Type /Action /S /Baru >>"),
    "a script in an older revision": revised(
        pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), 4, b"<< /Kosong true >>"
    ),
}


@pytest.mark.parametrize("content", COMMANDS.values(), ids=COMMANDS)
def test_a_pdf_that_acts_is_refused(content: bytes) -> None:
    assert refused(content) == "pdf_berisi_perintah"


ATTACHMENTS = {
    "a file in the names": written(lambda writer: writer.add_attachment("jahat.exe", b"MZ")),
    "a file on a page": pdf(b"<< /Type /Annot /Subtype /FileAttachment >>", page=b"/Annots [4 0 R]"),
    "a file specification": pdf(b"<< /Type /Filespec /F (x) /EF << /F 5 0 R >> >>", stream(b"MZ")),
    "a stream that is a file": pdf(stream(b"MZ", b"/Type /EmbeddedFile")),
    "associated files": pdf(catalog=b"/AF []"),
}


@pytest.mark.parametrize("content", ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_a_pdf_with_files_inside_is_refused(content: bytes) -> None:
    assert refused(content) == "pdf_berlampiran"


@pytest.mark.parametrize("password", ["", "rahasia"], ids=["without a password", "with one"])
@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_an_encrypted_pdf_is_refused(password: str, algorithm: str) -> None:
    assert refused(written(lambda writer: writer.encrypt(password, "pemilik", algorithm=algorithm))) == "pdf_terkunci"


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("content", [written(), pdf_of_streams([])], ids=["plain", "squeezed"])
def test_a_pdf_that_was_cut_off_is_refused(content: bytes, part: float) -> None:
    assert refused(content[: int(len(content) * part)]) == "dokumen_tidak_terbaca"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n" + b"\0" * 500 + b"\n%%EOF\n",
        b"%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n",
        pdf().replace(b"/Root 1 0 R", b"/Root 9 0 R"),
        pdf(pages=0),
        pdf().replace(b"startxref", b"startxxxx"),
    ],
)
def test_what_is_called_a_pdf_and_is_none_is_refused(content: bytes) -> None:
    assert refused(content) == "dokumen_tidak_terbaca"


@pytest.mark.parametrize("tail", [b"PK\x03\x04", b"<html>", b"MZ"])
def test_a_pdf_followed_by_another_file_is_refused(tail: bytes) -> None:
    assert refused(pdf() + tail) == "pdf_berekor"


def test_pages_that_turn_in_a_circle_end() -> None:
    content = pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    assert refused(content) == "dokumen_tidak_terbaca"


def test_objects_that_nest_deeply_end() -> None:
    assert refused(pdf(b"[" * 100_000 + b"]" * 100_000)) in {"dokumen_tidak_terbaca", "dokumen_terlalu_berat"}
