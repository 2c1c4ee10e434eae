"""Cases whose time has come: what the system may move because a clock ran out. Inside `models.database.acting`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from models.database import Conn
from state_machines import MACHINES, Rule

_AT_ONCE = 5000
"""Cases moved by one timer in one look; the rest comes with the next look, so that a long outage is caught up."""


def timers() -> Iterator[tuple[str, Rule]]:
    """Yield ("machine.trigger", rule) for every automatic row that waits for time alone.

    Rows that also need evidence (a reply, a report) are fired by whoever brings that evidence.
    """
    for machine in MACHINES:
        for rule in machine.rules:
            if rule.auto and rule.guard.not_before and not rule.needs:
                yield f"{machine.name}.{rule.trigger}", rule


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
    cursor = await conn.execute(
        """
        SELECT p.case_id
          FROM position p
          JOIN state s ON s.code = p.state AND s.id = 'usulan_final'
          JOIN case_ c ON c.id = p.case_id
          JOIN jenis j ON j.code = c.kind
         WHERE policy_for('jendela.jenis', p.region, alur_now()) ? j.id
           AND NOT window_open('kirim', p.region, alur_now())
         ORDER BY p.since LIMIT %s
        """,
        (_AT_ONCE,),
    )
    return [row["case_id"] for row in await cursor.fetchall()]


async def let_in(conn: Conn) -> list[int]:
    """Return waiting proposals whose window is open again, in the order in which they waited."""
    cursor = await conn.execute(
        """
        SELECT p.case_id
          FROM position p JOIN state s ON s.code = p.state AND s.id = 'menunggu'
         WHERE window_open('kirim', p.region, alur_now())
         ORDER BY p.since LIMIT %s
        """,
        (_AT_ONCE,),
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
