"""Prefect's clock and the waker, played on the stage: a year of schedules in minutes, with the flows themselves.

The clock runs what prefect.yaml declares at the times Prefect's own scheduler computes, in Asia/Jakarta, and after each
run, and whenever people acted, every batch that has a wake row, as the waker would. Nothing else looks at anything.

Each daily deployment runs every day. Of those that run more often it takes the runs on which something can happen: the
first after seven in the morning of Mondays and of the days after people acted; for the watch also the first after each
moment at which an open case passes a level (dated one by one, as policy and calendar say it, which is the oracle of
alerts too). Whatever people's acts woke runs at once. The runs in between find what the run before them left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from prefect import Flow
from prefect.flows import load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule
from psycopg.pq import TransactionStatus

from flows.carry import RunFailed
from flows.deployments import Deployment, declared, flow_of
from models.batch import commands as batches
from models.database import Conn, connect
from models.usulan.rules import WIB
from tests.flows.stage import Stage
from tests.integration.door.kit import rows

WATCH = "pantau-macet"
NEWS = "kirim-kabar"
_ROUNDS_MAX = 40
_MORNING = 7
_DAY = timedelta(days=1)

_DATED = """
SELECT p.case_id, p.version, p.region, s.id AS state, m.name AS machine, o.id AS holder, p.since,
       d.due, array(SELECT deadline(d.due, j.word, p.region)
                      FROM jsonb_array_elements_text(policy_for('macet.jenjang', p.region, alur_now()))
                           WITH ORDINALITY AS j(word, nth) ORDER BY j.nth) AS climbs
  FROM position p
  JOIN case_ c ON c.id = p.case_id
  JOIN state s ON s.code = p.state
  JOIN machine m ON m.code = c.machine
  JOIN role o ON o.code = s.holder
 CROSS JOIN LATERAL (SELECT deadline(p.since, state_time('sla', p.state, p.region, alur_now()), p.region) AS due) AS d
 WHERE p.state < 20000 AND (p.case_id, p.version) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::integer[]))
"""


@dataclass(frozen=True, slots=True)
class Dated:
    """One stay of a case in a state, as brute force dates it: `moments[n]` is when level n + 1 is passed."""

    case: int
    version: int
    region: int
    machine: str
    state: str
    holder: str
    since: datetime
    moments: tuple[datetime, ...]


class Kept:
    """A database connection that runs borrow one after the other; a new one where the last was left broken."""

    def __init__(self) -> None:
        self._free: list[Conn] = []
        self._ways_out: list[Callable[[], Awaitable[None]]] = []

    async def connect(self, dsn: str) -> Conn:
        while self._free:
            conn = self._free.pop()
            if not conn.closed and conn.info.transaction_status == TransactionStatus.IDLE:
                return conn
        conn = await connect(dsn)
        give_up = conn.close
        self._ways_out.append(give_up)

        async def give_back() -> None:
            if conn.info.transaction_status == TransactionStatus.IDLE:
                self._free.append(conn)
            else:
                await give_up()

        conn.close = give_back  # type: ignore[method-assign]
        return conn

    async def close(self) -> None:
        for close in self._ways_out:
            await close()


class Clock:
    """Runs the flows of one stage as time passes."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.world = stage, stage.world
        self.ran: dict[str, int] = {}
        self.looked: list[datetime] = []
        """When the watch looked, in order."""
        self.stays: dict[tuple[int, int], Dated] = {}
        self.paused: set[str] = set()
        """Deployments that do not run, as if no worker were there."""
        self.failed: dict[str, int] = {}
        """Runs that failed, by deployment; the others go on."""
        self._last: datetime | None = None
        self._acted: list[datetime] = []

    # -- time ----------------------------------------------------------------------------------------------------------

    async def now(self) -> datetime:
        return (await self.world.now()).astimezone(WIB)

    async def until(self, moment: datetime) -> None:
        """Let time pass until a moment; everything that falls due meanwhile runs at its own time."""
        while True:
            at = self._last or await self.now()
            stop, due = await self._next(at)
            if stop > moment:
                break
            await self._to(stop)
            for deployment in due:
                await self._one(deployment)
            await self.serve()
            self._last = stop
        await self._to(moment)
        self._last = moment
        await self.serve()
        self._acted.append(moment)

    async def day(self, day: int, *, month: int | None = None, hour: int = 8) -> None:
        """Let time pass until the next such day of a month, or of that month."""
        now = await self.now()
        there = now.replace(day=1, hour=hour, minute=0, second=0, microsecond=0)
        while month not in {None, there.month} or there + timedelta(days=day - 1) <= now:
            there = (there + timedelta(days=32)).replace(day=1)
        await self.until(there.replace(day=day))

    async def _to(self, moment: datetime) -> None:
        if moment > await self.world.now():
            await self.world.travel(moment.astimezone(UTC))

    async def _next(self, after: datetime) -> tuple[datetime, list[Deployment]]:
        """Return the next moment at which something runs, and what, in the order of prefect.yaml."""
        at: dict[str, datetime] = {}
        soonest = await self._passed_next(after)
        for each in declared():
            for schedule in _schedules(each.schedules):
                if not await _often(schedule, after):
                    first = await _first(schedule, after)
                else:
                    morning = after.astimezone(WIB).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
                    while await _first(schedule, morning) <= after or not self._busy(morning):
                        morning += _DAY
                    if each.name == WATCH and soonest is not None:
                        morning = min(morning, max(soonest, after))
                    first = await _first(schedule, morning)
                at[each.name] = first
        stop = min(at.values())
        return stop, [each for each in declared() if at.get(each.name) == stop]

    def _busy(self, morning: datetime) -> bool:
        """Return whether a morning is a Monday's, or the next after people acted."""
        return morning.weekday() == 0 or any(timedelta() < morning - acted <= _DAY for acted in self._acted[-2:])

    async def watched(self) -> None:
        """Let time pass until the watch has looked once more."""
        (schedule,) = _schedules(next(each for each in declared() if each.name == WATCH).schedules)
        slot = await _first(schedule, self._last or await self.now())
        await self.until(slot)
        if not self.looked or self.looked[-1] < slot:
            await self._one(next(each for each in declared() if each.name == WATCH))

    async def _passed_next(self, after: datetime) -> datetime | None:
        """Return the first moment at which an open case passes a level that the watch has not seen."""
        standing = {(row["case_id"], row["version"]) for row in await self._date()}
        if WATCH in self.paused:
            return None
        seen = max(self.looked, default=after)
        return min((m for key in standing for m in self.stays[key].moments if m > seen), default=None)

    async def _date(self) -> list[dict[str, Any]]:
        """Date every stay that was not seen before; returns the open ones."""
        known = list(self.stays)
        for row in await rows(self.world, _DATED, ([case for case, _ in known], [version for _, version in known])):
            moments = () if row["due"] is None else (row["due"], *row["climbs"])
            self.stays[row["case_id"], row["version"]] = Dated(
                row["case_id"], row["version"], row["region"], row["machine"], row["state"], row["holder"],
                row["since"], moments,
            )  # fmt: skip
        return await rows(self.world, "SELECT case_id, version FROM position WHERE state < 20000")

    # -- runs ----------------------------------------------------------------------------------------------------------

    async def _one(self, deployment: Deployment) -> None:
        await self._date()
        if deployment.name in self.paused:
            return
        await self.run(deployment.name, None)

    async def run(self, name: str, batch: int | None) -> None:
        """Run a whole flow once, outside Prefect: the standing batch of a deployment, or one that was woken."""
        deployment = next(each for each in declared() if each.name == name)
        carried = _flow(deployment.entrypoint)
        self.ran[name] = self.ran.get(name, 0) + 1
        try:
            await (carried.fn() if deployment.kind is None else carried.fn(batch))
        except RunFailed:
            self.failed[name] = self.failed.get(name, 0) + 1
            return
        if name == WATCH:
            self.looked.append(await self.world.now())

    async def serve(self) -> None:
        """Run the flow of every batch that is woken, until none is: what the waker and Prefect's workers do."""
        for _ in range(_ROUNDS_MAX):
            woken = await rows(
                self.world,
                "SELECT w.batch, b.kind FROM wake w JOIN batch b ON b.id = w.batch "
                "WHERE w.done_at IS NULL AND w.next_try <= clock_timestamp() ORDER BY w.id",
            )
            woken = [row for row in woken if flow_of(row["kind"]) not in self.paused]
            if not woken:
                return
            for row in woken:
                name = flow_of(row["kind"])
                if name is None:
                    await batches.acknowledge(self.world.worker, row["batch"])
                    continue
                await self._date()
                await self.run(name, row["batch"])
        raise AssertionError(f"batches never come to rest: {woken}")


@cache
def _schedules(told: tuple[tuple[str, str], ...]) -> list[CronSchedule]:
    return [CronSchedule(cron=cron, timezone=zone) for cron, zone in told]


@cache
def _flow(entrypoint: str) -> Flow[..., Any]:
    return load_flow_from_entrypoint(entrypoint)


_OFTEN: dict[tuple[str, str | None], bool] = {}


async def _often(schedule: CronSchedule, after: datetime) -> bool:
    """Return whether a schedule has several runs a day."""
    key = schedule.cron, schedule.timezone
    if key not in _OFTEN:
        first = await _first(schedule, after)
        _OFTEN[key] = await _first(schedule, first) - first < _DAY
    return _OFTEN[key]


_KNOWN: dict[tuple[str, str | None], deque[tuple[datetime, datetime]]] = {}
"""Of each schedule the last moments it was asked about and its answers, each of which holds between the two."""
_KNOWN_MOST = 8


async def _first(schedule: CronSchedule, after: datetime) -> datetime:
    """Return the first time after a moment at which Prefect would start a run."""
    known = _KNOWN.setdefault((schedule.cron, schedule.timezone), deque(maxlen=_KNOWN_MOST))
    for asked, first in known:
        if asked <= after < first:
            return first
    (at,) = await schedule.get_dates(n=1, start=after.astimezone(UTC) + timedelta(seconds=1))
    first = at.astimezone(WIB)
    known.append((after, first))
    return first
