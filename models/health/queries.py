"""What may be asked about the machinery: figures for monitors, and what only the owner may see for `alur doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Conn


@dataclass(frozen=True, slots=True)
class Figures:
    """The machinery at one moment. Ages are seconds, None where there is nothing to be old; counts are of now.

    `transitions` and `refusals` are rows written since the statistics of the database began.
    """

    wakes_open: int
    wake_oldest_s: float | None
    runs_live: int
    runs_lapsed: int
    run_lapsed_oldest_s: float | None
    calls_open: int
    calls_unknown: int
    call_unknown_oldest_s: float | None
    calls_refused: int
    gates_open: int
    gates_late: int
    gate_late_oldest_s: float | None
    engine_silent_s: float | None
    connections: int
    connections_most: int
    transitions: int
    refusals: int


FIGURES = "SELECT * FROM health_figures()"


async def figures(conn: Conn) -> Figures:
    """Return the figures; the API's role may ask, without a session."""
    row = await (await conn.execute(FIGURES)).fetchone()
    if row is None:
        raise AssertionError  # the function returns one row
    return Figures(**row)
