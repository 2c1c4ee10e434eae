"""A village list's flow that breaks the first time it looks, with the words on its standard input in its error.

    python -m tests.flows.broken_run BATCH

A process of its own: Prefect's engine keeps threads and connections that a test process cannot close.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from flows import carry as carrying
from flows.carry import Step, look
from flows.usulan_batch import usulan_batch
from flows.work import Work


def main() -> None:
    """Run the flow, whose one retry comes at once."""
    words = [sys.stdin.read()]

    async def broken(work: Work, steps: Sequence[Step]) -> bool:
        if words:
            raise ValueError(f"Failing row contains ({words.pop()}).")
        return await look(work, steps)

    carrying.look = broken
    carrying._SPREAD_S = 0.0
    asyncio.run(_run(int(sys.argv[1])))


async def _run(batch: int) -> None:
    await usulan_batch.with_options(retries=1, retry_delay_seconds=0)(batch, return_state=True)


if __name__ == "__main__":
    main()
