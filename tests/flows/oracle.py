"""What must be so after a year of alerts, worked out one by one from the log and the calendar, never from alerts."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from models.stuck.rules import APPOINTED, OFFICES, REASONS, highest, office, told_offices
from tests.flows.clock import Dated
from tests.flows.year import EMPTY, Year
from tests.integration.door.kit import rows

_BLOCKING = {reason.id for reason in REASONS.values() if reason.blocks}


async def _left(year: Year) -> dict[tuple[int, int], datetime]:
    """Return when each stay of a case ended: the act of its next transition."""
    found = await rows(
        year.world, "SELECT t.case_id, t.version - 1 AS version, a.at FROM transition t JOIN act a ON a.id = t.act"
    )
    return {(row["case_id"], row["version"]): row["at"] for row in found}


def _levels(stay: Dated, looked: list[datetime], until: datetime | None) -> Iterator[int]:
    """Return the levels a stay passed before it ended, as far as a look saw it there."""
    top = highest(stay.holder)
    for level, moment in enumerate(stay.moments, 1):
        if level <= top and any(moment <= at and (until is None or at < until) for at in looked):
            yield level


async def expected(year: Year) -> set[tuple[int, int, int]]:
    """Return (case, version, level) of everything that was overdue when the watch looked."""
    left = await _left(year)
    return {
        (*key, level)
        for key, stay in year.clock.stays.items()
        for level in _levels(stay, year.clock.looked, left.get(key))
    }


async def assert_once_per_level(year: Year) -> None:
    """Every overdue case was alerted once per level; beyond that only what stood at a desk without people."""
    found = await rows(year.world, "SELECT * FROM alert WHERE subject = 'kasus' AND level > 0")
    raised = Counter((row["key"], row["version"], row["level"]) for row in found)
    wanted = await expected(year)
    assert wanted
    assert max(raised.values()) == 1
    assert wanted - raised.keys() == set()
    by_key = {(row["key"], row["version"], row["level"]): row for row in found}
    for key in raised.keys() - wanted:
        row, stay = by_key[key], year.clock.stays[key[0], key[1]]
        assert row["level"] == 1, row
        assert row["reason"] in _BLOCKING, row
        assert _unheld(stay), (row, stay)


def _unheld(stay: Dated) -> bool:
    """Return whether nobody at work held the desk of a stay, as this year was staffed."""
    return (stay.holder, stay.region // 1_000_000) in EMPTY or stay.holder == "pendamping"


async def assert_alerts_end(year: Year) -> None:
    """An alert stands while its case does, and no longer."""
    open_ = await rows(
        year.world,
        "SELECT a.*, p.version AS now FROM alert a LEFT JOIN position p ON p.case_id = a.key "
        "WHERE a.subject = 'kasus' AND a.ended_at IS NULL AND a.version IS DISTINCT FROM p.version",
    )
    assert open_ == []


async def assert_told_upwards(year: Year) -> None:
    """Each alert's first and highest level is known to somebody; a level's people work at its office or above."""
    found = await rows(
        year.world,
        "SELECT a.key, a.version, a.level, a.reason, a.lo, o.id AS holder, "
        "       max(a.level) OVER (PARTITION BY a.key, a.version) AS top, "
        "       ARRAY(SELECT DISTINCT r.id FROM alert_person x JOIN assignment s ON s.user_id = x.user_id "
        "              JOIN role r ON r.code = s.role WHERE x.alert = a.id) AS roles "
        "  FROM alert a JOIN state s ON s.code = a.state JOIN role o ON o.code = s.holder "
        " WHERE a.subject = 'kasus' AND a.level > 0",
    )
    offices: Counter[str] = Counter()
    for row in found:
        if row["level"] in {1, row["top"]}:
            assert row["roles"], row
        if row["level"] > 1:
            allowed = {*told_offices(row["holder"], row["level"]), "pusat"}
            for role in row["roles"]:
                assert OFFICES[office(role)] in allowed, row
                offices[OFFICES[office(role)]] += 1
    assert {"kecamatan", "kabupaten", "provinsi", "pusat"} <= offices.keys(), offices


async def assert_named_at_stuck(year: Year) -> None:
    """Everything overdue stands at /stuck with its holder, a reason and what frees it; the rest is near or blocked."""
    now = await year.world.now()
    listed = {row["key"]: row for row in await year.stuck() if row["subject"] == "kasus"}
    standing = {
        row["case_id"]: year.clock.stays[row["case_id"], row["version"]]
        for row in await rows(year.world, "SELECT case_id, version FROM position WHERE state < 20000")
        if (row["case_id"], row["version"]) in year.clock.stays
    }
    overdue = {case for case, stay in standing.items() if stay.moments and stay.moments[0] <= now}
    assert overdue - listed.keys() == set()
    for case, row in listed.items():
        stay = standing[case]
        assert (row["state"], row["region"]) == (stay.state, stay.region)
        assert row["holder"] == stay.holder
        assert row["reason"] in REASONS
        assert row["reason_label"]
        assert row["reason_label_en"]
        _assert_freed(row)
        if case not in overdue and row["level"] > 0:
            assert row["blocked"], row


def _assert_freed(row: dict[str, Any]) -> None:
    action = row["action"]
    assert action["text"], row
    assert action["text_en"], row
    if action["do"] == "serahkan":
        assert action["request"] == "POST /api/v1/handovers", row
    elif row["reason"] in APPOINTED:
        assert action["command"].startswith(f"alur token USERNAME --role {row['holder']}"), row
    elif action["do"] == "langkah":
        assert [one for one in action["triggers"] if row["holder"] in one["roles"]], row
    elif action["do"] == "minta":
        assert [one for one in action["triggers"] if {*one["roles"]} - {"sistem", row["holder"]}], row
    elif action["do"] == "tuntaskan":
        assert row["state"] in {"pendataan", "berjalan", "daftar_tunggu"}, row
    else:
        assert action["request"] or action["command"], row
    if not row["blocked"] and row["holder"] != "sistem":
        assert [one["name"] for one in row["holders"] if one["able"]], row


async def assert_one_digest_a_day(year: Year) -> None:
    """Nobody had two digests of a day, and nobody was told of the same alert twice."""
    digests = await rows(
        year.world,
        "SELECT user_id, (at AT TIME ZONE notice_zone(user_id))::date AS day, count(*) AS n FROM notice "
        "WHERE kind = 'macet_ringkasan' GROUP BY 1, 2",
    )
    assert digests
    assert {row["n"] for row in digests} == {1}
    twice = await rows(
        year.world, "SELECT user_id, key FROM notice WHERE kind LIKE 'macet%' GROUP BY 1, 2 HAVING count(*) > 1"
    )
    assert twice == []


async def assert_nothing_personal(year: Year) -> None:
    """No notice of the year holds a number or a name of anybody in the register."""
    told = await rows(year.world, "SELECT kind, data::text AS data FROM notice")
    names = {row["nama"] for row in await rows(year.world, "SELECT nama FROM person")}
    assert told
    for row in told:
        assert not re.search(r"\b\d{16}\b", row["data"]), row["kind"]
        words = json.dumps(json.loads(row["data"]), ensure_ascii=False)
        assert not [name for name in names if len(name) > 5 and name in words], row["kind"]
