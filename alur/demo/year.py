"""A year as a story, month by month: windows, cycles, tahap, what was late and who was told, over public HTTP.

The clock is moved from one day on which somebody acts to the next; what lies between, the flows catch up by themselves.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from alur.demo.client import People, people
from alur.demo.payment import Tahap, credit_tahap
from alur.demo.proposal import Say
from alur.demo.year_cycle import IN_TIME, LATE, Cycle
from alur.demo.year_lists import Lists

_CYCLES = {2: 1, 8: 2}
"""Month in which a cycle opens -> its number in the year (policy siklus.tanggal)."""
_PAID = {2, 5, 8, 11}
"""Months in which a tahap of PKH is paid, one a quarter."""


class Year:
    """One played year: the clock, the people, and what was seen month by month."""

    def __init__(self, cast: People, folder: Path, say: Say) -> None:
        self.cast, self.say = cast, say
        self.cycle, self.lists = Cycle(cast, say), Lists(cast, folder / "usulan", say)
        self.months: list[dict[str, Any]] = []
        self.unnamed: list[str] = []
        self.unbalanced: list[str] = []

    def now(self) -> datetime:
        """Return the system's time, as western Indonesia reads it."""
        zone = datetime.fromisoformat("2026-01-01T00:00:00+07:00").tzinfo
        return datetime.fromisoformat(self.cast["admin"].get("/demo/clock")["now"]).astimezone(zone)

    def travel(self, to: datetime) -> None:
        """Move the clock to a moment, unless it has passed."""
        if to > self.now():
            self.cast["admin"].post("/demo/clock", {"to": to.isoformat()})

    def play(self) -> None:
        """Play the next calendar year."""
        january = self.now().replace(month=1, day=2, hour=8, minute=0, second=0, microsecond=0)
        january = january.replace(year=january.year + 1)
        self.say(f"The story plays in {january:%Y}.")
        self.travel(january - timedelta(days=12))
        self.cycle.ask(january.replace(month=12, day=31))
        for number in range(1, 13):
            self._month(january.replace(month=number))
        self.travel(january.replace(year=january.year + 1))

    def _month(self, month: datetime) -> None:
        self.say(f"{month:%B %Y}")
        since = self.now()
        self.travel(month)
        if month.month in _CYCLES:
            self.cycle.opened(month.year * 100 + month.month)
            self.cycle.begin()
        self.lists.early(month, self.travel)
        self.lists.late(month, self.travel)
        paid = self._pay(month) if month.month in _PAID else None
        self._verval(month)
        self.travel(month.replace(day=28))
        self._tell(month, since, paid)

    def _verval(self, month: datetime) -> None:
        """What the villages and Pusdatin do for a cycle in a month."""
        begun = max((start for start in _CYCLES if start <= month.month), default=0)
        period, after = month.year * 100 + begun, month.month - begun
        if not begun:
            return
        if after == 1:
            self.cycle.visit(IN_TIME)
            self.cycle.visit(LATE, share=0.3)
            self.cycle.finish(IN_TIME)
        elif after == 3:  # noqa: PLR2004 -- its last day was the last of the month before
            self.cycle.late()
            if _CYCLES[begun] == 1:
                self.cycle.extend(LATE)
            self.cycle.close(period, lambda _: self.travel(self.now() + timedelta(days=1)))

    def _pay(self, month: datetime) -> dict[str, Any]:
        tahap, title = credit_tahap(self.cast, month, partial(self._indented), {})
        funds = self.cast["auditor"].get("/funds", batch=tahap.batch)["balance"]
        parts = sum(amount for name, amount in funds.items() if name != "closing")
        if parts != funds["closing"]:
            self.unbalanced.append(title)
        self.say(
            f"  {title}: {_paid(tahap)} families credited; the books close to the rupiah: {parts == funds['closing']}."
        )
        return {"title": title, "families": _paid(tahap), "closing": funds["closing"]}

    def _indented(self, line: str) -> None:
        self.say(f"  {line}")

    def _tell(self, month: datetime, since: datetime, paid: dict[str, Any] | None) -> None:
        """Say what is late or cannot move, at whom it lies, who was told, and note the month."""
        stuck = self._stuck()
        told = Counter[str]()
        for person in self.cast:
            notices = person.get("/notices", since=since.isoformat(), limit=200)["notices"]
            told[person.role] += sum(1 for notice in notices if notice["kind"].startswith("macet"))
        late = [row for row in stuck if row["level"] > 1 and not row["blocked"]]
        blocked = [row for row in stuck if row["blocked"]]
        for name, rows in (("late", late), ("unable to move", blocked)):
            where = Counter(f"{row['label']} at {row['holder']}" for row in rows).most_common(3)
            if rows:
                self.say(f"  {len(rows)} {name}: " + ", ".join(f"{n} {what}" for what, n in where) + ".")
        offices = ", ".join(f"{role} {n}" for role, n in sorted(told.items()) if n)
        self.say(f"  Told of stuck cases: {offices or 'nobody'}.")
        for row in stuck:
            if not (row["holder"] and row["reason"] and row["action"]["text"]):
                self.unnamed.append(row.get("number") or f"{row['subject']} {row['key']}")
        self.months.append(
            {"month": f"{month:%Y-%m}", "late": len(late), "blocked": len(blocked), "told": sum(told.values())}
            | ({"paid": paid["families"]} if paid else {})
        )

    def _stuck(self) -> list[dict[str, Any]]:
        """Return everything that is stuck, as the kabupaten's centre sees it."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.cast["pusdatin1"].get("/stuck", limit=200, cursor=cursor)
            found += page["stuck"]
            cursor = page["next"]
            if cursor is None:
                return found


def _paid(tahap: Tahap) -> int:
    return tahap.count("sukses", "selesai")


def verdict(year: Year) -> dict[str, bool]:
    """Return what the year promises, and whether it was seen."""
    paid = [row["paid"] for row in year.months if "paid" in row]
    return {
        "two cycles opened and closed": len(year.cycle.closed) == len(_CYCLES),
        "four tahap paid": len(paid) == len(_PAID) and all(paid),
        "the books close to the rupiah": not year.unbalanced,
        "everything stuck is named with what frees it": not year.unnamed,
        "what was late was told": all(row["told"] for row in year.months if row["late"]),
    }


def play_year(base_url: str, folder: Path, say: Say) -> dict[str, Any]:
    """Play the next calendar year against a running system; return what each month was like.

    `ok` says whether both cycles opened and closed by themselves, every tahap was paid and its books close, and
    everything stuck was named with holder, reason and what frees it.

    Raises:
        Failed: the system did not answer as it must.
    """
    begun = datetime.now().astimezone()
    with people(base_url, folder / "tokens.json") as cast:
        year = Year(cast, folder, say)
        year.play()
    took = (datetime.now().astimezone() - begun).total_seconds()
    say("")
    say(f"{'month':8} {'late':>6} {'blocked':>8} {'told':>6} {'paid':>6}")
    for row in year.months:
        say(f"{row['month']:8} {row['late']:6} {row['blocked']:8} {row['told']:6} {row.get('paid', ''):>6}")
    checks = verdict(year)
    missing = sorted(name for name, seen in checks.items() if not seen)
    for name, seen in checks.items():
        say(f"{'ok ' if seen else 'NO '} {name}")
    say(f"The year took {took:.0f} s.")
    return {
        "ok": not missing,
        "missing": missing,
        "months": year.months,
        "cycles": year.cycle.closed,
        "seconds": round(took, 1),
    }
