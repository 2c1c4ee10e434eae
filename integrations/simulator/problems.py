"""Refusals as problem documents (RFC 9457). Details name fields, never values: those are personal data."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

TYPE_PREFIX = "urn:problem:"


class Problem(Exception):
    """Something the simulator refuses, and why."""

    def __init__(self, status: int, name: str, title: str, detail: str = "") -> None:
        super().__init__(status, name, title, detail)
        self.status, self.name, self.title, self.detail = status, name, title, detail


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the document for one refusal."""
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.name,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    return JSONResponse(document, problem.status, headers, media_type="application/problem+json")


async def answer_problem(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - Starlette's signature
    """Turn a raised refusal into its document."""
    if not isinstance(error, Problem):
        raise error
    return problem_response(error)


def job_unknown(key: str) -> Problem:
    """Return the one 404 by which a caller may know that a job was never taken in."""
    return Problem(404, "job-tidak-ada", "Job tidak ada", f"kunci {key!r} belum pernah diterima")


def operation_unknown(path: str) -> Problem:
    """Return the 404 for a system or operation nobody plays."""
    return Problem(404, "operasi-tidak-ada", "Operasi tidak ada", path)


def key_reused() -> Problem:
    """Return the 409 for a key that came back with another body."""
    return Problem(409, "kunci-dipakai", "Kunci sudah dipakai", "kunci yang sama dengan isi yang lain")


def body_refused(detail: str) -> Problem:
    """Return the 422 for a body that does not keep the contract."""
    return Problem(422, "isi-tidak-sah", "Isi tidak sah", detail)
