"""The villages a population lives in, and the kecamatan its people may come from."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.region import rules
from models.region.data import read_regions
from models.region.errors import RegionNotFound


@dataclass(frozen=True, slots=True)
class Village:
    """One desa or kelurahan."""

    code: int
    name: str
    #: degrees, WGS 84, of the village or else of its kecamatan
    lat: float | None
    long: float | None

    @property
    def kecamatan(self) -> int:
        """Six-digit code."""
        return self.code // 10_000

    @property
    def provinsi(self) -> int:
        """Two-digit code."""
        return self.code // 100_000_000

    @property
    def is_urban(self) -> bool:
        """A kelurahan counts as town."""
        return rules.kind(self.code) == "kelurahan"


@dataclass(frozen=True, slots=True)
class Geography:
    """The villages asked for, by code, and what is needed of the rest of the country."""

    villages: tuple[Village, ...]
    #: all kecamatan, in the order of their codes
    kecamatan: tuple[int, ...]
    #: name of each kabupaten or kota as birth places are written: capitals, without its kind
    birth_places: dict[int, str]


def geography(codes: Iterable[int]) -> Geography:
    """Look up villages (about 0.3 s, which is the time to read the list).

    Args:
        codes: ten-digit codes; doubles count once, the order does not matter.

    Raises:
        RegionNotFound: one of the codes is no village of today.
    """
    wanted = set(codes)
    villages: list[Village] = []
    kecamatan: dict[int, tuple[float | None, float | None]] = {}
    births: dict[int, str] = {}
    for row in read_regions():
        if row.code in wanted and rules.level(row.code) is rules.Level.DESA:
            lat, long = row.latitude, row.longitude
            if lat is None or long is None:
                lat, long = kecamatan[row.code // 10_000]
            villages.append(Village(row.code, row.name, lat, long))
        elif row.kind == "kecamatan":
            kecamatan[row.code] = (row.latitude, row.longitude)
        elif row.kind in ("kabupaten", "kota"):
            name = row.name.removeprefix("Kabupaten ").removeprefix("Kota ").removeprefix("Administrasi ")
            births[row.code] = name.upper()
    for code in wanted - {village.code for village in villages}:
        raise RegionNotFound(code)
    return Geography(tuple(sorted(villages, key=lambda village: village.code)), tuple(sorted(kecamatan)), births)
