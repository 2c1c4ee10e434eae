"""Files as people and attackers send them: photos with a camera's notes, scans, PDFs good and bad."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

SADU = (-7.0372, 107.5188)
"""A place in Kabupaten Bandung: degrees north, degrees east."""
SECRET = b"RAHASIA-KAMERA-4711"
"""What the camera wrote into every corner of a test photo, and must be gone."""


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = abs(degrees)
    minutes = (whole % 1) * 60
    return (float(int(whole)), float(int(minutes)), round((minutes % 1) * 60, 4))


def exif(
    place: tuple[float, float] | None = SADU,
    *,
    orientation: int | None = None,
    taken: str | None = "2026:03:17 09:30:00",
    offset: str | None = None,
    gps: Mapping[int, Any] | None = None,
) -> Image.Exif:
    """Return a camera's notes; `gps` replaces what the place would write."""
    notes = Image.Exif()
    notes[ExifTags.Base.Make] = SECRET.decode()
    notes[ExifTags.Base.Artist] = SECRET.decode()
    if orientation is not None:
        notes[ExifTags.Base.Orientation] = orientation
    more = notes.get_ifd(ExifTags.IFD.Exif)
    if taken is not None:
        more[ExifTags.Base.DateTimeOriginal] = taken
    if offset is not None:
        more[ExifTags.Base.OffsetTimeOriginal] = offset
    if gps is None and place is not None:
        gps = {
            ExifTags.GPS.GPSLatitudeRef: "N" if place[0] >= 0 else "S",
            ExifTags.GPS.GPSLatitude: _sexagesimal(place[0]),
            ExifTags.GPS.GPSLongitudeRef: "E" if place[1] >= 0 else "W",
            ExifTags.GPS.GPSLongitude: _sexagesimal(place[1]),
        }
    if gps:
        notes.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    return notes


def painted(size: tuple[int, int] = (64, 48), mode: str = "RGB", *, shade: int = 0) -> Image.Image:
    """Return a picture whose left half is red and right half blue; `shade` tells pictures apart."""
    picture = Image.new("RGB", size, (200, shade, 0))
    picture.paste((0, shade, 200), (size[0] // 2, 0, *size))
    return picture.convert(mode)


def jpeg(notes: Image.Exif | None = None, picture: Image.Image | None = None, **more: Any) -> bytes:
    """Return a JPEG with EXIF, XMP, IPTC and a comment."""
    target = io.BytesIO()
    (picture or painted()).save(target, "JPEG", quality=95, exif=(notes or exif()).tobytes(), comment=SECRET, **more)
    raw = target.getvalue()
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(SECRET) + 5) + b"\x1c\x02\x78\0\x13" + SECRET
    extra = b"".join(
        marker + struct.pack(">H", len(data) + 2) + data for marker, data in ((b"\xff\xe1", xmp), (b"\xff\xed", iptc))
    )
    return raw[:2] + extra + raw[2:]


def png(notes: Image.Exif | None = None, picture: Image.Image | None = None) -> bytes:
    """Return a PNG with text chunks, plain and compressed, XMP and EXIF."""
    texts = PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_text("Comment", SECRET.decode() * 3, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
    target = io.BytesIO()
    (picture or painted()).save(target, "PNG", pnginfo=texts, exif=(notes or exif()).tobytes())
    return target.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG whose header promises width times height pixels, all of them black."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    squeezed = zlib.compressobj(1)
    body = b"".join(squeezed.compress(bytes(width + 1)) for _ in range(min(height, 1000))) + squeezed.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf(*more: bytes, catalog: bytes = b"", page: bytes = b"", trailer: bytes = b"", pages: int = 1) -> bytes:
    """Return a PDF of one empty page; `more` are further objects, numbered from 4; the rest goes into dictionaries."""
    kids = b"[3 0 R]" if pages else b"[]"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids " + kids + b" /Count " + str(pages).encode() + b" >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] " + page + b" >>",
        *more,
    ]
    body = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n" % count
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R " % count
        + trailer
        + b" >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


def revised(content: bytes, number: int, changed: bytes) -> bytes:
    """Return a PDF in which a later revision replaces an object; the earlier one still stands in the bytes."""
    before = int(content.rpartition(b"startxref\n")[2].split()[0])
    place = len(content)
    content += b"%d 0 obj\n" % number + changed + b"\nendobj\n"
    table = b"xref\n0 1\n0000000000 65535 f \n%d 1\n%010d 00000 n \n" % (number, place)
    ending = b"trailer\n<< /Size 9 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (before, len(content))
    return content + table + ending


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<< /Length %d " % len(content) + dictionary + b" >>\nstream\n" + content + b"\nendstream"


def pdf_of_streams(hidden: Sequence[bytes]) -> bytes:
    """Return a PDF that keeps all its objects, and `hidden` ones nothing leads to, squeezed into an object stream."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *hidden,
    ]
    places, packed = b"", b""
    for number, content in enumerate(objects, 1):
        places += b"%d %d " % (number, len(packed))
        packed += content + b" "
    squeezed = zlib.compress(places + packed)
    holder, table = len(objects) + 1, len(objects) + 2
    body = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    start = len(body)
    about = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(objects), len(places))
    body += b"%d 0 obj\n" % holder + stream(squeezed, about) + b"\nendobj\n"
    rows = [struct.pack(">BIH", 0, 0, 65535)]
    rows += [struct.pack(">BIH", 2, holder, place) for place in range(len(objects))]
    rows += [struct.pack(">BIH", 1, start, 0), struct.pack(">BIH", 1, len(body), 0)]
    about = b"/Type /XRef /Size %d /W [1 4 2] /Root 1 0 R" % (table + 1)
    return (
        body + b"%d 0 obj\n" % table + stream(b"".join(rows), about) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )
