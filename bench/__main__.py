"""``python -m bench``: take every figure, print them, and exit 1 when a target is missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from bench import bare, cycle, guards, importing, lists, moves, opening, replay, stuck
from bench.figure import Figure
from bench.place import Place, place
from bench.world import World, build
from models.database import sync_connect

FIGURES: dict[str, Callable[[Place, World, int], Figure | list[Figure]]] = {
    "door_bulk": lambda _, world, rounds: moves.in_bulk(world, rounds),
    "door_single_1": lambda spot, world, rounds: moves.single(spot, world, rounds, 1),
    "door_single_8": lambda spot, world, rounds: moves.single(spot, world, rounds, moves.CLIENTS),
    "door_bulk_after_singles": lambda _, world, rounds: moves.mixed(world, rounds),
    "door_open": lambda _, world, rounds: opening.opened(world, rounds),
    "replay": lambda _, world, rounds: replay.replayed(world, rounds),
    "stuck_scan": lambda spot, _, rounds: stuck.scanned(spot, rounds),
    "door_single_after_load": lambda spot, _, __: moves.after_load(spot),
    "siklus_freeze": lambda _, world, rounds: cycle.frozen(world, rounds),
    "import_memory": lambda spot, _, rounds: importing.remembered(spot, rounds),
    "pages": lambda spot, _, rounds: lists.asked(spot, rounds),
}


def _row(figure: Figure) -> str:
    target = "" if figure.target is None else f"{'≥' if figure.better == 'higher' else '≤'} {figure.target:g}"
    verdict = "" if figure.target is None else ("ok" if figure.reached else "MISSED")
    return (
        f"{figure.name:26} {figure.value:12.4g} {figure.unit:9} limit {figure.limit:10.4g}  ratio {figure.ratio:6.3f} "
        f"{target:7} {verdict:7} spread {figure.spread:.2f}"
    )


def main() -> int:
    """Measure what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per figure, one per line")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds per figure (default: 3)")
    parser.add_argument("--only", nargs="+", choices=sorted(FIGURES), metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument(
        "--guards", action="store_true", help="tell what each guard costs a set, instead of the figures"
    )
    told = parser.parse_args()
    missed = False
    with place() as spot:
        world = build(spot.database("bench"), moves.SET)
        if told.guards:
            for guard, saved, share in guards.costs(world, told.rounds):
                print(f"{guard:58} {saved:8.2f} µs per case  {share:6.1%}", flush=True)
            return 0
        with sync_connect(world.dsn) as conn:
            bare.make(conn)
        for name, take in FIGURES.items():
            if told.only and name not in told.only:
                continue
            taken = take(spot, world, told.rounds)
            for figure in taken if isinstance(taken, list) else [taken]:
                missed = missed or not figure.reached
                print(json.dumps(figure.as_dict()) if told.json else _row(figure), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
