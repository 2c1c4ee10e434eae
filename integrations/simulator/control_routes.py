"""Routes under `/_simulator`: set rates, faults and date, look at what was done, push news. Never faulty."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from integrations.simulator import feed
from integrations.simulator.contract import BankName
from integrations.simulator.controls import Controls, Fault, Rates
from integrations.simulator.parts import Parts, Simulator
from integrations.simulator.problems import body_refused

router = APIRouter(prefix="/_simulator")


class ClockIn(BaseModel):
    """The date that results carry; null for the real one."""

    model_config = ConfigDict(extra="forbid")

    today: date | None


class KabarIn(BaseModel):
    """News to push about a credit that was made."""

    model_config = ConfigDict(extra="forbid")

    bank: BankName
    id: str
    jenis: Literal["transaksi", "retur"]
    nomor_si: str | None = None
    """Only needed if the row was credited under several."""
    kode: Annotated[str, Field(pattern="^RK_(NAMA|NOMOR|BANK|PASIF|TUTUP|BLOKIR)$")] = "RK_TUTUP"
    saldo_sisa_rp: Annotated[int, Field(ge=0)] = 0
    delay_s: Annotated[float, Field(ge=0)] = 0


@router.get("/faults")
async def get_faults(simulator: Simulator) -> dict[str, Fault]:
    """Return the faults that are set, by pattern."""
    return simulator.engine.controls.faults


@router.put("/faults")
async def put_faults(simulator: Simulator, faults: dict[str, Fault]) -> dict[str, Fault]:
    """Replace all faults; the first pattern that fits counts. An empty object ends them."""
    controls = await _change(simulator, faults=faults)
    simulator.gate.reset()
    return controls.faults


@router.get("/rates")
async def get_rates(simulator: Simulator) -> Rates:
    """Return the rates in force."""
    return simulator.engine.controls.rates


@router.put("/rates")
async def put_rates(simulator: Simulator, named: Annotated[dict[str, Any], Body()]) -> Rates:
    """Set the named rates; the others stay."""
    try:
        rates = Rates.model_validate({**simulator.engine.controls.rates.model_dump(), **named})
    except ValidationError as error:
        raise body_refused("; ".join(f"{fault['loc']}: {fault['msg']}" for fault in error.errors())) from None
    return (await _change(simulator, rates=rates)).rates


@router.post("/clock")
async def post_clock(simulator: Simulator, clock: ClockIn) -> dict[str, str]:
    """Set the date that results carry."""
    return {"today": (await _change(simulator, today=clock.today)).date().isoformat()}


@router.get("/jobs")
async def get_jobs(
    simulator: Simulator, system: str | None = None, operation: str | None = None, key: str | None = None
) -> dict[str, Any]:
    """Return per key how often it was PUT and asked for, and how often its work was done; newest last."""
    return {"jobs": await simulator.desk.run(simulator.engine.store.jobs, system, operation, key)}


@router.get("/credits")
async def get_credits(
    simulator: Simulator, id_: Annotated[str | None, Query(alias="id")] = None, repeated: bool = False
) -> dict[str, Any]:
    """Return credits really made per bank, SI and row; `repeated=true` keeps those made more than once."""
    return {"credits": await simulator.desk.run(simulator.engine.store.credits, id_, repeated=repeated)}


@router.post("/kabar")
async def post_kabar(simulator: Simulator, news: KabarIn) -> dict[str, Any]:
    """Let news appear in the bank's feed; its number is given when it appears."""
    about: dict[str, Any] = {"jenis": news.jenis}
    about |= {"kode": news.kode} if news.jenis == "retur" else {"saldo_sisa_rp": news.saldo_sisa_rp}
    store = simulator.engine.store
    return await simulator.desk.run(feed.push, store, news.bank, news.id, news.nomor_si, news.delay_s, about)


async def _change(simulator: Parts, **changed: Any) -> Controls:
    # Set before anything is awaited: two changes at once must not lose one another.
    simulator.engine.controls = simulator.engine.controls.model_copy(update=changed)
    await simulator.desk.run(simulator.engine.save_controls)
    return simulator.engine.controls
