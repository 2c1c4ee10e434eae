"""What an import file says about one family: plain values, and what is wrong with them."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from models.register.rules import MemberFacts
from models.usulan.workbook_messages import RowError

Value = str | int | float | bool | date
"""A value of a variable: a code, a yes or no, a number, a text or a date."""


@dataclass(slots=True)
class MemberRow:
    """One person as the file has it. Numbers are text of 16 digits; codes are those of `kode.toml`; None is "empty"."""

    no_kk: str = ""
    nik: str = ""
    nama: str = ""
    tempat_lahir: str = ""
    tanggal_lahir: date | None = None
    jk: int | None = None
    hubungan: int | None = None
    status_kawin: int | None = None
    pekerjaan: int | None = None
    hamil: bool | None = None
    disabilitas: int | None = None
    #: the questionnaire's answers by variable name; empty cells are left out
    variables: dict[str, Value] = field(default_factory=dict)
    #: row of the file, as the spreadsheet numbers it; 0 for a member that came from elsewhere
    row: int = 0
    #: cells that could not be taken, as they were written, by column
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> MemberFacts:
        """What the register's rules need to know of this member."""
        school, level = self.variables.get("sekolah"), self.variables.get("jenjang")
        return MemberFacts(
            nik=self.nik,
            nama=self.nama,
            tanggal_lahir=self.tanggal_lahir,
            jk=self.jk,
            hubungan=self.hubungan,
            hamil=bool(self.hamil),
            disabilitas=self.disabilitas,
            sekolah=school if isinstance(school, int) else None,
            jenjang=level if isinstance(level, int) else None,
        )


@dataclass(slots=True)
class FamilyRow:
    """One family with its members. It is bad when anything in it or in a member is an error."""

    no_kk: str = ""
    #: ten-digit Kemendagri code
    kode_desa: int | None = None
    #: three digits, `000` where there is none
    rt: str = ""
    rw: str = ""
    dusun: str = ""
    alamat: str = ""
    #: degrees, WGS 84
    lat: float | None = None
    long: float | None = None
    jenis_usulan: str = ""
    program: str = ""
    alasan: str = ""
    #: the questionnaire's answers by variable name; empty cells are left out
    variables: dict[str, Value] = field(default_factory=dict)
    members: list[MemberRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    #: the sheets that row errors name: of the family, of its members
    sheets: tuple[str, str] = field(default=("keluarga", "anggota"), compare=False)
    #: row of the file; 0 when only member rows name this family
    row: int = 0
    #: cells that could not be taken, as they were written, by column
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        """True when the family cannot enter before something is mended."""
        return bool(self.errors)

    def fingerprint(self) -> str:
        """Return the SHA-256 (hex) of what the family says.

        The same values give the same fingerprint whatever the file's kind, the order of columns and of members, the
        spelling of dates and codes, and the row numbers.
        """
        members = sorted(
            json.dumps(_said(member), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            for member in self.members
        )
        said = json.dumps([_said(self), members], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()


_NOT_SAID: Final = frozenset({"members", "errors", "warnings", "sheets", "row", "raw", "variables"})


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float):
        return f"{value:.6f}"  # about 10 cm for coordinates, which are the only fractions
    return value.isoformat() if isinstance(value, date) else unicodedata.normalize("NFC", str(value))


def _said(row: FamilyRow | MemberRow) -> dict[str, str]:
    values: dict[str, Value | None] = {
        name: getattr(row, name) for name in row.__dataclass_fields__ if name not in _NOT_SAID
    }
    if isinstance(row, MemberRow):
        del values["no_kk"]  # the family says it
    answers: Mapping[str, Value | None] = values | row.variables
    said = {name: _text(value) for name, value in answers.items() if value not in (None, "")}
    return said | {f"?{name}": value for name, value in row.raw.items()}


class ContentFingerprint:
    """SHA-256 over the families of one file, whatever their order; 32 bytes of memory a family."""

    def __init__(self) -> None:
        self._families: list[bytes] = []

    def add(self, family: FamilyRow) -> str:
        """Take one family in; returns its own fingerprint (hex)."""
        digest = family.fingerprint()
        self._families.append(bytes.fromhex(digest))
        return digest

    def hexdigest(self) -> str:
        """Return the fingerprint (hex) of everything added so far."""
        return hashlib.sha256(b"".join(sorted(self._families))).hexdigest()
