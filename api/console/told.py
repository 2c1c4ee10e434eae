"""What a case's own history and facts say in words: why it stands there, what it lacks, what its proposer last said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.perbaikan.rules import STATES as MENDED
from models.perbaikan.rules import cause as way_out_of
from models.register.variables import missing


def sent_at(timeline: list[dict[str, Any]]) -> datetime | None:
    """Return when a proposal last left its proposer for the office above."""
    return next((row["at"] for row in reversed(timeline) if row["target"] == "diajukan"), None)


def cause(
    case: Mapping[str, Any], timeline: list[dict[str, Any]], family: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """Return why the last move was made, about whom of the family the identity check said so, and the way out.

    The way out is an office's, for a case that waits to be mended there. None: no reason.
    """
    if not timeline or not timeline[-1]["reason_label"]:
        return None
    reply = (timeline[-1]["evidence"] or {}).get("balasan_dukcapil") or {}
    about = reply.get("tentang", ())
    members = family["members"] if family else []
    state = f"{case['machine']}.{case['state']}"
    way_out = way_out_of(timeline[-1]["reason"], state)
    return {
        "label": timeline[-1]["reason_label"],
        "persons": [member["nama"] for member in members if member["id"] in about],
        "out": way_out if way_out.referred and state in MENDED else None,
    }


def unranked(case: Mapping[str, Any], family: Mapping[str, Any] | None) -> list[str]:
    """Return the questions about a family's house without whose answers it is ranked blindly, while it can be asked."""
    if family is None or case["machine"] != "usulan" or case["terminal"] or case["phase"] == "penetapan":
        return []
    return missing("keluarga", family["variables"]).get("peringkat", [])
