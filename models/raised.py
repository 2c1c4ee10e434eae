"""What our SQL raises, as errors of ours: each SQLSTATE of class AL has one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from models.approval.errors import DecisionUnproven
from models.errors import (
    AlurError,
    AnotherPersonNeeded,
    ApprovalClosed,
    ApprovalNotFound,
    ApprovalNotYours,
    CalendarNotYours,
    ClockRefused,
    CommentNotYours,
    DecisionIncomplete,
    EvidenceDiffers,
    ExtensionNotFound,
    FactNotYours,
    FactUnusable,
    HolidayNotFound,
    NoteMissing,
    ObjectionsApart,
    OnlySystem,
    OutOfScope,
    ReasonUnfit,
    RegisterNotYours,
    SecondFactorMissing,
    SessionUnknown,
    SignInYourself,
    WordUnknown,
)

_BY_STATE: dict[str, type[AlurError]] = {
    "AL001": ClockRefused,
    "AL002": SessionUnknown,
    "AL003": FactNotYours,
    "AL004": WordUnknown,
    "AL005": OnlySystem,
    "AL010": ApprovalNotFound,
    "AL011": ApprovalNotYours,
    "AL012": ApprovalClosed,
    "AL013": AnotherPersonNeeded,
    "AL014": DecisionIncomplete,
    "AL015": OutOfScope,
    "AL016": RegisterNotYours,
    "AL017": FactUnusable,
    "AL018": ReasonUnfit,
    "AL019": NoteMissing,
    "AL040": CalendarNotYours,
    "AL041": HolidayNotFound,
    "AL042": ExtensionNotFound,
    "AL020": ObjectionsApart,
    "AL021": EvidenceDiffers,
    "AL022": DecisionUnproven,
    "AL050": SignInYourself,
    "AL051": SecondFactorMissing,
    "AL060": CommentNotYours,
}
_DETAILED = {"AL003", "AL004", "AL011", "AL012", "AL017", "AL018", "AL021", "AL022", "AL040", "AL041", "AL042"}
"""States whose DETAIL carries the value the text names."""


@contextmanager
def domain_errors() -> Iterator[None]:
    """Turn what our SQL raises (SQLSTATE class AL) into the error class that says it."""
    try:
        yield
    except psycopg.Error as error:
        known = _BY_STATE.get(error.sqlstate or "")
        if known is None:
            raise
        message = error.diag.message_detail if error.sqlstate in _DETAILED else error.diag.message_primary
        raise known(message or str(error)) from error
