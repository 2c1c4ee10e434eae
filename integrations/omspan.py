"""OMSPAN: the treasury's test of payee, account and card before money is asked for.

Source: domain sections 2.1 and 2.2 (OMSPAN), 2.4 (P20, P21).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, TypeAdapter

from integrations.codes import Bank, PembayaranKode
from integrations.http import JobClient
from integrations.jobs import Operation
from integrations.ports import JobPort
from integrations.wire import Envelope, rows_to_body


@dataclass(frozen=True, slots=True)
class UjiRow:
    """One payee to test."""

    id: str
    nomor_rekening: str
    bank: Bank
    nama: str
    nik: str


@dataclass(frozen=True, slots=True)
class UjiValid:
    """The payee can be paid."""

    id: str
    hasil: Literal["valid"] = "valid"


@dataclass(frozen=True, slots=True)
class UjiGagal:
    """The payee can't be paid yet."""

    id: str
    kode: PembayaranKode
    hasil: Literal["gagal"] = "gagal"


UjiResult = Annotated[UjiValid | UjiGagal, Field(discriminator="hasil")]


class OmspanPort(Protocol):
    """What we ask of OMSPAN."""

    @property
    def uji(self) -> JobPort[Sequence[UjiRow], UjiValid | UjiGagal]:
        """Test payees; moves no money."""


# Built once: making one takes milliseconds.
_UJI: Final = TypeAdapter(Envelope[UjiResult])


class Omspan:
    """OMSPAN over HTTP."""

    def __init__(self, client: JobClient) -> None:
        self.uji: Operation[Sequence[UjiRow], UjiValid | UjiGagal] = Operation(client, "omspan/uji", rows_to_body, _UJI)
