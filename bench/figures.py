"""Every figure by the name under which it can be asked for alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench import cycle, gates, growth, http, importing, lists, memory, moves, opening, replay, stuck, tahap
from bench.figure import Figure
from bench.run import Run

FIGURES: Mapping[str, Callable[[Run], Figure | list[Figure]]] = {
    "door_bulk": moves.in_bulk,
    "door_single_1": lambda run: moves.single(run, 1),
    "door_single_8": lambda run: moves.single(run, moves.CLIENTS),
    "http_approve": http.approved,
    "door_bulk_after_singles": moves.mixed,
    "door_open": opening.opened,
    "replay": replay.replayed,
    "stuck_scan": stuck.scanned,
    "door_single_after_load": moves.after_load,
    "siklus_freeze": cycle.frozen,
    "import_memory": importing.remembered,
    "pages": lists.asked,
    "gate_wake": gates.woken,
    "tahap": tahap.carried,
    "memory": memory.held,
    "door_bulk_1m": growth.in_bulk,
    "growth": growth.grown,
}


def take(run: Run, name: str) -> list[Figure]:
    """Measure one entry; some give several figures."""
    taken = FIGURES[name](run)
    return taken if isinstance(taken, list) else [taken]
