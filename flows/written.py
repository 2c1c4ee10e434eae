"""What a call tells that was written down: which cases it is about, what was asked, whether it may be done there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, TypeVar

from integrations.ports import Asked, Reply
from integrations.wire import HasId

Result = TypeVar("Result", bound=HasId)
Row = dict[str, Any]
"""A case as `models.case.queries.in_state` tells it. Where it is asked about anew without having moved, because its
data changed or an order is repeated, ``edition`` (int) tells one question from the next. ``closed`` is asked about and
never sent: what an order of money names was closed since."""

_QUESTIONS = frozenset({"verifikasi", "peringkat", "cek_rekening", "uji"})
"""Operations that may be repeated: nothing is done there. All others are orders, done once under one key."""

_STAY = frozenset({"kartu", "verifikasi", "peringkat"})
"""Operations of which some answers leave a case where it is: a card refused, a family edited meanwhile."""


def moves(path: str) -> bool:
    """Return whether every answer of an operation moves its case."""
    return path.rpartition("/")[2] not in _STAY


def call_key(batch: int, path: str, cases: Sequence[Row]) -> str:
    """Return the key of a call about these cases at these versions and editions: the same list, the same key."""
    listed = ",".join(
        f"{case['case_id']}:{case['version']}" + (f":{edition}" if (edition := case.get("edition")) else "")
        for case in cases
    )
    return f"{batch}-{path.replace('/', '.')}-{hashlib.sha256(listed.encode()).hexdigest()[:32]}"


def system_of(path: str) -> str:
    """Return the outside system of a path: ``bank/BRI`` of ``bank/BRI/si``."""
    return path.rpartition("/")[0]


def left(call: Row) -> bool:
    """Return whether anything of a call may have reached the other side."""
    return call["sent_at"] is not None or call["state"] not in {"tercatat", "ditolak"}


def _is_order(call: Row) -> bool:
    return call["path"].rpartition("/")[2] not in _QUESTIONS


def may_come(call: Row) -> bool:
    """Return whether an order that the other side does not know may yet arrive, or was there: its key is kept to."""
    return _is_order(call) and left(call)


def lost(call: Row) -> bool:
    """Return whether an order that the other side does not know was there: sent again, it would be done again."""
    return _is_order(call) and call["arrived_at"] is not None


def asked_by(call: Row) -> Asked:
    """Return what was sent under a call's key: its body, and others as long as nobody said which of them arrived."""
    others = {hash_: tuple(rows) for hash_, rows in (call["bodies"] or {}).items()}
    return Asked(call["body_hash"], tuple(call["ids"]), others)


def about(standing: Mapping[int, Row], call: Row) -> list[Row]:
    """Return the cases that a call is about and that have not moved since it was written down, in the call's order.

    Row ids are "case" or "case.person". An answer of yesterday says nothing of a case that came back today. Versions
    tell, and not times, which a clock that was set back would turn round; only release 0.1.0 wrote none down.
    """
    asked = dict(zip(map(case_of, call["ids"]), call["versions"] or repeat(None), strict=False))
    return [
        case
        for number, version in asked.items()
        if (case := standing.get(number))
        and (case["since"] <= call["created_at"] if version is None else case["version"] == version)
    ]


def case_of(row: str) -> int:
    """Return the case of a row id, "case" or "case.person"."""
    return int(row.partition(".")[0])


def editions_of(ids: Sequence[str], editions: Sequence[int | None] | None) -> dict[int, int | None]:
    """Return by case which edition a call asked about; None: its only one."""
    return {case_of(row): edition for row, edition in zip(ids, editions or [None] * len(ids), strict=True)}


def rows_about(reply: Reply[Result], cases: Sequence[Row]) -> Sequence[Result]:
    """Return the rows of an answer that are about these cases."""
    wanted = {case["case_id"] for case in cases}
    return [row for row in reply.rows if case_of(row.id) in wanted]
