"""What stands where in a practice region: for every role cases in the states that it works on.

A scene is a history: the rules that fire, in order, each by whoever takes that step. Most scenes are carried by no
flow, so that the outside systems do not answer in place of those who practise it; what waits at a gate is `region`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scene:
    """Cases at the end of one history.

    Attributes:
        path: the rules that fire, the opening first.
        cases: how many families.
        kind: of a proposal; None for the other machines.
        early: made a month before, so that it is late by now.
        by: rule -> the role that takes it, where it is not the first one that may.
        files: rule -> the organisation that sees the case from then on.
    """

    path: str
    cases: int = 2
    kind: str | None = None
    early: bool = False
    by: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


_SENT = "U01 U02 U05 U59 U15"
_CHECKED = f"{_SENT} U19"
_CLOSED = "P01 P03"
_TESTED = f"{_CLOSED} P07 P17 P20"
_PAID = f"{_TESTED} P25 P26 P27 P29"
_BRI = {"P03": "BRI"}
_POS = {"P08": "POS"}
_KPPN = {"P03": "BRI", "P26": "KPPN"}
_OBJECTED = {"S02": "operator_desa", "S27": "operator_desa"}

PROPOSALS = tuple(
    Scene(path, cases, "PEMBARUAN", early)
    for path, cases, early in (
        ("U01", 2, False),
        ("U01 U02 U06", 2, False),
        ("U01 U02 U05", 2, False),
        ("U01 U02 U05 U59", 2, False),
        (f"{_SENT}", 4, False),
        (f"{_SENT}", 1, True),
        (f"{_SENT} U20", 2, False),
        (f"{_CHECKED}", 6, False),
        (f"{_CHECKED}", 2, True),
        (f"{_CHECKED} U57", 1, False),
        (f"{_CHECKED} U57 U49", 1, False),
        (f"{_CHECKED} U21", 3, False),
        (f"{_CHECKED} U21", 1, True),
        (f"{_CHECKED} U21 U68", 2, False),
        (f"{_CHECKED} U24", 1, False),
        (f"{_CHECKED} U22 U30 U74", 2, False),
        (f"{_CHECKED} U22 U30 U32", 2, False),
        (f"{_CHECKED} U22 U30 U32 U34", 2, False),
        (f"{_CHECKED} U22 U30 U32 U34 U80", 2, False),
    )
)
"""Proposals about registered families, from the draft to what BPS ranks."""

PAYMENTS = (
    Scene(_CLOSED, 2, files=_BRI),
    Scene(f"{_CLOSED} P06", 2, files=_BRI),
    Scene(f"{_CLOSED} P06 P10", 2, files=_BRI),
    Scene(f"{_CLOSED} P06 P09 P13", 2, files=_BRI),
    Scene(f"{_CLOSED} P06 P09 P13 P15", 1, files=_BRI),
    Scene(f"{_CLOSED} P07 P18", 2, files=_BRI),
    Scene(f"{_CLOSED} P07 P17 P21", 1, files=_BRI),
    Scene(f"{_CLOSED} P08", 2, files=_POS),
    Scene(_TESTED, 3, files=_BRI),
    Scene(f"{_TESTED} P25", 2, files=_BRI),
    Scene(f"{_TESTED} P25 P26", 2, files=_KPPN),
    Scene(f"{_TESTED} P25 P26 P27", 2, files=_KPPN),
    Scene(_PAID, 2, files=_KPPN),
    Scene(f"{_PAID} P30", 2, files=_KPPN),
    Scene(f"{_PAID} P30 P37", 3, files=_KPPN),
    Scene(f"{_PAID} P33", 1, files=_KPPN),
    Scene(f"{_PAID} P33 P34", 2, files=_KPPN),
    Scene(f"{_PAID} P33 P34 P35", 1, files=_KPPN),
    Scene(f"{_CLOSED} P02", 1, by={"P02": "pusdatin"}),
)
"""Payments of one programme and period, from the closing to money that came back."""

OBJECTIONS = tuple(
    Scene(path, 1, by=_OBJECTED) for path in ("S02 S10", "S02 S10 S12", "S02 S10 S12 S19", "S02 S10 S12 S19 S25 S27")
)
"""Objections to a rank, from the intake to the appeal."""
