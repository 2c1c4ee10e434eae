"""Two people edit one family at once: what each changed, and where they differ. Pure functions.

A look is a family as `models.register.history.looks` tells it. Flat, it is one value per field: "k.alamat" is the
family's, "a12.nama" that of the member numbered 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FAMILY = ("no_kk", "alamat", "rt", "rw", "dusun")
MEMBER = (
    *("nik", "nama", "hubungan", "jenis_kelamin", "tempat_lahir", "tanggal_lahir", "status_kawin", "pekerjaan"),
    *("hamil", "disabilitas"),
)
NUMBERS = {"no_kk", "nik"}
"""Fields that are shown masked."""


def flat(look: Mapping[str, Any]) -> dict[str, Any]:
    """Return a look as one value per field that people edit; days as ISO text, nothing as None."""
    told = {f"k.{field}": look.get(field) for field in FAMILY}
    for member in look["members"]:
        told |= {f"a{member['id']}.{field}": member.get(field) for field in MEMBER}
    return told


@dataclass(frozen=True, slots=True)
class Merge:
    """What becomes of my changes on top of somebody else's.

    Attributes:
        mine: field -> value, of my changes that nobody else touched.
        theirs: field -> value, of their changes that I did not touch; they stand already.
        conflicts: field -> (base, mine, theirs), of fields that both changed, and not to the same.
        gone: fields of mine about a member who has left the family meanwhile.
    """

    mine: Mapping[str, Any]
    theirs: Mapping[str, Any]
    conflicts: Mapping[str, tuple[Any, Any, Any]]
    gone: tuple[str, ...]


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merge:
    """Lay my changes upon what stands now.

    Args:
        base: the look I began from, flat.
        mine: the fields I change, and to what.
        theirs: the look that stands now, flat.
    """
    gone = tuple(name for name in mine if name in base and name not in theirs)
    kept = {name: value for name, value in mine.items() if name not in gone and theirs.get(name) != value}
    changed = {name for name in theirs if theirs[name] != base.get(name)}
    return Merge(
        mine={name: value for name, value in kept.items() if name not in changed},
        theirs={name: theirs[name] for name in theirs if name in changed and name not in kept},
        conflicts={name: (base.get(name), kept[name], theirs[name]) for name in kept if name in changed},
        gone=gone,
    )


def edit_of(changes: Mapping[str, Any], version: int) -> tuple[dict[str, Any], list[str]]:
    """Return changes as `models.register.edits.edit_family` takes them, and whose each of its members is.

    Fields of "b1" are those of a new member.
    """
    edit: dict[str, Any] = {"version": version}
    members: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        whose, _, field = name.partition(".")
        if whose == "k":
            edit[field] = value
        else:
            known = {"id": int(whose[1:])} if whose.startswith("a") else {}
            members.setdefault(whose, known)[field] = value
    if members:
        edit["members"] = list(members.values())
    return edit, list(members)


def name_of(field: str) -> str:
    """Return the flat name of a field as an edit's errors and differences name it ("anggota 12.nama" is "a12.nama")."""
    where, _, own = field.rpartition(".")
    whose = {"anggota baru": "b", "anggota": "a"}.get(where.rpartition(" ")[0], "k")
    return f"{whose}{where.rpartition(' ')[2] if whose != 'k' else ''}.{own}"
