"""The deployments of prefect.yaml, applied to a Prefect server: at start, and again whenever its database was lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

log = logging.getLogger("alur.engine")

TAG = "alur"
"""Deployments of ours carry it; what does not is somebody else's, and is left alone."""

_FILES = (Path(__file__).parent.parent / "prefect.yaml", Path(__file__).parent / "prefect.yaml")
"""Beside the packages in the source, inside this one where Alur was installed from a wheel."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One entry of prefect.yaml. The flow has the deployment's own name."""

    name: str
    kind: str | None
    description: str
    version: str
    entrypoint: str
    tags: tuple[str, ...]
    pool: str
    limit: ConcurrencyLimitConfig
    standing: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedules: tuple[tuple[str, str], ...] = ()
    """Pairs of cron and timezone."""


@cache
def declared() -> tuple[Deployment, ...]:
    """Return every deployment of prefect.yaml."""
    file = next(path for path in _FILES if path.exists())
    told: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return tuple(
        Deployment(
            name=entry["name"],
            kind=entry.get("kind"),
            description=entry["description"],
            version=str(entry["version"]),
            entrypoint=entry["entrypoint"],
            tags=tuple(entry["tags"]),
            pool=entry["work_pool"]["name"],
            limit=ConcurrencyLimitConfig.model_validate(entry["concurrency_limit"]),
            standing=entry.get("standing"),
            parameters=entry.get("parameters", {}),
            schedules=tuple((s["cron"], s["timezone"]) for s in entry.get("schedules", ())),
        )
        for entry in told["deployments"]
    )


def flow_of(kind: str) -> str | None:
    """Return the name of the flow that carries batches of a kind; None where nothing runs by itself (a migration)."""
    return next((each.name for each in declared() if each.kind == kind), None)


def standing() -> dict[str, str]:
    """Return the kinds of batch that always stand open, one of each for the nation: kind -> title."""
    return {each.kind: each.standing for each in declared() if each.kind and each.standing}


async def _ours(client: PrefectClient) -> list[DeploymentResponse]:
    return await client.read_deployments(deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])))


async def lost(client: PrefectClient) -> bool:
    """Return whether Prefect lost deployments: its database was emptied, or somebody deleted one.

    What is missing beside deployments of another version was removed by that version, whose engine is at work.
    """
    there = {each.name: each.version for each in await _ours(client)}
    ours = {each.name: each.version for each in declared()}
    return not ours.keys() <= there.keys() and {*there.values()} <= {*ours.values()}


async def apply(client: PrefectClient, pool_type: str | None) -> None:
    """Make Prefect's deployments those of prefect.yaml: new ones, changed ones, and ours that it no longer names.

    What an operator paused stays paused.

    Args:
        client: of the Prefect server.
        pool_type: of the work pool where there is none yet; None: somebody else makes it, before this.

    Raises:
        PrefectHTTPStatusError: Prefect refused; 404: there is no such work pool.
    """
    kept = set()
    for each in await asyncio.to_thread(declared):
        if pool_type is not None:
            with suppress(ObjectAlreadyExists):
                await client.create_work_pool(WorkPoolCreate(name=each.pool, type=pool_type))
        flow: Flow[..., Any] = await asyncio.to_thread(load_flow_from_entrypoint, each.entrypoint)
        kept.add(
            await client.create_deployment(
                flow_id=await client.create_flow_from_name(flow.name),
                name=each.name,
                description=each.description,
                version=each.version,
                entrypoint=each.entrypoint,
                work_pool_name=each.pool,
                tags=list(each.tags),
                parameters=dict(each.parameters),
                parameter_openapi_schema=parameter_schema(flow).model_dump(exclude_unset=True),
                enforce_parameter_schema=True,
                schedules=[
                    DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=zone), active=True)
                    for cron, zone in each.schedules
                ],
                concurrency_limit=each.limit.limit,
                concurrency_options=ConcurrencyOptions(collision_strategy=each.limit.collision_strategy),
                pull_steps=[],
            )
        )
    for gone in await _ours(client):
        if gone.id not in kept:
            await client.delete_deployment(gone.id)
            log.info("deployment %s is no longer declared; deleted", gone.name)
