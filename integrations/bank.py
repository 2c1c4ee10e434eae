"""A paying bank: accounts, cards, credits, returns and its feed of news. One object per bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from pydantic import TypeAdapter, ValidationError

from integrations.bank_accounts import (
    BurekolBerhasil,
    BurekolGagal,
    BurekolResult,
    BurekolRow,
    CekRekeningResult,
    CekRekeningRow,
    KartuDicetak,
    KartuGagal,
    KartuResult,
    KartuRow,
    RekeningAktif,
    RekeningGagal,
    number_fault,
)
from integrations.bank_credits import (
    Disetor,
    Kabar,
    Retur,
    SetorRow,
    SiBeda,
    SiGagal,
    SiResult,
    SiSelisih,
    SiSukses,
    StandingInstruction,
    Transaksi,
    sum_fault,
)
from integrations.codes import Bank
from integrations.errors import ReplyMalformed
from integrations.http import JobClient
from integrations.jobs import Operation
from integrations.ports import Body, JobPort
from integrations.wire import Envelope, fault_places, rows_to_body

KABAR_MAX_ROWS = 1000


class BankPort(Protocol):
    """What we ask of one bank."""

    @property
    def bank(self) -> Bank:
        """Which bank."""

    @property
    def burekol(self) -> JobPort[Sequence[BurekolRow], BurekolBerhasil | BurekolGagal]:
        """Open accounts."""

    @property
    def kartu(self) -> JobPort[Sequence[KartuRow], KartuDicetak | KartuGagal]:
        """Print cards."""

    @property
    def cek_rekening(self) -> JobPort[Sequence[CekRekeningRow], RekeningAktif | RekeningGagal]:
        """Test accounts."""

    @property
    def si(self) -> JobPort[StandingInstruction, SiSukses | SiSelisih | SiBeda | SiGagal]:
        """Credit money; never twice for one key."""

    @property
    def setor(self) -> JobPort[Sequence[SetorRow], Disetor]:
        """Return money to kas negara; never twice for one key."""

    async def kabar(self, sejak: int, batas: int = 500) -> tuple[Transaksi | Retur, ...]:
        """Return news in the bank's order; remember the last `urut` and pass it as `sejak` next time.

        Args:
            sejak: last number already taken in; 0 for the beginning.
            batas: at most so many rows, 1 to 1000.

        Raises:
            PortUnavailable, PortRefused, ReplyMalformed: as `JobPort.ask`.
        """


@dataclass(frozen=True, slots=True)
class _KabarPage:
    kabar: tuple[Kabar, ...]


# Built once: making one takes milliseconds.
_BUREKOL: Final = TypeAdapter(Envelope[BurekolResult])
_KARTU: Final = TypeAdapter(Envelope[KartuResult])
_CEK_REKENING: Final = TypeAdapter(Envelope[CekRekeningResult])
_SI: Final = TypeAdapter(Envelope[SiResult])
_DISETOR: Final = TypeAdapter(Envelope[Disetor])
_KABAR_PAGE: Final = TypeAdapter(_KabarPage)


class BankApi:
    """One bank over HTTP."""

    def __init__(self, client: JobClient, bank: Bank) -> None:
        self.bank: Bank = bank
        self._client = client
        self.burekol: Operation[Sequence[BurekolRow], BurekolBerhasil | BurekolGagal] = Operation(
            client,
            f"bank/{bank}/burekol",
            rows_to_body,
            _BUREKOL,
            lambda _, rows: number_fault(bank, rows),
        )
        self.kartu: Operation[Sequence[KartuRow], KartuDicetak | KartuGagal] = Operation(
            client, f"bank/{bank}/kartu", rows_to_body, _KARTU
        )
        self.cek_rekening: Operation[Sequence[CekRekeningRow], RekeningAktif | RekeningGagal] = Operation(
            client, f"bank/{bank}/cek_rekening", rows_to_body, _CEK_REKENING
        )
        self.si: Operation[StandingInstruction, SiSukses | SiSelisih | SiBeda | SiGagal] = Operation(
            client, f"bank/{bank}/si", _si_body, _SI, sum_fault, row_by_row=True
        )
        self.setor: Operation[Sequence[SetorRow], Disetor] = Operation(
            client, f"bank/{bank}/setor", rows_to_body, _DISETOR
        )

    async def kabar(self, sejak: int, batas: int = 500) -> tuple[Transaksi | Retur, ...]:
        """Return news after number `sejak`, at most `batas` rows, in the bank's order."""
        if sejak < 0 or not 1 <= batas <= KABAR_MAX_ROWS:
            raise ValueError(f"sejak is at least 0 and batas 1 to {KABAR_MAX_ROWS}")
        path = f"bank/{self.bank}/kabar"
        answer = await self._client.read(path, {"sejak": sejak, "batas": batas})
        try:
            news = _KABAR_PAGE.validate_json(answer.raw, strict=True).kabar
        except ValidationError as error:
            raise ReplyMalformed(path, "", fault_places(error)) from None
        # A number that repeats or falls back would make us lose or repeat news for ever.
        numbers = [sejak, *(item.urut for item in news)]
        if len(news) > batas or any(later <= earlier for earlier, later in pairwise(numbers)):
            raise ReplyMalformed(path, "", "the news are not in order after the number asked for")
        return news


def _si_body(request: StandingInstruction) -> Body:
    return {"nomor_si": request.nomor_si, "nomor_sp2d": request.nomor_sp2d, **rows_to_body(request.rows)}
