"""One worker thread for everything that touches SQLite, so that jobs queue up and the loop stays free."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Desk:
    """Runs one thing at a time, in the order asked. Two PUTs of one key can never be judged at once."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulator")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work in the thread; a caller who goes away does not stop what was begun."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, partial(work, *args, **kwargs)))

    def close(self) -> None:
        """Finish what was begun and end the thread."""
        self._thread.shutdown()
