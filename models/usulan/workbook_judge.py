"""Judging one family of an import file once its cells are taken: numbers, household, place, kind of proposal."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from models.register import rules
from models.usulan.workbook_identity import FLAT_SHEET, LATITUDE_LIMITS, LONGITUDE_LIMITS
from models.usulan.workbook_messages import RowError, from_finding, row_error
from models.usulan.workbook_rows import FamilyRow
from models.usulan.workbook_values import number_of

_NEEDS_PROGRAMME: Final = "USULAN_PROGRAM"
_NEEDS_REASON: Final = "NONAKTIF"


def judge(
    family: FamilyRow,
    given: Sequence[RowError],
    *,
    on: date,
    regions: Container[int],
    copies: int,
    nik_times: Mapping[str, int],
) -> None:
    """Fill `family.errors` and `family.warnings`.

    A cell that could not be taken is answered once: what the rules say about the same cell is left out.

    Args:
        family: the family with its members.
        given: what the cells already answered.
        on: today.
        regions: codes of kecamatan and villages that exist.
        copies: how many rows of families carry this No KK.
        nik_times: how often each NIK stands in the whole file.
    """
    given = _untangle(given)
    answered = {(error.sheet, error.row, error.column) for error in given}
    found = [
        answer
        for answer in (
            *_family(family, regions, copies),
            *(_household(family, on) if (family.members or copies == 1) and _is_joined(family) else ()),
            *_numbers(family, on, regions, nik_times),
        )
        if (answer.sheet, answer.row, answer.column) not in answered
    ]
    for answer in (*given, *found):
        (family.errors if answer.severity == "error" else family.warnings).append(answer)


def _untangle(given: Sequence[RowError]) -> list[RowError]:
    """Say once that latitude and longitude are exchanged, instead of twice that they are out of bounds."""
    kept = list(given)
    for lat in [error for error in given if (error.column, error.code) == ("lat", "DI_LUAR_BATAS")]:
        for long in [error for error in given if (error.row, error.column) == (lat.row, "long")]:
            if long.code == "DI_LUAR_BATAS" and _inside(lat, LONGITUDE_LIMITS) and _inside(long, LATITUDE_LIMITS):
                kept.remove(long)
                kept[kept.index(lat)] = row_error(
                    lat.sheet, lat.row, "lat", lat.value, "KOORDINAT_TERTUKAR", lat=lat.value, long=long.value
                )
    return kept


def _inside(error: RowError, limits: tuple[float, float]) -> bool:
    return limits[0] <= number_of(error.value) <= limits[1]


def _family(family: FamilyRow, regions: Container[int], copies: int) -> Iterator[RowError]:
    family_sheet, member_sheet = family.sheets
    if not family.row:
        for member in family.members:
            yield row_error(member_sheet, member.row, "no_kk", member.no_kk, "KELUARGA_TIDAK_ADA")
        return
    row = family.row
    if copies > 1:
        yield row_error(family_sheet, row, "no_kk", family.no_kk, "KK_BERULANG", count=copies)
    if family.kode_desa is not None and family.kode_desa not in regions:
        yield row_error(family_sheet, row, "kode_desa", family.kode_desa, "WILAYAH_TIDAK_ADA")
    if (family.lat is None) != (family.long is None) and not {"lat", "long"} & family.raw.keys():
        column = "lat" if family.lat is None else "long"
        yield row_error(family_sheet, row, column, "", "KOORDINAT_SEPASANG")
    if family.jenis_usulan == _NEEDS_PROGRAMME and not family.program:
        yield row_error(family_sheet, row, "program", "", "PROGRAM_WAJIB")
    if family.jenis_usulan == _NEEDS_REASON and not family.alasan:
        yield row_error(family_sheet, row, "alasan", "", "ALASAN_WAJIB", kind=family.jenis_usulan)


def _is_joined(family: FamilyRow) -> bool:
    """Say whether its rows are one family's; where the number that joins them cannot be taken, who knows."""
    refused = "no_kk" in family.raw or any("no_kk" in member.raw for member in family.members)
    return not refused and bool(family.no_kk or FLAT_SHEET not in family.sheets)


def _household(family: FamilyRow, on: date) -> Iterator[RowError]:
    family_sheet, member_sheet = family.sheets
    for finding in rules.check_household([member.facts for member in family.members], on=on):
        if finding.member is not None:
            yield from_finding(finding, member_sheet, family.members[finding.member].row)
        elif family.row:
            yield from_finding(finding, family_sheet, family.row)
        else:
            yield from_finding(finding, member_sheet, family.members[0].row)


def _numbers(
    family: FamilyRow,
    on: date,
    regions: Container[int],
    nik_times: Mapping[str, int],
) -> Iterator[RowError]:
    family_sheet, member_sheet = family.sheets
    if family.no_kk and family.row:
        for finding in rules.check_kk(family.no_kk, on=on, regions=regions):
            yield from_finding(finding, family_sheet, family.row)
    within = Counter(member.nik for member in family.members)
    for member in family.members:
        if not member.nik:
            continue
        for finding in rules.check_nik(member.nik, on=on, regions=regions, birth=member.tanggal_lahir, sex=member.jk):
            yield from_finding(finding, member_sheet, member.row)
        if (times := nik_times.get(member.nik, 0)) > within[member.nik]:
            yield row_error(member_sheet, member.row, "nik", member.nik, "NIK_BERULANG", count=times)
