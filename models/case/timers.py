"""Cases whose time has come: what the system may move because a clock ran out. Inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.database import Conn
from state_machines import MACHINES, Rule

_AT_ONCE = 5000
"""Cases moved by one timer in one look; the rest comes with the next look, so that a long outage is caught up."""


ASKED_FIRST = {"U65", "S23"}
"""Timers that policy may forbid: the flow that carries the case asks it, and fires them."""


def timers() -> Iterator[tuple[str, Rule]]:
    """Yield ("machine.trigger", rule) for every automatic row that waits for time alone.

    Rows that also need evidence (a reply, a report) are fired by whoever brings that evidence.
    """
    for machine in MACHINES:
        for rule in machine.rules:
            if rule.auto and rule.guard.not_before and not rule.needs:
                yield f"{machine.name}.{rule.trigger}", rule


async def ahead(conn: Conn, case_id: int) -> list[dict[str, Any]]:
    """Return what will befall a case by itself if nobody acts, soonest first: trigger, label of where it leads, `at`.

    Rows that policy may forbid are left out.
    """
    cursor = await conn.execute(
        """
        SELECT m.name || '.' || t.id AS trigger, n.label AS target_label,
               deadline(p.since, rule_wait(r.code, p.state, p.region, alur_now()), p.region) AS at
          FROM position p
          JOIN rule r ON p.state = ANY (r.sources) AND r.id = ANY (%s)
          JOIN trigger t ON t.code = r.trigger
          JOIN machine m ON m.code = t.machine
          JOIN state n ON n.code = r.target
         WHERE p.case_id = %s AND p.state < 20000
         ORDER BY 3
        """,
        ([rule.id for _, rule in timers() if rule.id not in ASKED_FIRST], case_id),
    )
    return await cursor.fetchall()


async def due(conn: Conn, rule: str) -> list[int]:
    """Return the cases for which a timer rule is due, longest waiting first."""
    cursor = await conn.execute(
        """
        SELECT p.case_id
          FROM rule r JOIN position p ON p.state = ANY (r.sources)
         WHERE r.id = %s AND p.state < 20000
           AND alur_now() >= deadline(p.since, rule_wait(r.code, p.state, p.region, alur_now()), p.region)
         ORDER BY p.since
         LIMIT %s
        """,
        (rule, _AT_ONCE),
    )
    return [row["case_id"] for row in await cursor.fetchall()]


async def shut_out(conn: Conn) -> list[int]:
    """Return proposals ready to be sent whose window has closed this month: they go with the next month."""
    return await _by_window(conn, "usulan_final", shut=True)


async def let_in(conn: Conn) -> list[int]:
    """Return waiting proposals whose window is open again, in the order in which they waited."""
    return await _by_window(conn, "menunggu", shut=False)


async def _by_window(conn: Conn, state: str, *, shut: bool) -> list[int]:
    """Return proposals in a state whose window to be sent is shut, or is not, longest waiting first."""
    cursor = await conn.execute(
        """
        WITH here AS MATERIALIZED (
            SELECT p.case_id, p.since FROM position p JOIN state s ON s.code = p.state AND s.id = %s
             WHERE p.state < 20000),
        shut AS MATERIALIZED (
            SELECT windows_shut('kirim', ARRAY(SELECT h.case_id FROM here h), alur_now()) AS case_id)
        SELECT h.case_id FROM here h
         WHERE %s = EXISTS (SELECT 1 FROM shut x WHERE x.case_id = h.case_id)
         ORDER BY h.since LIMIT %s
        """,
        (state, shut, _AT_ONCE),
    )
    return [row["case_id"] for row in await cursor.fetchall()]


async def year_end(conn: Conn) -> dict[str, list[int]]:
    """Return unfinished disbursements of past budget years, by the trigger that ends each: lapse, or money back."""
    cursor = await conn.execute(
        """
        SELECT t.id AS trigger, array_agg(p.case_id ORDER BY p.case_id) AS cases
          FROM rule r
          JOIN trigger t ON t.code = r.trigger
          JOIN position p ON p.state = ANY (r.sources) AND p.state < 20000
          JOIN case_ c ON c.id = p.case_id
         WHERE r.id IN ('P72', 'P63', 'P45') AND c.period / 100 < service_month(p.region, alur_now()) / 100
         GROUP BY t.id
        """
    )
    return {f"penyaluran.{row['trigger']}": row["cases"] for row in await cursor.fetchall()}


async def left_behind(conn: Conn) -> list[dict[str, Any]]:
    """Return cases of past pengesahan batches that were sent but not approved in time; they serve the next month."""
    cursor = await conn.execute(
        """
        SELECT b.region, array_agg(p.case_id) AS cases
          FROM batch b
          JOIN position p ON p.batch = b.id AND p.state < 20000
          JOIN state s ON s.code = p.state AND s.phase = 'verval' AND s.id <> 'disahkan'
         WHERE b.kind = 'pengesahan' AND b.period < service_month(b.lo, alur_now())
         GROUP BY b.region
        """
    )
    return await cursor.fetchall()
