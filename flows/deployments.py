"""The deployments of prefect.yaml, applied to a Prefect server: at start, and again whenever its database was lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists

POOL = "alur"
KINDS = {
    "usulan": "usulan-batch",
    "pengesahan": "pengesahan",
    "penetapan": "penetapan",
    "tahap": "penyaluran-tahap",
    "harian": "harian",
    "kabar": "kabar-bank",
    "siklus": "siklus",
    "siklus_kab": "siklus-kab",
}
"""Kind of batch -> the flow that carries it; the deployment has the flow's own name."""

_FILE = Path(__file__).parent.parent / "prefect.yaml"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One entry of prefect.yaml. `entrypoint` is a module path, so that it loads from any working directory."""

    name: str
    description: str
    entrypoint: str
    tags: tuple[str, ...]
    schedules: tuple[tuple[str, str], ...]

    @property
    def flow(self) -> str:
        """Name of the flow; flows and deployments carry the same name."""
        return self.name


def _module(entrypoint: str) -> str:
    path, _, function = entrypoint.partition(":")
    return f"{path.removesuffix('.py').replace('/', '.')}:{function}"


def declared() -> tuple[Deployment, ...]:
    """Return every deployment of prefect.yaml."""
    told: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(
        Deployment(
            name=entry["name"],
            description=entry["description"],
            entrypoint=_module(entry["entrypoint"]),
            tags=tuple(entry.get("tags", ())),
            schedules=tuple((s["cron"], s["timezone"]) for s in entry.get("schedules", ())),
        )
        for entry in told["deployments"]
    )


async def apply(client: PrefectClient, pool_type: str) -> None:
    """Make the work pool and every deployment; what exists is brought up to date."""
    deployments = await asyncio.to_thread(declared)
    with suppress(ObjectAlreadyExists):
        await client.create_work_pool(WorkPoolCreate(name=POOL, type=pool_type))
    for deployment in deployments:
        flow = await client.create_flow_from_name(deployment.flow)
        await client.create_deployment(
            flow_id=flow,
            name=deployment.name,
            description=deployment.description,
            entrypoint=deployment.entrypoint,
            work_pool_name=POOL,
            tags=list(deployment.tags),
            schedules=[
                DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=zone), active=True)
                for cron, zone in deployment.schedules
            ],
            enforce_parameter_schema=False,
        )
