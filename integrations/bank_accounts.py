"""What goes to and comes from a bank about accounts and cards.

Source: domain sections 2.1 and 2.3 (burekol, BR_*, RK_*), 4.1 (digits of an account number by bank).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from integrations.codes import Bank, PembayaranKode, RekeningKode, Teks

REKENING_DIGITS: Final[dict[Bank, int]] = {"BRI": 15, "BNI": 10, "BTN": 16, "MANDIRI": 13, "BSI": 10}
"""Length of an account number; text with its leading zeros."""

NomorRekening = Annotated[str, Field(pattern=r"^[0-9]{10,16}$")]


@dataclass(frozen=True, slots=True)
class BurekolRow:
    """One person to open an account for."""

    id: str
    nik: str
    nama: str
    alamat: str


@dataclass(frozen=True, slots=True)
class BurekolBerhasil:
    """The account exists."""

    id: str
    nomor_rekening: NomorRekening
    cif: Teks
    """The bank's own customer number."""
    hasil: Literal["berhasil"] = "berhasil"


@dataclass(frozen=True, slots=True)
class BurekolGagal:
    """The bank opened nothing."""

    id: str
    kode: Literal["BR_DATA", "BR_GANDA_CIF", "BR_USIA"]
    """Data wrong; a customer with this NIK exists; too young to hold an account."""
    hasil: Literal["gagal"] = "gagal"


BurekolResult = Annotated[BurekolBerhasil | BurekolGagal, Field(discriminator="hasil")]


@dataclass(frozen=True, slots=True)
class KartuRow:
    """One account to print a card (KKS) for."""

    id: str
    nomor_rekening: str


@dataclass(frozen=True, slots=True)
class KartuDicetak:
    """The card is printed."""

    id: str
    nomor_kartu_tersamar: Annotated[str, Field(pattern=r"^[0-9]{6}\*{6}[0-9]{4}$")]
    """First six and last four digits; the whole number never leaves the bank."""
    hasil: Literal["dicetak"] = "dicetak"


@dataclass(frozen=True, slots=True)
class KartuGagal:
    """No card could be printed."""

    id: str
    kode: PembayaranKode
    hasil: Literal["gagal"] = "gagal"


KartuResult = Annotated[KartuDicetak | KartuGagal, Field(discriminator="hasil")]


@dataclass(frozen=True, slots=True)
class CekRekeningRow:
    """One account to test against the holder we believe it has."""

    id: str
    nomor_rekening: str
    nama: str


@dataclass(frozen=True, slots=True)
class RekeningAktif:
    """The account is active and belongs to that name."""

    id: str
    hasil: Literal["aktif"] = "aktif"


@dataclass(frozen=True, slots=True)
class RekeningGagal:
    """The account can't be paid to."""

    id: str
    kode: RekeningKode
    hasil: Literal["gagal"] = "gagal"


CekRekeningResult = Annotated[RekeningAktif | RekeningGagal, Field(discriminator="hasil")]


def number_fault(bank: Bank, rows: Sequence[BurekolBerhasil | BurekolGagal]) -> str | None:
    """Return why new account numbers can't be this bank's, or None."""
    digits = REKENING_DIGITS[bank]
    numbers = [row.nomor_rekening for row in rows if isinstance(row, BurekolBerhasil)]
    if wrong := sum(len(number) != digits for number in numbers):
        return f"{wrong} account numbers do not have the {digits} digits of {bank}"
    if twice := len(numbers) - len(set(numbers)):
        return f"{twice} account numbers were given to several people"
    return None
