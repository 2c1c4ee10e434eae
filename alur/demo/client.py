"""A client of the public API: what any office could write. Roles differ by their token and nothing else."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

_WAIT_S = 90.0
_LOOK_S = 0.25
_PAGE = 200
_BULK = 5000


class Failed(Exception):
    """The story could not go on: what was tried, and what the system answered."""


class Person:
    """One person with a role: knocks with a token, gets answers."""

    def __init__(self, http: httpx.Client, username: str, told: dict[str, Any]) -> None:
        self.username = username
        self.name: str = told["name"]
        self.role: str = told["role"]
        self._http = http
        self._headers = {"Authorization": f"Bearer {told['token']}"}

    def get(self, path: str, **params: Any) -> Any:
        """Return the answer to a read; lists of values become repeated parameters."""
        wanted = {name: value for name, value in params.items() if value is not None}
        return self._answer("GET", path, params=wanted)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Return the answer to a write. Each carries a key of its own, so that a repeat would be answered the same."""
        return self._answer("POST", path, json=body, key=True, **more)

    def patch(self, path: str, body: Any) -> Any:
        """Return the answer to an edit."""
        return self._answer("PATCH", path, json=body, key=True)

    def _answer(self, method: str, path: str, *, key: bool = False, **more: Any) -> Any:
        headers = dict(self._headers)
        if key:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        for attempt in range(3):
            try:
                response = self._http.request(method, f"/api/v1{path}", headers=headers, **more)
                break
            except httpx.TransportError as error:
                if attempt == 2:  # noqa: PLR2004 -- the third try was the last
                    raise Failed(f"{method} {path}: no answer ({error})") from error
                time.sleep(0.5 * (attempt + 1))
        if response.is_success:
            return response.json()
        problem = response.json() if "json" in response.headers.get("content-type", "") else {}
        raise Failed(
            f"{self.username} ({self.role}), {method} {path}: {response.status_code} "
            f"{problem.get('detail', response.text[:200])} {problem.get('cure', '')}"
        )

    def cases(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return every case that matches, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get("/cases", limit=_PAGE, cursor=cursor, **wanted)
            found += page["cases"]
            cursor = page["next"]
            if cursor is None:
                return found

    def move(self, trigger: str, cases: list[dict[str, Any]], **told: Any) -> dict[str, int]:
        """Fire one trigger on these cases; return how many came out which way."""
        counts: dict[str, int] = {}
        for start in range(0, len(cases), _BULK):
            part = cases[start : start + _BULK]
            picked = [{"id": case["id"], "version": case["version"]} for case in part]
            answer = self.post("/cases/transitions", {"trigger": trigger, "cases": picked, **told})
            for outcome, n in answer["counts"].items():
                counts[outcome] = counts.get(outcome, 0) + n
            self.last = answer["outcomes"]
        return counts

    def decide(self, gate: str, batch: int, **told: Any) -> dict[str, Any]:
        """Wait until a gate of a batch is open to me, decide it, and see it carried out if mine was the last."""
        approval = until(
            f"gate {gate} of batch {batch} to open for {self.username}",
            lambda: next(
                (a for a in self.get("/approvals")["approvals"] if a["batch"] == batch and a["gate"] == gate), None
            ),
        )
        body = {"verdict": "setuju", **told}
        answer: dict[str, Any] = self.post(f"/approvals/{approval['id']}/decisions", body)
        if answer["state"] != "terbuka":
            until(
                f"gate {gate} of batch {batch} to be carried out",
                lambda: self.get(f"/approvals/{approval['id']}/state")["state"] == "dijalankan",
            )
        return answer | {"cases": approval["cases"], "amount_rp": approval["amount_rp"]}


def until(what: str, look: Callable[[], Any], seconds: float = _WAIT_S) -> Any:
    """Return the first true value that `look` gives; fail when none comes in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(_LOOK_S)
    raise Failed(f"waited {seconds:.0f} s for {what}")


class People:
    """Everybody in the story, by username."""

    def __init__(self, http: httpx.Client, told: dict[str, Any]) -> None:
        self._people = {username: Person(http, username, each) for username, each in told.items()}
        self.regions = {username: each["region"] for username, each in told.items()}

    def __getitem__(self, username: str) -> Person:
        try:
            return self._people[username]
        except KeyError:
            raise Failed(f"there is no token for {username} in tokens.json") from None

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())


@contextmanager
def people(base_url: str, tokens: Path) -> Iterator[People]:
    """Open the story's people on a running system."""
    if not tokens.exists():
        raise Failed(f"{tokens} is missing: start the system with `alur run` (or `make run`) first")
    with httpx.Client(base_url=base_url, timeout=60.0, trust_env=False) as http:
        yield People(http, json.loads(tokens.read_text("utf-8")))
