"""Pictures, decoded and written anew: kept are the pixels, upright, and nothing the camera wrote beside them."""

from __future__ import annotations

import io
import math
import struct
import warnings
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image, ImageOps

from models.document.rules import JPEG, PIXELS_MAX, SIDE_MAX, Cleaned, Geotag, Unfit

_FORMATS = {JPEG: ["JPEG"], "image/png": ["PNG"]}
_QUALITY = 88
"""JPEG quality at which a Kartu Keluarga photographed at 12 million pixels keeps its small print."""
_PLAIN = {"L", "RGB", "RGBA"}

_ODD = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error)
"""What reading a camera's notes raises when they are not what they should be."""


def clean_picture(content: bytes, type_: str) -> Cleaned:
    """Return the picture upright and without metadata, and the geotag it carried.

    Raises:
        Unfit: too many pixels, or not readable to its last one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a camera's odd tag is no reason to refuse its picture
        try:
            with Image.open(io.BytesIO(content), formats=_FORMATS[type_]) as picture:
                _demand_size(picture)
                picture.load()
                tag = _geotag(picture.getexif())
                upright = _plain(_upright(picture))
        except (Unfit, MemoryError):
            raise
        except Image.DecompressionBombError as error:
            raise Unfit("gambar_terlalu_luas") from error
        except Exception as error:  # a decoder of hostile files fails in every way there is
            raise Unfit("dokumen_tidak_terbaca") from error
        upright.info.clear()  # comments, profiles, texts: what Pillow would write again
        target = io.BytesIO()
        if type_ == JPEG:
            upright.save(target, "JPEG", quality=_QUALITY, optimize=True)
        else:
            upright.save(target, "PNG")
    return Cleaned(target.getvalue(), type_, tag)


def _demand_size(picture: Image.Image) -> None:
    """Demand, by its header alone, that a picture is no bomb."""
    width, height = picture.size
    if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
        raise Unfit("gambar_terlalu_luas")


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except _ODD:  # an orientation that is none
        return picture.copy()


def _plain(picture: Image.Image) -> Image.Image:
    """Return the picture in a mode that every viewer shows: grey, colour, or colour with transparency."""
    if picture.mode in _PLAIN:
        return picture
    if picture.mode.startswith("I"):  # sixteen bits of grey, from scanners
        return picture.point(lambda value: value / 256).convert("L")
    if picture.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _geotag(exif: Image.Exif) -> Geotag | None:
    """Return the place in the camera's notes, None when there is none that could be one."""
    try:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "N", "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "E", "W")
    except _ODD:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    return Geotag(round(latitude, 7), round(longitude, 7), _taken(exif, gps))


def _text(value: Any) -> str:
    return (value.decode("ascii") if isinstance(value, bytes) else str(value)).strip("\0 ")


def _degrees(parts: Any, ref: Any, plus: str, minus: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    sign = {plus: 1, minus: -1}[_text(ref).upper()]
    return sign * (degrees + minutes / 60 + seconds / 3600)


def _taken(exif: Image.Exif, gps: Any) -> datetime | None:
    """Return when: the camera's clock with its zone, the satellites' (UTC), or the camera's clock without a zone."""
    clock = _camera_clock(exif)
    if clock is None or clock.tzinfo is None:
        try:
            day = _text(gps[ExifTags.GPS.GPSDateStamp])
            hours, minutes, seconds = (float(part) for part in gps[ExifTags.GPS.GPSTimeStamp])
            since = timedelta(hours=hours, minutes=minutes, seconds=int(seconds))
            return datetime.strptime(day, "%Y:%m:%d").replace(tzinfo=UTC) + since
        except _ODD:
            return clock
    return clock


def _camera_clock(exif: Image.Exif) -> datetime | None:
    try:
        notes = exif.get_ifd(ExifTags.IFD.Exif)
        written = _text(notes.get(ExifTags.Base.DateTimeOriginal) or exif[ExifTags.Base.DateTime])
        clock = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 -- the zone stands in a tag of its own
    except _ODD:
        return None
    try:
        offset = datetime.strptime(_text(notes[ExifTags.Base.OffsetTimeOriginal]), "%z").utcoffset()
        return clock if offset is None else clock.replace(tzinfo=timezone(offset))
    except _ODD:
        return clock
