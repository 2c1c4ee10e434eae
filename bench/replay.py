"""Rebuilding every position and amount from the log, beside reading the log once."""

from __future__ import annotations

import time

from bench.figure import Figure, from_rounds, interleaved
from bench.run import Run
from models.database import sync_connect


def replayed(run: Run) -> Figure:
    """Replay the whole log and compare; the figure's own proof that everything measured was recorded rightly."""
    world = run.world

    def count() -> int:
        with sync_connect(world.dsn) as conn:
            row = conn.execute("SELECT count(*) AS n FROM case_").fetchone()
        assert row is not None
        return int(row["n"])

    cases = count()

    def value() -> float:
        with sync_connect(world.dsn) as conn:
            begun = time.perf_counter()
            differences = conn.execute("SELECT * FROM replay_differences()").fetchall()
            took = time.perf_counter() - begun
        assert not differences, differences[:3]
        return cases / took

    def limit() -> float:
        with sync_connect(world.dsn) as conn:
            begun = time.perf_counter()
            conn.execute("SELECT case_id, max(version), count(*) FROM transition GROUP BY case_id").fetchall()
            return cases / (time.perf_counter() - begun)

    return from_rounds("replay", "cases/s", interleaved(run.rounds, value, limit))
