"""`alur audit`: does the log still tell exactly what is stored?"""

from __future__ import annotations

from itertools import islice

from models.case.replay import differences, extent
from models.database import sync_connect

_SHOWN = 50


def replay_lines(admin_dsn: str) -> tuple[list[str], bool]:
    """Replay the log against the stored positions and amounts; return what to say, and whether all agrees."""
    with sync_connect(admin_dsn) as conn:
        size = extent(conn)
        found = list(islice(differences(conn), _SHOWN + 1))
    if not found:
        return [f"Replay agrees: {size.transitions} transitions rebuild {size.cases} cases and their amounts."], True
    lines = [f"REPLAY DISAGREES in {'more than ' if len(found) > _SHOWN else ''}{min(len(found), _SHOWN)} places:"]
    lines += [f"  case {d.case_id}: {d.what}: stored {d.stored}, from the log {d.replayed}" for d in found[:_SHOWN]]
    return lines, False
