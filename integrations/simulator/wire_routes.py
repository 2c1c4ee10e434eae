"""The contract's own routes: PUT and GET of a job, and what is read without one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from integrations.simulator.contract import JobView
from integrations.simulator.feed import NEWS_MAX_ROWS
from integrations.simulator.parts import Parts, Simulator

ACCEPTED, OK = 202, 200

router = APIRouter()


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the process serves."""
    return {"status": "ok"}


@router.get("/dtsen/versi")
async def get_versi(simulator: Simulator) -> dict[str, Any]:
    """Return DTSEN's published versions, newest first."""
    return {"versi": await simulator.desk.run(simulator.engine.versions)}


@router.get("/bank/{bank}/kabar")
async def get_kabar(
    simulator: Simulator,
    bank: str,
    sejak: Annotated[int, Query(ge=0)] = 0,
    batas: Annotated[int, Query(ge=1, le=NEWS_MAX_ROWS)] = 500,
) -> dict[str, Any]:
    """Return a bank's news after a number."""
    return {"kabar": await simulator.desk.run(simulator.engine.news, bank, sejak, batas)}


# A key is opaque and may hold slashes, which arrive decoded: hence `:path`.


@router.put("/bank/{bank}/{operation}/{key:path}")
async def put_bank_job(simulator: Simulator, request: Request, bank: str, operation: str, key: str) -> Response:
    """Take a job for a bank."""
    return await _put(simulator, request, f"bank/{bank}", operation, key)


@router.get("/bank/{bank}/{operation}/{key:path}")
async def get_bank_job(simulator: Simulator, bank: str, operation: str, key: str) -> Response:
    """Tell how a bank's job stands."""
    return await _get(simulator, f"bank/{bank}", operation, key)


@router.put("/{system}/{operation}/{key:path}")
async def put_job(simulator: Simulator, request: Request, system: str, operation: str, key: str) -> Response:
    """Take a job for any other system."""
    return await _put(simulator, request, system, operation, key)


@router.get("/{system}/{operation}/{key:path}")
async def get_job(simulator: Simulator, system: str, operation: str, key: str) -> Response:
    """Tell how any other system's job stands."""
    return await _get(simulator, system, operation, key)


async def _put(simulator: Parts, request: Request, system: str, operation: str, key: str) -> Response:
    trace = request.headers.get("traceparent")
    raw = await request.body()
    job, known = await simulator.desk.run(simulator.engine.put, system, operation, key, raw, trace)
    return _answer(job, "diproses" if known else "diterima", ACCEPTED)


async def _get(simulator: Parts, system: str, operation: str, key: str) -> Response:
    return _answer(await simulator.desk.run(simulator.engine.get, system, operation, key), "diproses", OK)


def _answer(job: JobView, waiting: str, waiting_status: int) -> Response:
    if job.hasil is None:
        waits = JobView(job.key, waiting, job.hash, None, None)
        return Response(waits.document(), waiting_status, media_type="application/json")
    return Response(job.document(), OK, media_type="application/json")
