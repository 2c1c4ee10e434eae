"""Photos lose what the camera wrote, keep their place as a fact, and stand upright; what is no photo is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from models.document.reader import judge
from models.document.rules import JPEG, PNG, Geotag, Unfit, in_indonesia, moment_of
from tests.support.files import SADU, SECRET, exif, jpeg, painted, png, png_claiming

GPS = ExifTags.GPS


def refused(content: bytes) -> str:
    with pytest.raises(Unfit) as told:
        judge(content)
    return told.value.code


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def corner(picture: Image.Image, x: float, y: float) -> str:
    """Return the colour that rules at a place given in parts of the picture's sides."""
    pixel: Any = picture.convert("RGB").getpixel((int(x * picture.width), int(y * picture.height)))
    return "merah" if pixel[0] > pixel[2] else "biru"


# -- what is gone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [jpeg(), png()], ids=["JPEG", "PNG"])
def test_nothing_the_camera_wrote_is_left(content: bytes) -> None:
    assert SECRET in content
    cleaned = judge(content)
    assert SECRET not in cleaned.content
    picture = opened(cleaned.content)
    assert dict(picture.getexif()) == {}
    left = set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert left == set()
    for sign in (b"Exif\0\0", b"http://ns.adobe.com", b"Photoshop", b"8BIM", b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
        assert sign not in cleaned.content, sign


@pytest.mark.parametrize(
    ("content", "type_"),
    [(jpeg() + b"<script>alert(1)</script>", JPEG), (png() + b"<script>alert(1)</script>", PNG)],
    ids=["JPEG", "PNG"],
)
def test_what_is_appended_to_a_photo_is_gone(content: bytes, type_: str) -> None:
    cleaned = judge(content)
    assert b"script" not in cleaned.content
    assert cleaned.type == type_
    assert opened(cleaned.content).size == (64, 48)


def test_a_photo_that_is_an_archive_too_is_only_a_photo_afterwards() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("jahat.js", "alert(1)")
    content = jpeg() + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(content))
    assert not zipfile.is_zipfile(io.BytesIO(judge(content).content))


def test_the_same_photo_gives_the_same_content() -> None:
    assert judge(jpeg()).content == judge(jpeg()).content
    assert judge(jpeg()).content != judge(jpeg(picture=painted(shade=90))).content


# -- what stays -----------------------------------------------------------------------------------------------------

TURNED = {
    1: ((64, 48), (0.1, 0.5)),
    2: ((64, 48), (0.9, 0.5)),
    3: ((64, 48), (0.9, 0.5)),
    4: ((64, 48), (0.1, 0.5)),
    5: ((48, 64), (0.5, 0.1)),
    6: ((48, 64), (0.5, 0.1)),
    7: ((48, 64), (0.5, 0.9)),
    8: ((48, 64), (0.5, 0.9)),
}
"""Orientation -> size, and where the stored left half (red) is to be seen, by the EXIF standard."""


@pytest.mark.parametrize("make", [jpeg, png], ids=["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", TURNED)
def test_it_stands_as_the_camera_was_held(orientation: int, make: Any) -> None:
    size, red = TURNED[orientation]
    picture = opened(judge(make(exif(orientation=orientation))).content)
    assert picture.size == size
    assert corner(picture, *red) == "merah"
    assert corner(picture, 1 - red[0], 1 - red[1]) == "biru"


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_is_none_leaves_it_as_it_is(orientation: int) -> None:
    picture = opened(judge(jpeg(exif(orientation=orientation))).content)
    assert picture.size == (64, 48)
    assert corner(picture, 0.1, 0.5) == "merah"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_scan_is_kept_readable(mode: str) -> None:
    source = painted(mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        source = Image.frombytes("I;16", source.size, b"".join(bytes([0, v]) for v in source.tobytes()))
    picture = opened(judge(png(picture=source)).content)
    assert picture.size == (64, 48)
    assert picture.mode in {"L", "RGB", "RGBA"}
    if mode != "1":
        expected: Any = painted(mode="L").getpixel((5, 5))
        found: Any = picture.convert("L").getpixel((5, 5))
        assert abs(found - expected) < 12


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_print_colours_are_read(mode: str) -> None:
    assert opened(judge(jpeg(picture=painted(mode=mode))).content).mode == ("L" if mode == "L" else "RGB")


# -- where and when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [jpeg, png], ids=["JPEG", "PNG"])
@pytest.mark.parametrize("place", [SADU, (5.8933, 95.3214), (-8.4907, 140.4018), (0.0, 109.3425)])
def test_the_place_is_read_before_it_is_taken_out(make: Any, place: tuple[float, float]) -> None:
    tag = judge(make(exif(place))).geotag
    assert tag is not None
    assert (tag.latitude, tag.longitude) == pytest.approx(place, abs=1e-5)
    assert in_indonesia(tag)


@pytest.mark.parametrize(
    "place",
    [(0.0, 0.0), (7.5, 107.0), (-11.5, 123.0), (-7.0, 94.0), (-7.0, 142.0), (-7.0, -107.5), (52.5, 13.4)],
)
def test_places_outside_indonesia_are_told(place: tuple[float, float]) -> None:
    tag = judge(jpeg(exif(place))).geotag
    assert tag is not None
    assert not in_indonesia(tag)


FULL: dict[int, Any] = {
    GPS.GPSLatitudeRef: "S",
    GPS.GPSLatitude: (7.0, 2.0, 13.92),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (107.0, 31.0, 7.68),
}


@pytest.mark.parametrize(
    "changed",
    [
        {GPS.GPSLatitude: None},
        {GPS.GPSLongitudeRef: None},
        {GPS.GPSLatitudeRef: "X"},
        {GPS.GPSLatitude: (7.0, 2.0)},
        {GPS.GPSLatitude: (IFDRational(0, 0), 0.0, 0.0)},
    ],
    ids=["no latitude", "no east or west", "neither north nor south", "no seconds", "no number"],
)
def test_half_a_place_is_none(changed: dict[int, Any]) -> None:
    gps = {name: value for name, value in (FULL | changed).items() if value is not None}
    assert judge(jpeg(exif(gps=gps))).geotag is None
    assert judge(jpeg(exif(None))).geotag is None


WIT = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("notes", "taken"),
    [
        ({"offset": "+09:00"}, datetime(2026, 3, 17, 9, 30, tzinfo=WIT)),
        ({}, datetime(2026, 3, 17, 9, 30)),  # noqa: DTZ001 -- a camera that names no zone
        ({"offset": "nonsense"}, datetime(2026, 3, 17, 9, 30)),  # noqa: DTZ001 -- same
        ({"taken": None}, None),
        ({"taken": "0000:00:00 00:00:00"}, None),
        (
            {"gps": FULL | {GPS.GPSDateStamp: "2026:03:17", GPS.GPSTimeStamp: (0.0, 30.0, 1.0)}},
            datetime(2026, 3, 17, 0, 30, 1, tzinfo=UTC),
        ),
    ],
)
def test_when_it_was_taken(notes: dict[str, Any], taken: datetime | None) -> None:
    tag = judge(jpeg(exif(**notes))).geotag
    assert tag is not None
    assert tag.taken == taken


def test_a_clock_without_zone_is_the_region_s() -> None:
    naive = Geotag(-7, 107, datetime(2026, 3, 17, 9, 30))  # noqa: DTZ001 -- a camera that names no zone
    assert moment_of(naive, "Asia/Jayapura") == datetime(2026, 3, 17, 0, 30, tzinfo=UTC)
    assert moment_of(Geotag(-7, 107, datetime(1980, 1, 1, tzinfo=UTC)), "Asia/Jakarta") is None
    assert moment_of(Geotag(-7, 107), "Asia/Jakarta") is None


# -- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [jpeg, png], ids=["JPEG", "PNG"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_photo_that_was_cut_off_is_refused(make: Any, part: float) -> None:
    content = make(picture=painted((640, 480)))
    assert refused(content[: int(len(content) * part)]) == "dokumen_tidak_terbaca"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff" + b"\0" * 200,
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"<html>" * 50,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
        b"\x89PNG\r\n\x1a\n" + b"<?php phpinfo();",
    ],
)
def test_what_only_begins_like_a_photo_is_refused(content: bytes) -> None:
    assert refused(content) == "dokumen_tidak_terbaca"


def _other(kind: str) -> bytes:
    target = io.BytesIO()
    painted().save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        *(_other(kind) for kind in ("GIF", "TIFF", "BMP", "WEBP")),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><body>foto.jpg</body></html>",
        b"MZ\x90\0" + b"\0" * 100,
        b"PK\x03\x04" + b"\0" * 100,
        b"%!PS-Adobe-3.0",
        b" " + jpeg(),
        b"\n%PDF-1.7",
        b"x",
    ],
)
def test_other_files_are_refused_whatever_they_are_called(content: bytes) -> None:
    assert refused(content) == "jenis_berkas_tidak_diterima"


@pytest.mark.parametrize("size", [(60_000, 60_000), (30_000, 30_000), (10_000, 5_001), (20_001, 10)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    content = png_claiming(*size)
    assert len(content) < 500_000
    assert refused(content) == "gambar_terlalu_luas"


def test_a_bomb_of_text_is_refused() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 -- only here

    texts = PngInfo()
    texts.add_text("Comment", "0" * 60_000_000, zip=True)
    target = io.BytesIO()
    painted().save(target, "PNG", pnginfo=texts)
    assert len(target.getvalue()) < 500_000
    assert refused(target.getvalue()) == "dokumen_tidak_terbaca"


def test_the_largest_picture_that_is_taken_is_taken() -> None:
    content = png_claiming(20_000, 1_000)
    assert opened(judge(content).content).size == (20_000, 1_000)
