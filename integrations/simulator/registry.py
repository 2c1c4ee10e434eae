"""Every operation the simulator plays: what its body must be, and who answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from integrations.simulator.contract import BANKS, Rows, RowT, slices
from integrations.simulator.play_accounts import BurekolRow, CekRow, KartuRow, burekol, cek_rekening, kartu
from integrations.simulator.play_credits import SetorRow, SiBody, setor, si
from integrations.simulator.play_dtsen import PeringkatBody, peringkat
from integrations.simulator.play_dukcapil import VerifikasiRow, verifikasi
from integrations.simulator.play_pos import BayarRow, DanomRow, bayar, danom
from integrations.simulator.play_treasury import SpmBody, SrprRow, UjiRow, spm, srpr, uji
from integrations.simulator.problems import body_refused, operation_unknown
from integrations.simulator.world import World

FAULTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One operation as played."""

    body: type[BaseModel]
    play: Callable[[World, Any], list[dict[str, Any]]]

    def parse(self, raw: bytes) -> BaseModel:
        """Return the body if it keeps the contract.

        Raises:
            Problem: it does not (422); the detail names the fields.
        """
        try:
            return self.body.model_validate_json(raw, strict=True)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            places = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults]
            raise body_refused("; ".join(places[:FAULTS_SHOWN])) from None


def by_slice(
    play: Callable[[World, Sequence[RowT]], list[dict[str, Any]]],
) -> Callable[[World, Rows[RowT]], list[dict[str, Any]]]:
    """Turn a player of rows into a player of bodies that have no head."""

    def play_body(world: World, body: Rows[RowT]) -> list[dict[str, Any]]:
        return [answer for rows in slices(body.baris) for answer in play(world, rows)]

    return play_body


PARTS: Final[dict[tuple[str, str], Part]] = {
    ("dukcapil", "verifikasi"): Part(Rows[VerifikasiRow], by_slice(verifikasi)),
    ("dtsen", "peringkat"): Part(PeringkatBody, peringkat),
    ("bank", "burekol"): Part(Rows[BurekolRow], by_slice(burekol)),
    ("bank", "kartu"): Part(Rows[KartuRow], by_slice(kartu)),
    ("bank", "cek_rekening"): Part(Rows[CekRow], by_slice(cek_rekening)),
    ("bank", "si"): Part(SiBody, si),
    ("bank", "setor"): Part(Rows[SetorRow], by_slice(setor)),
    ("omspan", "uji"): Part(Rows[UjiRow], by_slice(uji)),
    ("span", "spm"): Part(SpmBody, spm),
    ("span", "srpr"): Part(Rows[SrprRow], by_slice(srpr)),
    ("pos", "danom"): Part(Rows[DanomRow], by_slice(danom)),
    ("pos", "bayar"): Part(Rows[BayarRow], by_slice(bayar)),
}


def bank_of(system: str) -> str:
    """Return the bank in `bank/BRI`, or nothing for the other systems."""
    kind, _, bank = system.partition("/")
    return bank if kind == "bank" and bank in BANKS else ""


def part_for(system: str, operation: str) -> Part:
    """Return who plays an operation.

    Raises:
        Problem: nobody does (404).
    """
    bank = bank_of(system)
    part = PARTS.get(("bank" if bank else system, operation))
    if part is None or (system == "bank" and not bank):
        raise operation_unknown(f"{system}/{operation}")
    return part
