"""Invented names in the custom of each part of the country."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from alur.seed.chance import Chance, Weighted

_MALE: Final = 1
_OLD_BEFORE: Final = 1975
_YOUNG_FROM: Final = 1990
_YOUNG_SHARE: Final = 0.45
_OLD_SHARE: Final = 0.75


@dataclass(frozen=True, slots=True)
class _Custom:
    """Name parts of one custom; pairs and dicts are by sex, 1 male and 2 female."""

    first: Mapping[int, tuple[str, ...]]
    old: Mapping[int, tuple[str, ...]]
    second: Mapping[int, tuple[str, ...]]
    before: Mapping[int, tuple[str, ...]]
    before_share: float = 0.0
    clans: tuple[str, ...] = ()
    order: tuple[tuple[str, ...], ...] = ()
    single_share: float = 0.0


@dataclass(frozen=True, slots=True)
class _Names:
    customs: Mapping[str, _Custom]
    young: _Custom
    provinces: Mapping[int, Weighted[str]] = field(default_factory=dict)
    streets: tuple[str, ...] = ()
    hamlets: tuple[str, ...] = ()


def _custom(raw: Mapping[str, Any]) -> _Custom:
    def by_sex(name: str) -> dict[int, tuple[str, ...]]:
        prefix = f"{name}_" if name else ""
        return {1: tuple(raw.get(f"{prefix}laki", ())), 2: tuple(raw.get(f"{prefix}perempuan", ()))}

    return _Custom(
        first=by_sex(""),
        old=by_sex("lama"),
        second=by_sex("akhir"),
        before=by_sex("awal"),
        before_share=raw.get("awal_share", 0.0),
        clans=tuple(raw.get("marga", ())),
        order=tuple(tuple(names) for names in raw.get("urutan", ())),
        single_share=raw.get("satu", 0.0),
    )


@cache
def _names() -> _Names:
    raw = tomllib.loads(files("alur.seed").joinpath("data", "nama.toml").read_text("utf-8"))
    return _Names(
        customs={name: _custom(parts) for name, parts in raw["kelompok"].items()},
        young=_custom(raw["umum"]),
        provinces={int(code): Weighted(weights) for code, weights in raw["provinsi"].items()},
        streets=tuple(raw["alamat"]["jalan"]),
        hamlets=tuple(raw["alamat"]["dusun"]),
    )


def custom_of(provinsi: int, chance: Chance) -> str:
    """Return the custom one family of a provinsi (two-digit code) follows."""
    return chance.draw(_names().provinces[provinsi])


def clan_of(custom: str, chance: Chance) -> str:
    """Return a family name, or `""` where the custom has none."""
    clans = _names().customs[custom].clans
    return chance.pick(clans) if clans else ""


def person_name(custom: str, sex: int, birth_year: int, chance: Chance, *, clan: str = "", order: int = 0) -> str:
    """Return the name of one person in capitals, as cards have it.

    Args:
        custom: as from `custom_of`.
        sex: 1 male, 2 female.
        birth_year: decides between old names and what young people are called.
        chance: where to draw from.
        clan: family name to carry, if any.
        order: place among brothers and sisters, from 0; Balinese names tell it.
    """
    names, parts = _names(), _names().customs[custom]
    young = birth_year >= _YOUNG_FROM and not parts.order and chance.happens(_YOUNG_SHARE)
    if young:
        first, second, single = names.young.first[sex], names.young.second[sex], 0.0
    else:
        old = birth_year < _OLD_BEFORE and parts.old[sex] and chance.happens(_OLD_SHARE)
        first, second, single = (parts.old if old else parts.first)[sex], parts.second[sex], parts.single_share
        single = max(single, 0.8) if old else single
    words = [chance.pick(first)]
    if parts.order:
        words.insert(0, chance.pick(parts.order[order % len(parts.order)]))
    if parts.before[sex] and chance.happens(parts.before_share):
        words.insert(0, chance.pick(parts.before[sex]))
    if clan:
        words.append(clan)
    elif second and not chance.happens(single):
        words.append(chance.pick(second))
    return " ".join(words).upper()


def hamlet_name(chance: Chance) -> str:
    """Return the name of a dusun or kampung."""
    return chance.pick(_names().hamlets)


def street_name(chance: Chance) -> str:
    """Return the name of a street, without its kind."""
    return chance.pick(_names().streets)
