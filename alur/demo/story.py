"""The story: two villages' lists become registrations and memberships, and a tahap is paid.

On the way: rows to mend, an anomaly, returns, refusals, a failed burekol and its repair, a GAGAL, a late retur.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alur.demo.client import People, people
from alur.demo.payment import pay_tahap, period_of
from alur.demo.proposal import propose
from alur.demo.truth import Cards

Say = Callable[[str], None]


def rupiah(amount: int) -> str:
    """Return an amount as it is written in Indonesia."""
    return f"Rp{amount:,}".replace(",", ".")


def play(base_url: str, folder: Path, say: Say) -> dict[str, Any]:
    """Play the story against a running system; return how many cases and rupiah stand in which state.

    `ok` in the result says whether the books close to the rupiah and whether everything the story promises happened.

    Raises:
        Failed: the system did not answer as it must.
    """
    with people(base_url, folder / "tokens.json") as cast:
        begun = datetime.now().astimezone()
        cards = Cards(folder / "penduduk.sqlite")
        try:
            now = datetime.fromisoformat(cast["admin"].get("/demo/clock")["now"])
            month = _month_after(now, cast)
            say(f"The story plays in {month:%B %Y}.")
            _travel(cast, month)
            proposals = propose(cast, cards, folder / "usulan", month, lambda to: _travel(cast, to), say)
            payment = pay_tahap(cast, month, lambda to: _travel(cast, to), say)
        finally:
            cards.close()
        took = (datetime.now().astimezone() - begun).total_seconds()
        return _end(cast, proposals, payment, took, say)


def _month_after(now: datetime, cast: People) -> datetime:
    """Return the first month after `now` whose tahap nobody opened yet: a tahap is paid once."""
    opened = {batch["period"] for batch in cast["direktorat1.pkh"].get("/batches", kind="tahap", limit=200)["batches"]}
    month = _next_month(now)
    while period_of(month) in opened:
        month = _next_month(month)
    return month


def _next_month(now: datetime) -> datetime:
    """Return the second day of the month after `now`, at eight in the morning in western Indonesia."""
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=2)
    return first.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+07:00").tzinfo).replace(
        day=2, hour=8, minute=0, second=0, microsecond=0
    )


def _travel(cast: People, to: datetime) -> None:
    cast["admin"].post("/demo/clock", {"to": to.isoformat()})


def _end(cast: People, proposals: dict[str, Any], payment: dict[str, Any], took: float, say: Say) -> dict[str, Any]:
    auditor = cast["auditor"]
    say("")
    say("Where the proposals of this story stand:")
    for state, n in sorted(proposals["states"].items(), key=lambda item: -item[1]):
        say(f"  {n:5}  {state}")
    funds = auditor.get("/funds", batch=payment["batch"])
    say(f"Position of funds of {payment['title']}:")
    for row in funds["states"]:
        say(f"  {row['cases']:5}  {row['label']:38} {rupiah(row['rupiah']):>18}  ({row['account']})")
    balance = funds["balance"]
    parts = {name: amount for name, amount in balance.items() if name != "closing"}
    closes = sum(parts.values()) == balance["closing"]
    written = " + ".join(f"{name} {rupiah(amount)}" for name, amount in parts.items())
    say(f"closing {rupiah(balance['closing'])} {'=' if closes else '≠'} {written}")
    promised = proposals["seen"] | payment["seen"]
    missing = sorted(name for name, seen in promised.items() if not seen)
    if missing:
        say(f"NOT SEEN: {', '.join(missing)}")
    say(f"The story took {took:.0f} s.")
    say("Where to look next:")
    say(f"  a family that was refused: GET /api/v1/cases/{proposals['example']} (its whole history)")
    say(f"  a payment that came back:  GET /api/v1/cases/{payment['example']}")
    say(f"  the batch of the tahap:    GET /api/v1/batches/{payment['batch']}")
    return {
        "ok": closes and not missing,
        "missing": missing,
        "proposals": proposals["states"],
        "funds": {row["state"]: {"cases": row["cases"], "rupiah": row["rupiah"]} for row in funds["states"]},
        "balance": balance,
        "batch": payment["batch"],
        "seconds": round(took, 1),
    }
