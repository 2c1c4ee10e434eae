"""A deadline at midnight is the end of the day before: nobody who reads "15 Dec 00.00" comes on the 14th."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from api.console.render import until, until_day

MIDNIGHT = datetime(2026, 12, 14, 17, tzinfo=UTC)
NOON = datetime(2026, 12, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "moment", "day"),
    [
        ("Asia/Jakarta", MIDNIGHT, "Sen 14 Des 2026 24.00 WIB", "14 Des 2026"),
        ("Asia/Makassar", MIDNIGHT, "Sel 15 Des 2026 01.00 WITA", "15 Des 2026"),
        ("Asia/Jakarta", NOON, "Sen 14 Des 2026 12.00 WIB", "14 Des 2026"),
        ("Asia/Jakarta", None, "–", "–"),
    ],
)
def test_a_deadline_is_told_by_its_last_day(zone: str, at: datetime | None, moment: str, day: str) -> None:
    context: Any = {"zone": zone, "language": "id"}
    assert until(context, at) == moment
    assert until_day(context, at) == day
