"""The year's story: what its verdict demands, and what it tells of a month, over an API that answers as arranged."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from alur.demo.client import People
from alur.demo.year import Year, verdict
from alur.people import demo_people

NOW = "2027-03-28T01:00:00+00:00"
VILLAGES = (3204052001, 3204052002)
STUCK = {
    "subject": "kasus", "key": 7, "number": "USL-2027-0000007", "label": "PADAN", "holder": "operator_desa", "level": 2,
    "reason": "terlambat", "blocked": False, "action": {"text": "Ambil langkah berikut"},
}  # fmt: skip
TOLD = {person.username: {"name": person.name, "role": person.role, "region": person.scope.region, "token": "t"}
        for person in demo_people(VILLAGES, (3204052003, 3204052004))}  # fmt: skip


class Api:
    """Answers as arranged, and keeps the moves of the clock."""

    def __init__(self) -> None:
        self.stuck: list[dict[str, Any]] = [STUCK]
        self.notices = [{"kind": "macet_ringkasan"}, {"kind": "langkah"}]
        self.clock: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        if path == "/demo/clock" and request.method == "POST":
            self.clock.append(json.loads(request.content)["to"])
        answers = {
            "/demo/clock": {"now": NOW},
            "/stuck": {"stuck": self.stuck, "next": None},
            "/notices": {"notices": self.notices, "next": None},
        }
        return httpx.Response(200, json=answers[path])


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def year(api: Api, said: list[str], tmp_path: Path) -> Year:
    http = httpx.Client(base_url="http://alur.example", transport=httpx.MockTransport(api))
    return Year(People(http, TOLD), tmp_path, said.append)


def test_a_month_tells_what_was_late_where_it_lay_and_who_knew(year: Year, said: list[str]) -> None:
    month = datetime.fromisoformat("2027-03-02T08:00:00+07:00")
    year._tell(month, month, {"families": 41})
    assert said[0] == "  1 late: 1 PADAN at operator_desa."
    assert "operator_desa 2" in said[1]
    assert year.months == [{"month": "2027-03", "late": 1, "blocked": 0, "told": len(TOLD), "paid": 41}]
    assert year.unnamed == []


def test_who_is_stuck_without_an_action_is_named(year: Year, api: Api) -> None:
    api.stuck = [STUCK | {"action": {"text": ""}}]
    month = datetime.fromisoformat("2027-03-02T08:00:00+07:00")
    year._tell(month, month, None)
    assert year.unnamed == ["USL-2027-0000007"]


def test_the_clock_is_only_moved_forward(year: Year, api: Api) -> None:
    year.travel(datetime.fromisoformat("2027-03-27T08:00:00+07:00"))
    assert api.clock == []
    year.travel(datetime.fromisoformat("2027-03-29T08:00:00+07:00"))
    assert api.clock == ["2027-03-29T08:00:00+07:00"]


def _good(year: Year) -> None:
    year.cycle.closed = [{"period": 202702}, {"period": 202708}]
    year.months = [{"late": 1, "told": 3, "paid": 5} for _ in range(4)]


def test_a_year_that_kept_its_promises_is_ok(year: Year) -> None:
    _good(year)
    assert all(verdict(year).values())


@pytest.mark.parametrize(
    ("broken", "value", "missing"),
    [
        ("closed", [{"period": 202702}], "two cycles opened and closed"),
        ("months", [{"late": 0, "told": 0, "paid": 5}] * 3, "four tahap paid"),
        ("months", [{"late": 0, "told": 0, "paid": 0}] * 4, "four tahap paid"),
        ("months", [{"late": 1, "told": 0, "paid": 5}] * 4, "what was late was told"),
        ("unbalanced", ["PKH"], "the books close to the rupiah"),
        ("unnamed", ["USL"], "everything stuck is named with what frees it"),
    ],
)
def test_each_broken_promise_is_named(year: Year, broken: str, value: Any, missing: str) -> None:
    _good(year)
    setattr(year.cycle if broken == "closed" else year, broken, value)
    assert [name for name, seen in verdict(year).items() if not seen] == [missing]
