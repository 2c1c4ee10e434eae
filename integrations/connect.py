"""Open every port at once: where each system lives is the caller's to say, the pool is shared."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from integrations.bank import BankApi, BankPort
from integrations.codes import BANKS, Bank
from integrations.dtsen import Dtsen, DtsenPort
from integrations.dukcapil import Dukcapil, DukcapilPort
from integrations.http import ClientOptions, JobClient, make_http
from integrations.omspan import Omspan, OmspanPort
from integrations.pos import Pos, PosPort
from integrations.span import Span, SpanPort


@dataclass(frozen=True, slots=True)
class Outside:
    """Every outside system, each behind its port."""

    dukcapil: DukcapilPort
    dtsen: DtsenPort
    omspan: OmspanPort
    span: SpanPort
    pos: PosPort
    banks: Mapping[Bank, BankPort]


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
