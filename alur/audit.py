"""`alur audit`: does the log still tell exactly what is stored?"""

from __future__ import annotations

from itertools import islice

from models.case.replay import differences, extent
from models.database import sync_connect
from state_machines import MACHINES

_SHOWN = 50


def replay_lines(admin_dsn: str) -> tuple[list[str], bool]:
    """Replay the log against the stored positions and amounts; return what to say, and whether all agrees."""
    with sync_connect(admin_dsn) as conn:
        size = extent(conn)
        found = list(islice(differences(conn), _SHOWN + 1))
    if not found:
        return [f"Replay agrees: {size.transitions} transitions rebuild {size.cases} cases and their amounts."], True
    places = "1 place" if len(found) == 1 else f"{min(len(found), _SHOWN)} places"
    lines = [f"REPLAY DISAGREES in {'more than ' if len(found) > _SHOWN else ''}{places}:"]
    lines += [
        f"  case {d.case_id}: {d.what}: stored {_told(d.what, d.stored)}, from the log {_told(d.what, d.replayed)}"
        for d in found[:_SHOWN]
    ]
    return lines, False


def _told(what: str, value: str | None) -> str | None:
    """Return a state's name for its number; every other value as it is."""
    if what != "state":
        return value
    names = {str(state.code): f"{machine.name}.{state.id}" for machine in MACHINES for state in machine.states}
    return names.get(value or "", value)
