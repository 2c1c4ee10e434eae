"""The declared vocabulary in words: labels of states, reasons, and what may be done with many cases at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.database import Conn


async def states_named(conn: Conn, states: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the labels of states, each named as (machine, state)."""
    cursor = await conn.execute(
        """
        SELECT m.name, s.id, s.label
          FROM unnest(%s::text[], %s::text[]) AS w(machine, state)
          JOIN machine m ON m.name = w.machine
          JOIN state s ON s.machine = m.code AND s.id = w.state
        """,
        ([machine for machine, _ in states], [state for _, state in states]),
    )
    return {(row["name"], row["id"]): row["label"] for row in await cursor.fetchall()}


async def reasons_named(conn: Conn, reasons: Sequence[str]) -> list[dict[str, Any]]:
    """Return reason codes with their labels, in the order given."""
    cursor = await conn.execute(
        "SELECT e.id, e.label FROM unnest(%s::text[]) WITH ORDINALITY AS w(id, n) JOIN reason e ON e.id = w.id "
        "ORDER BY w.n",
        (list(reasons),),
    )
    return await cursor.fetchall()


async def reasons_of(conn: Conn, triggers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the reasons that any rule of these triggers ("machine.trigger") takes: id, label, trigger."""
    cursor = await conn.execute(
        """
        SELECT DISTINCT m.name || '.' || t.id AS trigger, e.id, e.label, e.code
          FROM trigger t
          JOIN machine m ON m.code = t.machine
          JOIN rule r ON r.trigger = t.code
          JOIN reason e ON e.code = ANY (r.reasons)
         WHERE m.name || '.' || t.id = ANY (%s)
         ORDER BY 1, e.code
        """,
        (list(triggers),),
    )
    return await cursor.fetchall()


async def steps_from(conn: Conn, states: Sequence[tuple[str, str]], role: str) -> list[dict[str, Any]]:
    """Return the steps a role takes from any of these states: trigger, where it leads, needs and reasons.

    One row per trigger; what differs by state is united, and the door judges each case.
    """
    cursor = await conn.execute(
        """
        SELECT m.name || '.' || t.id AS trigger, min(r.code) AS place,
               array_agg(DISTINCT n.label) AS labels,
               ARRAY(SELECT k.id FROM fact_kind k
                      WHERE k.code IN (SELECT unnest(x.needs) FROM rule x WHERE x.trigger = t.code) ORDER BY k.code)
                   AS needs,
               ARRAY(SELECT e.id FROM reason e
                      WHERE e.code IN (SELECT unnest(x.reasons) FROM rule x WHERE x.trigger = t.code) ORDER BY e.code)
                   AS reasons
          FROM unnest(%s::text[], %s::text[]) AS w(machine, state)
          JOIN machine m ON m.name = w.machine
          JOIN state s ON s.machine = m.code AND s.id = w.state
          JOIN arrow a ON a.source = s.code
          JOIN rule r ON r.code = a.rule
          JOIN trigger t ON t.code = r.trigger
          JOIN state n ON n.code = r.target
         WHERE (SELECT o.code FROM role o WHERE o.id = %s) = ANY (r.roles)
         GROUP BY m.name, t.id, t.code
         ORDER BY 2
        """,
        ([machine for machine, _ in states], [state for _, state in states], role),
    )
    return await cursor.fetchall()


async def states_of_machine(conn: Conn, machine: str) -> list[dict[str, Any]]:
    """Return the states of a machine in their order: id, label, who holds a case there, whether it is work."""
    cursor = await conn.execute(
        """
        SELECT s.id, s.label, o.id AS holder, s.terminal OR s.stable AS rests
          FROM state s JOIN machine m ON m.code = s.machine JOIN role o ON o.code = s.holder
         WHERE m.name = %s ORDER BY s.code
        """,
        (machine,),
    )
    return await cursor.fetchall()
