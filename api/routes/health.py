"""Whether this process lives, and whether the whole is ready."""

from __future__ import annotations

import asyncio
import secrets
from ipaddress import ip_address
from typing import Any

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr

from api.caller import Here
from api.metrics import text
from api.problems import problem
from models.batch.queries import heartbeats
from models.health.queries import Figures, figures
from models.settings import Settings
from models.stuck.queries import watch_age

router = APIRouter(tags=["kesehatan"])

_ENGINE_SILENT_S = 60
"""The engine says every few seconds that it lives; a minute of silence is an outage."""


_PATIENCE_S = 3.0
"""A monitor asks every few seconds, and a slow answer is an answer too late."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that this process answers."""
    return {"status": "hidup"}


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=3.0, trust_env=False) as http:
            return (await http.get(url)).is_success
    except httpx.HTTPError:
        return False


async def _outside(settings: Settings) -> dict[str, bool]:
    parts = {}
    if settings.prefect_api_url:
        parts["prefect"] = await _answers(f"{settings.prefect_api_url}/health")
    if settings.ports_url:
        parts["sistem_luar"] = await _answers(f"{settings.ports_url}/healthz")
    return parts


@router.get("/readyz")
async def readyz(here: Here) -> JSONResponse:
    """Answer 200 when database, engine, Prefect and outside systems are all up; else 503 and which part is not."""
    parts: dict[str, Any] = {}
    try:
        async with here.pool.connection(timeout=3.0) as conn:
            silent = await heartbeats(conn)
        parts["basis_data"] = True
        parts["mesin"] = silent.get("engine", _ENGINE_SILENT_S) < _ENGINE_SILENT_S
    except Exception:  # noqa: BLE001 -- whatever is wrong with the database, the answer is that it is not ready
        parts["basis_data"] = False
    parts |= await _outside(here.settings)
    ready = all(parts.values())
    return JSONResponse({"ready": ready, "parts": parts}, 200 if ready else 503)


def _may_read(request: Request, token: SecretStr | None) -> bool:
    """Whether a caller may read the figures: he shows the token, or, where none is set, he is on this machine.

    A proxy on this machine speaks for somebody else, and says so.
    """
    if token is not None and token.get_secret_value():
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(shown.encode(), token.get_secret_value().encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, here: Here) -> Response:
    """Return this process's figures and the machinery's for Prometheus; to this machine, or to who shows the token."""
    if not _may_read(request, here.settings.metrics_token):
        return problem(
            403,
            "bukan_pemantau",
            "Angka pemantauan bukan untuk umum",
            "The figures are not for everybody",
            cure="Baca dari mesin ini, atau kirim ALUR_METRICS_TOKEN sebagai Authorization: Bearer …",
            cure_en="Read them on this machine, or send ALUR_METRICS_TOKEN as Authorization: Bearer …",
        )
    told: tuple[Figures | None, float | None]
    try:
        async with here.pool.connection(timeout=_PATIENCE_S) as conn:
            told = (
                await asyncio.wait_for(figures(conn), _PATIENCE_S),
                await asyncio.wait_for(watch_age(conn), _PATIENCE_S),
            )
    except Exception:  # noqa: BLE001 -- whatever is wrong with the database, its figures are missing
        told = None, None
    return Response(text(told[0], here.pool.get_stats(), told[1]), media_type=CONTENT_TYPE_LATEST)
