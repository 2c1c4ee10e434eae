"""What Prefect shows of a batch: its runs' names, their tags, a report. Regions, codes and counts; never a person.

Prefect's database is kept longer than ours allows for personal data, and is read by whoever administers the server.
A batch's own title is not told: people may have typed it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from flows.deployments import flow_of
from models.approval.rules import GATES
from models.region.rules import titled
from state_machines import BY_NAME

log = logging.getLogger("alur.flows")

Row = Mapping[str, Any]

_ZONE = ZoneInfo("Asia/Jakarta")
"""That of the schedules in prefect.yaml: one page of Prefect's shows one zone."""

_LABELS = {f"{machine.name}.{state.id}": state.label for machine in BY_NAME.values() for state in machine.states}


def _period(batch: Row) -> str | None:
    if batch["period"] is None:
        return None
    year, part = divmod(batch["period"], 100)
    return f"{batch['programme']} {year} tahap {part}" if batch["programme"] else f"{year}-{part:02}"


def run_name(batch: Row) -> str:
    """Return what a batch's runs are called: flow, region, period, number.

    For example "usulan-batch Desa Sangkanhurip 3204112001 · batch 15" or "pengesahan Kabupaten Bandung 3204 · 2026-11
    · batch 16".
    """
    flow = flow_of(batch["kind"]) or batch["kind"]
    parts = (f"{flow} {titled(batch['region'], batch['region_name'])}", _period(batch), f"batch {batch['id']}")
    return " · ".join(part for part in parts if part)


def run_tags(batch: Row) -> list[str]:
    """Return what a batch's runs are found by, beside their deployment's tags: the batch, its kind, its kabupaten."""
    tags = [f"batch-{batch['id']}", batch["kind"]]
    kabupaten = str(batch["region"])[:4]
    return [*tags, f"kab-{kabupaten}"] if len(kabupaten) == 4 else tags  # noqa: PLR2004 -- digits of a kabupaten


def standing_at(counts: Mapping[str, int]) -> str:
    """Return where a batch's cases stand, in one line: "usulan.padan 3, usulan.perbaikan 1"."""
    return ", ".join(f"{state} {n}" for state, n in counts.items()) or "tanpa kasus · no cases"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def report(batch: Row, attempt: int, counts: Mapping[str, int], gates: Sequence[Row]) -> str:
    """Return a batch's report in Markdown: where its cases stand, and which gates wait for whom until when.

    Args:
        batch: as `models.batch.queries.get` returns it.
        attempt: number of the run that carries it, from 1.
        counts: "machine.state" -> cases.
        gates: the open ones, as `models.approval.queries.of_batch` returns them.
    """
    cases = [(_LABELS.get(state, ""), f"`{state}`", n) for state, n in counts.items()]
    waiting = [
        (
            GATES[gate["gate"].partition(".")[0]].title,
            gate["role"],
            f"{gate['decided']}/{gate['people']}",
            gate["cases"],
            f"{gate['deadline'].astimezone(_ZONE):%Y-%m-%d %H.%M} WIB" if gate["deadline"] else "",
        )
        for gate in gates
    ]
    parts = [
        f"## {run_name(batch)}",
        f"percobaan · attempt **{attempt}**",
        _table(
            ("keadaan · state", "kode · code", "kasus · cases"),
            [*cases, ("**jumlah · total**", "", sum(counts.values()))],
        ),
    ]
    if waiting:
        head = ("gerbang · gate", "menunggu · waits for", "putusan · decisions", "kasus · cases", "tenggat · deadline")
        parts.append(_table(head, waiting))
    else:
        parts.append("Tidak ada gerbang terbuka · no gate is open")
    return "\n\n".join(parts) + "\n"


async def name_run(batch: Row) -> None:
    """Give this run its batch's name and tags, unless the waker gave them: somebody else, or the clock, started it."""
    run, name = flow_run.get_id(), run_name(batch)
    if run is None or flow_run.get_name() == name:
        return
    try:
        async with get_client() as client:
            await client.update_flow_run(UUID(run), name=name, tags={*flow_run.get_tags(), *run_tags(batch)})
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("batch %s: Prefect did not take the run's name (%s)", batch["id"], type(error).__name__)


async def publish(batch: Row, text: str, line: str) -> None:
    """Show a batch's report in Prefect under the key of the batch: one per run, mended in place while it runs.

    Prefect shows the newest under the key and removes each with its run. A report that cannot be shown holds nobody.
    """
    run, key = flow_run.get_id(), f"batch-{batch['id']}"
    if run is None:
        return
    mine = ArtifactFilter(key=ArtifactFilterKey(any_=[key]), flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(run)]))
    try:
        async with get_client() as client:
            for known in await client.read_artifacts(artifact_filter=mine, limit=1):
                await client.update_artifact(known.id, ArtifactUpdate(data=text, description=line))
                return
            await client.create_artifact(
                ArtifactCreate(key=key, type="markdown", description=line, data=text, flow_run_id=UUID(run))
            )
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("batch %s: Prefect did not take the report (%s)", batch["id"], type(error).__name__)
