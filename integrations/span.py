"""SPAN: the treasury pays an SPM out as SP2D, and takes corrections after a retur (SRPR).

Source: domain sections 2.1 (SP2D, retur), 2.4 (P27, P28, P54, P61, P62), 4.1 (SP2D number, often 15 digits).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, TypeAdapter

from integrations.codes import Bank, Penyalur, RekeningKode, Teks
from integrations.http import JobClient
from integrations.jobs import Operation
from integrations.ports import Body, JobPort
from integrations.wire import Envelope, rows_to_body

NomorSp2d = Annotated[str, Field(pattern=r"^[0-9]{15}$")]


@dataclass(frozen=True, slots=True)
class SpmRow:
    """One line of an SPM."""

    id: str
    nominal_rp: int
    nomor_rekening: str
    """The account; for Pos the id_danom."""
    bank: Penyalur


@dataclass(frozen=True, slots=True)
class SpmRequest:
    """One order to pay; cut into several jobs it keeps its numbers."""

    nomor_spp: str
    nomor_spm: str
    tahun: int
    program: str
    """Programme code, e.g. `PKH`."""
    rows: Sequence[SpmRow]


@dataclass(frozen=True, slots=True)
class SpmCair:
    """The line is paid out under an SP2D."""

    id: str
    nomor_sp2d: NomorSp2d
    tanggal: date
    hasil: Literal["cair"] = "cair"


@dataclass(frozen=True, slots=True)
class SpmBarisDitolak:
    """This line alone is refused; the rest of the SPM is paid."""

    id: str
    kode: RekeningKode
    hasil: Literal["baris_ditolak"] = "baris_ditolak"


@dataclass(frozen=True, slots=True)
class SpmDitolak:
    """The whole SPM is refused; every line says so."""

    id: str
    catatan: Teks
    hasil: Literal["ditolak"] = "ditolak"


SpmResult = Annotated[SpmCair | SpmBarisDitolak | SpmDitolak, Field(discriminator="hasil")]


@dataclass(frozen=True, slots=True)
class SrprRow:
    """One corrected payee after a retur (surat ralat/perbaikan rekening)."""

    id: str
    nomor_rekening: str
    bank: Bank
    nama: str


@dataclass(frozen=True, slots=True)
class SrprDiterima:
    """The treasury pays again."""

    id: str
    nomor_sp2d_retur: NomorSp2d
    hasil: Literal["diterima"] = "diterima"


@dataclass(frozen=True, slots=True)
class SrprDitolak:
    """The correction is refused."""

    id: str
    catatan: Teks
    hasil: Literal["ditolak"] = "ditolak"


SrprResult = Annotated[SrprDiterima | SrprDitolak, Field(discriminator="hasil")]


class SpanPort(Protocol):
    """What we ask of SPAN."""

    @property
    def spm(self) -> JobPort[SpmRequest, SpmCair | SpmBarisDitolak | SpmDitolak]:
        """Pay an SPM out."""

    @property
    def srpr(self) -> JobPort[Sequence[SrprRow], SrprDiterima | SrprDitolak]:
        """Correct payees after a retur."""


# Built once: making one takes milliseconds.
_SPM: Final = TypeAdapter(Envelope[SpmResult])
_SRPR: Final = TypeAdapter(Envelope[SrprResult])


class Span:
    """SPAN over HTTP."""

    def __init__(self, client: JobClient) -> None:
        self.spm: Operation[SpmRequest, SpmCair | SpmBarisDitolak | SpmDitolak] = Operation(
            client, "span/spm", _spm_body, _SPM, decision_fault
        )
        self.srpr: Operation[Sequence[SrprRow], SrprDiterima | SrprDitolak] = Operation(
            client, "span/srpr", rows_to_body, _SRPR
        )


def _spm_body(request: SpmRequest) -> Body:
    head = {
        "nomor_spp": request.nomor_spp,
        "nomor_spm": request.nomor_spm,
        "tahun": request.tahun,
        "program": request.program,
    }
    return {**head, **rows_to_body(request.rows)}


def decision_fault(_: SpmRequest | None, rows: Sequence[SpmCair | SpmBarisDitolak | SpmDitolak]) -> str | None:
    """Return why the lines contradict each other: an SPM is refused as a whole and paid by one SP2D."""
    refused = sum(isinstance(row, SpmDitolak) for row in rows)
    if refused not in {0, len(rows)}:
        return "the SPM is refused and paid at once"
    if len({row.nomor_sp2d for row in rows if isinstance(row, SpmCair)}) > 1:
        return "one SPM came back under several SP2D"
    return None
