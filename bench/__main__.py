"""``python -m bench``: take every figure, print them, and exit 1 when a target is missed."""

from __future__ import annotations

import argparse
import json
import sys

from bench import guards
from bench.figure import Figure
from bench.figures import FIGURES, take
from bench.place import place
from bench.run import Run

QUICK = 0.2


def _row(figure: Figure) -> str:
    target = "" if figure.target is None else f"{'≥' if figure.better == 'higher' else '≤'} {figure.target:g}"
    verdict = "" if figure.target is None else ("ok" if figure.reached else "MISSED")
    beside = " " * 33 if figure.limit is None else f"limit {figure.limit:10.4g}  ratio {figure.ratio:8.3f} "
    return (
        f"{figure.name:26} {figure.value:12.4g} {figure.unit:13} {beside} {target:7} {verdict:7} "
        f"spread {figure.spread:.2f}"
    )


def main() -> int:
    """Measure what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per figure, one per line")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds per figure (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes, e.g. 0.01 (default: 1)")
    parser.add_argument("--quick", action="store_const", dest="scale", const=QUICK, help=f"the same as --scale {QUICK}")
    parser.add_argument("--only", nargs="+", choices=sorted(FIGURES), metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument(
        "--guards", action="store_true", help="tell what each guard costs a set, instead of the figures"
    )
    told = parser.parse_args()
    missed = False
    with place() as spot:
        run = Run(spot, told.rounds, told.scale)
        if told.guards:
            for guard, saved, share in guards.costs(run.world, told.rounds):
                print(f"{guard:58} {saved:8.2f} µs per case  {share:6.1%}", flush=True)
            return 0
        for name in FIGURES:
            if told.only and name not in told.only:
                continue
            for figure in take(run, name):
                missed = missed or not figure.reached
                print(json.dumps(figure.as_dict()) if told.json else _row(figure), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
