"""DTSEN: the only source of a family's desil, by published version.

Source: domain sections 1.2 (pemeringkatan by BPS) and 1.3 (versions in week 4 of Jan, Apr, Jul, Oct).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, TypeAdapter, ValidationError

from integrations.codes import Teks
from integrations.errors import ReplyMalformed
from integrations.http import JobClient
from integrations.jobs import Operation
from integrations.ports import Body, JobPort
from integrations.wire import Envelope, fault_places, rows_to_body

VERSI_PATH = "dtsen/versi"
RANK_MAX = 1_000_000_000
"""Above any number of families."""


@dataclass(frozen=True, slots=True)
class PeringkatRow:
    """One family."""

    id: str
    no_kk: str


@dataclass(frozen=True, slots=True)
class PeringkatRequest:
    """Families to look up in one version."""

    versi: str
    """As `DtsenPort.versi` lists it, e.g. `2026-4`."""
    rows: Sequence[PeringkatRow]


@dataclass(frozen=True, slots=True)
class Diperingkat:
    """The family has a rank."""

    id: str
    versi: Teks
    desil: Annotated[int, Field(ge=1, le=10)]
    """1 poorest to 10."""
    persentil: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    peringkat: Annotated[int, Field(ge=1, le=RANK_MAX)] | None = None
    """National rank, 1 poorest."""
    hasil: Literal["diperingkat"] = "diperingkat"


@dataclass(frozen=True, slots=True)
class TidakDiperingkat:
    """The family has no rank in this version."""

    id: str
    versi: Teks
    alasan: Literal["DATA_TIDAK_CUKUP"]
    hasil: Literal["tidak_diperingkat"] = "tidak_diperingkat"


PeringkatResult = Annotated[Diperingkat | TidakDiperingkat, Field(discriminator="hasil")]


@dataclass(frozen=True, slots=True)
class Versi:
    """One published version."""

    versi: Teks
    tanggal: date


@dataclass(frozen=True, slots=True)
class _VersiList:
    versi: tuple[Versi, ...]


class DtsenPort(Protocol):
    """What we ask of DTSEN."""

    @property
    def peringkat(self) -> JobPort[PeringkatRequest, Diperingkat | TidakDiperingkat]:
        """Look up desil, percentile and rank of families in one version."""

    async def versi(self) -> tuple[Versi, ...]:
        """Return the published versions, newest first. Raises what `JobPort.ask` raises."""


# Built once: making one takes milliseconds.
_PERINGKAT: Final = TypeAdapter(Envelope[PeringkatResult])
_VERSI_LIST: Final = TypeAdapter(_VersiList)


class Dtsen:
    """DTSEN over HTTP."""

    def __init__(self, client: JobClient) -> None:
        self._client = client
        self.peringkat: Operation[PeringkatRequest, Diperingkat | TidakDiperingkat] = Operation(
            client, "dtsen/peringkat", _body, _PERINGKAT, _same_version
        )

    async def versi(self) -> tuple[Versi, ...]:
        """Return the published versions, newest first."""
        answer = await self._client.read(VERSI_PATH)
        try:
            versions = _VERSI_LIST.validate_json(answer.raw, strict=True).versi
        except ValidationError as error:
            raise ReplyMalformed(VERSI_PATH, "", fault_places(error)) from None
        if any(newer.tanggal < older.tanggal for newer, older in pairwise(versions)):
            raise ReplyMalformed(VERSI_PATH, "", "the versions are not newest first")
        return versions


def _body(request: PeringkatRequest) -> Body:
    return {"versi": request.versi, **rows_to_body(request.rows)}


def _same_version(request: PeringkatRequest | None, rows: Sequence[Diperingkat | TidakDiperingkat]) -> str | None:
    versions = {row.versi for row in rows}
    if request is not None:
        versions.add(request.versi)
    return "ranks of another version" if len(versions) > 1 else None
