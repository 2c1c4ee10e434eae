"""Import workbooks per village, filled with what the villages wrote down."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from alur.seed.model import Family
from models.usulan.workbook import FamilyRow, write_rows


@dataclass(slots=True)
class VillageFile:
    """One file that was written."""

    path: Path
    kode_desa: int
    families: int = 0
    members: int = 0


def _counted(families: Iterable[Family], file: VillageFile) -> Iterator[FamilyRow]:
    for family in families:
        file.families += 1
        file.members += len(family.record.members)
        yield family.record


def write_village_files(
    folder: Path | str, families: Iterable[Family], *, kind: Literal["xlsx", "csv"] = "xlsx", number: int = 1
) -> list[VillageFile]:
    """Write `usulan-<kode desa>.xlsx` (or `.csv`) for each village, holding the records of its families.

    A village's second list is `usulan-<kode desa>-2.xlsx`, and so on.

    Args:
        folder: made when it does not exist; files of the same name are written over.
        families: in the order of their villages, as `generate` gives them; consumed once, never held.
        kind: xlsx, or csv for one row per member.
        number: which list of the village it is, from 1.

    Returns:
        The files in the order of the villages.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for village, of_village in groupby(families, key=lambda family: family.truth.kode_desa):
        name = f"usulan-{village}" if number == 1 else f"usulan-{village}-{number}"
        file = VillageFile(place / f"{name}.{kind}", village)
        write_rows(file.path, _counted(of_village, file))
        written.append(file)
    return written
