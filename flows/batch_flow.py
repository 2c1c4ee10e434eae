"""What the flows of all batches have in common: how Prefect starts one again, and when it gives one up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ParamSpec, TypeVar

from prefect import Flow, flow
from pydantic import Field

P = ParamSpec("P")
R = TypeVar("R")

BatchId = Annotated[int, Field(ge=1, description="Number of the batch.")]
"""The one parameter of every flow: an id, never data. Prefect refuses anything else before it starts a run."""

RETRIES = 2
RETRY_DELAY_S = 10
"""Prefect starts a failed flow again from the top, which is right: it looks where its cases stand. `carry` adds a
random part to the delay, and asks the waker for a new run only for after that (see there)."""


def batch_flow(name: str, *, timeout_seconds: int) -> Callable[[Callable[P, R]], Flow[P, R]]:
    """Declare a flow that carries one batch.

    Args:
        name: of the flow and of its deployment in prefect.yaml.
        timeout_seconds: after which one start of a run hangs; waiting at a gate does not count, for then nothing runs.
    """
    return flow(name=name, retries=RETRIES, retry_delay_seconds=RETRY_DELAY_S, timeout_seconds=timeout_seconds)
