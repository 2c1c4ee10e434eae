"""What goes to and comes from a bank about money: standing instructions, returns to kas negara, late news.

Source: domain sections 2.1 (SI, retur, money not used) and 2.4 (P30 to P40, P58, P60). Money is whole rupiah.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from integrations.codes import RUPIAH_MAX, RekeningKode, Teks

Rupiah = Annotated[int, Field(ge=0, le=RUPIAH_MAX)]

Urut = Annotated[int, Field(ge=1, lt=2**53)]
"""A bank's own number of its news; PostgreSQL keeps it, and JSON of every language can say it."""


@dataclass(frozen=True, slots=True)
class SiRow:
    """One credit to make."""

    id: str
    nomor_rekening: str
    nama: str
    nominal_rp: int


@dataclass(frozen=True, slots=True)
class StandingInstruction:
    """The order to credit money that an SP2D released (surat perintah pemindahbukuan)."""

    nomor_si: str
    nomor_sp2d: str
    rows: Sequence[SiRow]


@dataclass(frozen=True, slots=True)
class SiSukses:
    """Credited, the sum asked for."""

    id: str
    tanggal_valuta: date
    nominal_rp: Rupiah
    hasil: Literal["sukses"] = "sukses"


@dataclass(frozen=True, slots=True)
class SiSelisih:
    """Credited, but less (kurang) or more (lebih) than asked."""

    id: str
    tanggal_valuta: date
    nominal_rp: Rupiah
    """What was really credited."""
    hasil: Literal["kurang", "lebih"]


@dataclass(frozen=True, slots=True)
class SiBeda:
    """Nothing credited: the bank's customer data differ from Dukcapil's."""

    id: str
    kode: Literal["SI_BEDA_DATA"]
    hasil: Literal["beda"] = "beda"


@dataclass(frozen=True, slots=True)
class SiGagal:
    """Nothing credited: the account can't take it."""

    id: str
    kode: RekeningKode
    hasil: Literal["gagal"] = "gagal"


SiResult = Annotated[SiSukses | SiSelisih | SiBeda | SiGagal, Field(discriminator="hasil")]


def sum_fault(
    request: StandingInstruction | None, rows: Sequence[SiSukses | SiSelisih | SiBeda | SiGagal]
) -> str | None:
    """Return why credited sums contradict their own result, or None; of rows that the request names.

    A bank that says sukses with another sum is not believed: kurang and lebih exist to say that.
    """
    asked = {row.id: row.nominal_rp for row in request.rows} if request else {}
    wrong = 0
    for row in rows:
        sum_rp = asked.get(row.id)
        if sum_rp is None:
            continue
        if isinstance(row, SiSukses):
            wrong += row.nominal_rp != sum_rp
        elif isinstance(row, SiSelisih):
            wrong += not (row.nominal_rp < sum_rp if row.hasil == "kurang" else row.nominal_rp > sum_rp)
    return f"{wrong} sums contradict their result" if wrong else None


@dataclass(frozen=True, slots=True)
class SetorRow:
    """One sum to return to kas negara."""

    id: str
    nominal_rp: int


@dataclass(frozen=True, slots=True)
class Disetor:
    """The sum is back in kas negara."""

    id: str
    ntpn: Annotated[str, Field(pattern=r"^[0-9A-Z]{16}$")]
    """Nomor transaksi penerimaan negara."""
    hasil: Literal["disetor"] = "disetor"


@dataclass(frozen=True, slots=True)
class Transaksi:
    """News: the credited money was used for the first time."""

    urut: Urut
    id: str
    """Row id of the standing instruction."""
    nomor_si: Teks
    tanggal: date
    saldo_sisa_rp: Rupiah
    jenis: Literal["transaksi"] = "transaksi"


@dataclass(frozen=True, slots=True)
class Retur:
    """News: credited money bounced later."""

    urut: Urut
    id: str
    """Row id of the standing instruction."""
    nomor_si: Teks
    tanggal: date
    kode: RekeningKode
    nomor_surat_retur: Teks
    jenis: Literal["retur"] = "retur"


Kabar = Annotated[Transaksi | Retur, Field(discriminator="jenis")]
