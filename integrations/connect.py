"""Open every port at once: where each system lives is the caller's to say, the pool is shared."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from integrations.bank import BankApi, BankPort
from integrations.codes import BANKS, Bank
from integrations.dtsen import Dtsen, DtsenPort
from integrations.dukcapil import Dukcapil, DukcapilPort
from integrations.http import ClientOptions, JobClient, make_http
from integrations.omspan import Omspan, OmspanPort
from integrations.ports import JobPort
from integrations.pos import Pos, PosPort
from integrations.span import Span, SpanPort
from integrations.wire import HasId


@dataclass(frozen=True, slots=True)
class Outside:
    """Every outside system, each behind its port."""

    dukcapil: DukcapilPort
    dtsen: DtsenPort
    omspan: OmspanPort
    span: SpanPort
    pos: PosPort
    banks: Mapping[Bank, BankPort]

    def port(self, path: str) -> JobPort[Any, HasId]:
        """Return the operation that goes by this path on the wire: ``dukcapil/verifikasi``, ``bank/BRI/si``."""
        system, _, operation = path.rpartition("/")
        kind, _, bank = system.partition("/")
        port: JobPort[Any, HasId] = getattr(self.banks[cast("Bank", bank)] if bank else getattr(self, kind), operation)
        return port


@asynccontextmanager
async def connect(
    base_url: str, base_urls: Mapping[str, str] | None = None, options: ClientOptions | None = None
) -> AsyncIterator[Outside]:
    """Yield every port over one connection pool, closed at the end.

    Args:
        base_url: for every system not named in `base_urls` (the simulator plays all of them at one address).
        base_urls: system as on the wire (`dukcapil`, `bank/BRI`, …) to its own base URL.
        options: patience and token, the same for all; for a token of its own open that adapter by itself.
    """
    addresses = base_urls or {}
    chosen = options or ClientOptions()
    async with make_http(chosen) as http:

        def client(system: str) -> JobClient:
            return JobClient(addresses.get(system, base_url), chosen, http)

        yield Outside(
            dukcapil=Dukcapil(client("dukcapil")),
            dtsen=Dtsen(client("dtsen")),
            omspan=Omspan(client("omspan")),
            span=Span(client("span")),
            pos=Pos(client("pos")),
            banks={bank: BankApi(client(f"bank/{bank}"), bank) for bank in BANKS},
        )
