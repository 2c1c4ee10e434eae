"""What a report tells: its figures, how they follow from what was counted, and which errors they show. Pure functions.

Every figure is a sum over counts of single cases, so parts of a region always add up to the region.
Source: domain sections 1.5 to 1.8, 2.4 (closing formula) and 7.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.laporan.errors import ReportPeriod

Both = tuple[str, str]
"""Indonesian, English."""
Section = Literal["usulan", "verval", "data", "realisasi", "galat"]

FINDINGS = (
    "TETAP_LAYAK", "PERBAIKAN_DATA", "TIDAK_LAYAK", "MENINGGAL", "GANDA", "PINDAH", "TIDAK_DITEMUKAN", "MENOLAK",
)  # fmt: skip
"""What a visit finds (machine `kunjungan`, V02 and V06)."""
NOT_ENTITLED = ("TIDAK_LAYAK", "MENINGGAL", "GANDA")
"""Findings that say: on the list, and should not be."""
LEFT_OUT = ("SANGGAH_DESIL", "SANGGAH_PENOLAKAN", "SANGGAH_EXCLUDE", "SANGGAH_KELUAR")
"""Objections that say: not on the list, and should be."""
AGAINST = ("SANGGAH_PIHAK_LAIN",)

SECTIONS: dict[Section, Both] = {
    "usulan": ("Usulan yang masuk", "Proposals that came in"),
    "verval": ("Hasil verval", "Findings of the verval cycles"),
    "data": ("Data akhir wilayah", "Final data of the region"),
    "realisasi": ("Realisasi penyaluran", "Payments made"),
    "galat": ("Galat inklusi dan eksklusi", "Inclusion and exclusion errors"),
}

DEFINITIONS: dict[Section, Both] = {
    "usulan": (
        "Usulan yang dibuka dalam periode, menurut keadaannya sekarang. Data pindahan dari sistem lama tidak dihitung.",
        "Proposals opened within the period, by where they stand now. Migrated data are left out.",
    ),
    "verval": (
        "Keluarga yang ditugaskan dalam siklus pada periode itu, menurut hasil kunjungan terakhir.",
        "Families assigned in a cycle within the period, by the last finding of a visit.",
    ),
    "data": (
        "Keadaan sekarang, tidak menurut periode: registrasi keluarga dan kepesertaan program.",
        "As it stands now, whatever the period: registrations of families and memberships of programmes.",
    ),
    "realisasi": (
        "Penyaluran dihitung pada triwulan tempat periodenya berakhir, dengan nilai yang terkunci saat final closing.",
        "Payments count in the quarter in which their period ends, at the amount locked by the final closing.",
    ),
    "galat": (
        (
            "Galat inklusi: keluarga terdaftar yang ternyata tidak layak, meninggal atau ganda, dibagi keluarga "
            "yang hasilnya tercatat. Galat eksklusi: sanggah desil, penolakan, exclude atau keluar yang dikabulkan, "
            "dibagi yang sudah diputus. Yang tidak pernah diperiksa atau disanggah tidak terlihat di sini."
        ),
        (
            "Inclusion error: registered families found not entitled, dead or double, of those with a finding. "
            "Exclusion error: objections to desil, refusal, exclusion or exit that were granted, of those decided. "
            "What nobody checked or contested does not show here."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a report: which counts it adds up. Empty `keys` or `parts` take every one."""

    id: str
    section: Section
    label: Both
    measure: str
    keys: Collection[str] = ()
    parts: Collection[str] = ()
    money: bool = False

    def takes(self, row: Mapping[str, Any]) -> bool:
        """Return whether a count belongs to it."""
        return (
            row["measure"] == self.measure
            and (not self.keys or row["key"] in self.keys)
            and (not self.parts or row["part"] in self.parts)
        )

    def of(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Return the number: cases, or whole rupiah."""
        return sum(row["rupiah" if self.money else "cases"] for row in rows if self.takes(row))


_ACCOUNTS: dict[str, Both] = {
    "selesai": ("Diterima keluarga", "Received by families"),
    "open": ("Masih berjalan", "Under way"),
    "disetor": ("Disetor kas negara", "Returned to the treasury"),
    "hangus": ("Hangus", "Lapsed"),
    "keluar": ("Dikeluarkan", "Taken off"),
}
_UNCLOSED = ("open", "pra")

FIGURES: tuple[Figure, ...] = (
    Figure("usulan_masuk", "usulan", ("Masuk", "Came in"), "usulan"),
    Figure("usulan_berjalan", "usulan", ("Berjalan", "Under way"), "usulan", parts=("berjalan",)),
    Figure("usulan_diterima", "usulan", ("Diterima", "Accepted"), "usulan", parts=("diterima",)),
    Figure("usulan_ditolak", "usulan", ("Ditolak", "Refused"), "usulan", parts=("ditolak",)),
    Figure("usulan_gugur", "usulan", ("Gugur atau ditarik", "Lapsed or withdrawn"), "usulan", parts=("gugur",)),
    Figure("verval_tugas", "verval", ("Ditugaskan", "Assigned"), "verval"),
    Figure("verval_hasil", "verval", ("Ada hasil", "With a finding"), "verval", FINDINGS),
    Figure("verval_layak", "verval", ("Tetap layak", "Still entitled"), "verval", ("TETAP_LAYAK", "PERBAIKAN_DATA")),
    Figure("verval_tidak_layak", "verval", ("Tidak layak", "Not entitled"), "verval", ("TIDAK_LAYAK",)),
    Figure("verval_meninggal", "verval", ("Meninggal", "Died"), "verval", ("MENINGGAL",)),
    Figure("verval_ganda", "verval", ("Ganda", "Double"), "verval", ("GANDA",)),
    Figure("verval_pindah", "verval", ("Pindah", "Moved"), "verval", ("PINDAH",)),
    Figure(
        "verval_tanpa", "verval", ("Tidak ditemukan atau menolak", "Not found or refusing"), "verval",
        ("TIDAK_DITEMUKAN", "MENOLAK"),
    ),
    Figure(
        "verval_belum", "verval", ("Belum ada hasil", "Without a finding"), "verval",
        ("BELUM", "BELUM_VERVAL", "TIDAK_TERJANGKAU"),
    ),
    Figure("data_terdaftar", "data", ("Keluarga terdaftar", "Registered families"), "data", ("terdaftar",)),
    Figure("data_desil_1_4", "data", ("Desil 1–4", "Desil 1–4"), "data", ("terdaftar",), ("1", "2", "3", "4")),
    Figure(
        "data_desil_5_10", "data", ("Desil 5–10", "Desil 5–10"), "data", ("terdaftar",),
        ("5", "6", "7", "8", "9", "10"),
    ),
    Figure("data_tanpa_desil", "data", ("Belum berperingkat", "Not ranked"), "data", ("terdaftar",), ("0",)),
    Figure("data_nonaktif", "data", ("Nonaktif", "Inactive"), "data", ("nonaktif",)),
    Figure("data_peserta", "data", ("Peserta program", "Memberships"), "data", ("peserta",), ("calon_penerima",)),
    Figure("data_tunggu", "data", ("Daftar tunggu", "Waiting list"), "data", ("peserta",), ("daftar_tunggu",)),
    Figure("data_tangguh", "data", ("Ditangguhkan", "Held"), "data", ("peserta",), ("ditangguhkan",)),
    Figure("bayar_kasus", "realisasi", ("Penyaluran", "Payments"), "realisasi"),
    Figure("bayar_selesai_kasus", "realisasi", ("Penyaluran selesai", "Payments received"), "realisasi", ("selesai",)),
    Figure("bayar_closing", "realisasi", ("Nilai closing", "Closing"), "realisasi", money=True),
    *(
        Figure(f"bayar_{name}", "realisasi", label, "realisasi", _UNCLOSED if name == "open" else (name,), money=True)
        for name, label in _ACCOUNTS.items()
    ),
    Figure("inklusi_ditemukan", "galat", ("Galat inklusi", "Inclusion errors"), "verval", NOT_ENTITLED),
    Figure("inklusi_diperiksa", "galat", ("dari yang diperiksa", "of those checked"), "verval", FINDINGS),
    Figure(
        "inklusi_sanggah", "galat", ("Sanggah pihak lain dikabulkan", "Objections by others granted"), "sanggah",
        AGAINST, ("dikabulkan",),
    ),
    Figure("eksklusi_ditemukan", "galat", ("Galat eksklusi", "Exclusion errors"), "sanggah", LEFT_OUT, ("dikabulkan",)),
    Figure(
        "eksklusi_diputus", "galat", ("dari yang diputus", "of those decided"), "sanggah", LEFT_OUT,
        ("dikabulkan", "ditolak"),
    ),
)  # fmt: skip
BY_ID: dict[str, Figure] = {figure.id: figure for figure in FIGURES}

RATES: dict[str, tuple[str, str]] = {
    "galat_inklusi": ("inklusi_ditemukan", "inklusi_diperiksa"),
    "galat_eksklusi": ("eksklusi_ditemukan", "eksklusi_diputus"),
    "realisasi": ("bayar_selesai", "bayar_closing"),
}
"""Rate -> the figures it divides."""

_PERIOD = re.compile(r"(20\d\d)(?:-([1-4]))?")


def parse_period(text: str) -> tuple[int, int | None]:
    """Return (year, quarter or None) of "2026" or "2026-3".

    Raises:
        ReportPeriod: it is neither.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ReportPeriod(text)
    return int(found[1]), int(found[2]) if found[2] else None


def figures(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return every figure of some counts, by its id."""
    kept = list(rows)
    return {figure.id: figure.of(kept) for figure in FIGURES}


def rates(told: Mapping[str, int]) -> dict[str, float | None]:
    """Return the rates of some figures, 0 to 1; None where nothing was there to divide by."""
    return {name: told[part] / told[whole] if told[whole] else None for name, (part, whole) in RATES.items()}


def may_report(scope: str) -> bool:
    """Return whether a scope is one of offices, programmes or the centre, and not of families or files."""
    return scope.startswith(("region_", "national", "programme"))
