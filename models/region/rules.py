"""Arithmetic on Kemendagri region codes: pure functions, no table needed.

A code is an `int` without dots: 32 (provinsi), 3204 (kabupaten or kota), 320405 (kecamatan), 3204052001 (desa or
kelurahan). Its level is its number of digits, its parent is what remains when the last part is cut off, and what it
contains is a range of ten-digit village codes. Ten digits do not fit a 32-bit integer.

Source: Permendagri 72/2019 on codes (`pp.kk.cc.dddd`; kabupaten 01-69, kota 71-99; first digit of the village 1
kelurahan, 2 desa, 3 desa adat) and Kepmendagri 300.2.2-2138/2025 for the present codes.
"""

import re
import unicodedata
from enum import IntEnum
from typing import Final

from models.region.errors import RegionCodeInvalid

Span = tuple[int, int]
"""Inclusive range of ten-digit village codes: (lowest, highest)."""

NATIONAL_SPAN: Final[Span] = (0, 9_999_999_999)
"""The span of the whole country: every ten-digit code lies in it."""


class Level(IntEnum):
    """Level of a region; the value is the number of digits of its code."""

    PROVINSI = 2
    KABUPATEN = 4
    """Kabupaten or kota."""
    KECAMATAN = 6
    DESA = 10
    """Desa, kelurahan or desa adat."""


_LEVELS: Final = tuple(Level)
_KOTA_FROM: Final = 71
_VILLAGE_KINDS: Final = {1: "kelurahan", 2: "desa", 3: "desa adat"}
_PARTS: Final = {Level.PROVINSI: (2,), Level.KABUPATEN: (2, 4), Level.KECAMATAN: (2, 4, 6), Level.DESA: (2, 4, 6, 10)}

# Keppres 41/1987 on the three time zones. Provinces made since then keep the zone of the province they came from:
# 21 and 36 WIB; 65, 75 and 76 WITA; 82, 92 and the four new Papua provinces 93 to 96 WIT.
_WIB: Final = frozenset({*range(11, 20), 21, *range(31, 37), 61, 62})
_WITA: Final = frozenset({51, 52, 53, 63, 64, 65, *range(71, 77)})
_WIT: Final = frozenset({81, 82, *range(91, 97)})

_DIGITS_AND_DOTS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)
_APOSTROPHES: Final = str.maketrans("", "", "'`’‘ʼ")
_NOT_A_WORD: Final = re.compile(r"[^0-9a-z]+", re.ASCII)


def parse(code: str | int) -> int:
    """Return a region code as an int, from `"32.04.05.2001"`, `"3204052001"` or `3204052001`.

    Only the shape is judged: 2, 4, 6 or 10 digits and no part that is all zeros. Whether such a region exists is a
    question for the table.

    Raises:
        RegionCodeInvalid: the text or number is not shaped like a code.
    """
    text = str(code).strip()
    if not _DIGITS_AND_DOTS.fullmatch(text):
        raise RegionCodeInvalid(str(code))
    if "." in text and [len(part) for part in text.split(".")] not in ([2, 2], [2, 2, 2], [2, 2, 2, 4]):
        raise RegionCodeInvalid(str(code))
    digits = text.replace(".", "")
    if len(digits) not in (2, 4, 6, 10) or digits[0] == "0" or "00" in (digits[2:4], digits[4:6]):
        raise RegionCodeInvalid(str(code))
    if len(digits) == Level.DESA and digits[6:] == "0000":
        raise RegionCodeInvalid(str(code))
    return int(digits)


def level(code: int) -> Level:
    """Return the level of a code, judged by its number of digits.

    Raises:
        RegionCodeInvalid: the number has not 2, 4, 6 or 10 digits.
    """
    digits = len(str(code)) if code > 0 else 0
    if digits not in _LEVELS:
        raise RegionCodeInvalid(str(code))
    return Level(digits)


def dotted(code: int) -> str:
    """Return the code as the decree writes it: `3204052001` becomes `32.04.05.2001`."""
    ends = _PARTS[level(code)]
    text = str(code)
    return ".".join(text[start:end] for start, end in zip((0, *ends), ends, strict=False))


def parent(code: int) -> int | None:
    """Return the code of the region one level up; a provinsi has none."""
    match level(code):
        case Level.PROVINSI:
            return None
        case Level.DESA:
            return code // 10_000
        case _:
            return code // 100


def ancestors(code: int) -> tuple[int, ...]:
    """Return the codes above a region and itself, widest first: (32, 3204, 320405, 3204052001)."""
    text = str(code)
    return tuple(int(text[:end]) for end in _PARTS[level(code)])


def span(code: int) -> Span:
    """Return the inclusive range of ten-digit village codes that lie in a region of any level.

    `span(3204) == (3204000000, 3204999999)`; the span of a village is the village itself. A scope test is then
    `lo <= village <= hi`, which one numeric index answers.
    """
    width = 10 ** (Level.DESA - level(code))
    return code * width, (code + 1) * width - 1


def contains(region: int, code: int) -> bool:
    """Say whether `code`, of any level, lies in `region` (a region contains itself)."""
    lo, hi = span(region)
    inner_lo, inner_hi = span(code)
    return lo <= inner_lo and inner_hi <= hi


def prefix_ranges(digits: str) -> tuple[Span, ...]:
    """Return the ranges of codes, one per level, that begin with these digits; for search while typing.

    Args:
        digits: one to ten digits without dots, for example `"32040"`.

    Returns:
        Ranges of codes at their own level (not of village codes), widest level first; empty for more than ten digits.
    """
    start = int(digits)
    return tuple(
        (start * 10 ** (size - len(digits)), (start + 1) * 10 ** (size - len(digits)) - 1)
        for size in _LEVELS
        if size >= len(digits)
    )


def kind(code: int) -> str:
    """Return what the region is called: provinsi, kabupaten, kota, kecamatan, kelurahan, desa or desa adat.

    Raises:
        RegionCodeInvalid: a village code whose first village digit is not 1, 2 or 3.
    """
    match level(code):
        case Level.PROVINSI:
            return "provinsi"
        case Level.KABUPATEN:
            return "kota" if code % 100 >= _KOTA_FROM else "kabupaten"
        case Level.KECAMATAN:
            return "kecamatan"
        case _:
            name = _VILLAGE_KINDS.get(code // 1000 % 10)
            if name is None:
                raise RegionCodeInvalid(str(code))
            return name


def called(code: int, name: str | None) -> str:
    """Return a region as people name it: "Desa Sangkanhurip", "Kabupaten Bandung".

    Names of kabupaten and kota say themselves what they are. 0 is the nation; without a name its code must do.
    """
    if code == 0:
        return "nasional"
    if name is None:
        return str(code)
    return name if level(code) is Level.KABUPATEN else f"{kind(code).title()} {name}"


def titled(code: int, name: str | None) -> str:
    """Return a region as people name it, with its code: "Desa Sangkanhurip 3204112001", "Kabupaten Bandung 3204"."""
    return f"{called(code, name)} {code}" if code and name else called(code, name)


def timezone_of(code: int) -> str:
    """Return the IANA name of the region's time zone, judged by its provinsi.

    `Asia/Jakarta` is WIB (UTC+7), `Asia/Makassar` WITA (UTC+8), `Asia/Jayapura` WIT (UTC+9).

    Raises:
        RegionCodeInvalid: no such provinsi. A wrong guess would move deadlines, so none is made.
    """
    provinsi = ancestors(code)[0]
    if provinsi in _WIB:
        return "Asia/Jakarta"
    if provinsi in _WITA:
        return "Asia/Makassar"
    if provinsi in _WIT:
        return "Asia/Jayapura"
    raise RegionCodeInvalid(str(code))


def fold(text: str) -> str:
    """Return text as it is compared in search: lower case, no accents, no punctuation, single spaces."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _NOT_A_WORD.sub(" ", kept.lower()).strip()
