"""PT Pos: lists of payees (danom) and payment in cash.

Source: domain sections 2.1 (Pos), 2.3 (POS_*), 2.4 (P41, P51, P42, P43, P65, P67).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, TypeAdapter

from integrations.codes import Teks
from integrations.http import JobClient
from integrations.jobs import Operation
from integrations.ports import JobPort
from integrations.wire import Envelope, rows_to_body

IdDanom = Annotated[Teks, Field(max_length=64)]


@dataclass(frozen=True, slots=True)
class DanomRow:
    """One payee for the list."""

    id: str
    nik: str
    nama: str
    alamat: str


@dataclass(frozen=True, slots=True)
class DanomSesuai:
    """The payee stands on Pos's list."""

    id: str
    id_danom: IdDanom
    hasil: Literal["sesuai"] = "sesuai"


@dataclass(frozen=True, slots=True)
class DanomKurang:
    """The payee can't be listed."""

    id: str
    kode: Literal["EX_DATA", "EX_MENINGGAL", "EX_PINDAH"]
    hasil: Literal["kurang"] = "kurang"


DanomResult = Annotated[DanomSesuai | DanomKurang, Field(discriminator="hasil")]


@dataclass(frozen=True, slots=True)
class BayarRow:
    """One payee to invite and pay."""

    id: str
    id_danom: str
    nik: str
    nama: str
    nominal_rp: int


@dataclass(frozen=True, slots=True)
class Dibayar:
    """Paid in cash, the sum asked for."""

    id: str
    tanggal: date
    hasil: Literal["dibayar"] = "dibayar"


@dataclass(frozen=True, slots=True)
class TidakDibayar:
    """Not paid: absent, address incomplete, identity in doubt, or dead."""

    id: str
    hasil: Literal["tidak_hadir", "alamat", "identitas", "meninggal"]


BayarResult = Annotated[Dibayar | TidakDibayar, Field(discriminator="hasil")]


class PosPort(Protocol):
    """What we ask of PT Pos."""

    @property
    def danom(self) -> JobPort[Sequence[DanomRow], DanomSesuai | DanomKurang]:
        """Put payees on the list."""

    @property
    def bayar(self) -> JobPort[Sequence[BayarRow], Dibayar | TidakDibayar]:
        """Pay in cash; never twice for one key."""


# Built once: making one takes milliseconds.
_DANOM: Final = TypeAdapter(Envelope[DanomResult])
_BAYAR: Final = TypeAdapter(Envelope[BayarResult])


class Pos:
    """PT Pos over HTTP."""

    def __init__(self, client: JobClient) -> None:
        self.danom: Operation[Sequence[DanomRow], DanomSesuai | DanomKurang] = Operation(
            client, "pos/danom", rows_to_body, _DANOM
        )
        self.bayar: Operation[Sequence[BayarRow], Dibayar | TidakDibayar] = Operation(
            client, "pos/bayar", rows_to_body, _BAYAR
        )
