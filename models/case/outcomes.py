"""What the door answers: one outcome for every case it was asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from models.calendar.rules import Window
from models.case.refusals import BY_ID as REFUSALS

MOVED = "dipindah"
OPENED = "dibuka"
REFUSED = "ditolak"
CHANGED = "berubah"
NOT_FOUND = "tidak_ditemukan"
WAITING = "menunggu"
CLOSED = "jendela_tutup"
"""The refusal that names the next opening of a window."""

NO_SUCH_STEP = "langkah"
"""The refusal of a step that this kind of proposal does not take."""


class Outcome(NamedTuple):
    """What became of one case.

    `case_id` is the case asked about; for an opening that failed it is None and `ord` (from 1) says which family it
    was. `version` and `state` are where the case stands now. `refusal` is a code of `models.case.refusals`.
    """

    outcome: str
    act: int
    case_id: int | None
    version: int | None
    state: str | None
    rule: str | None
    refusal: str | None = None
    missing: tuple[str, ...] = ()
    ord: int = 0

    @property
    def done(self) -> bool:
        """Whether the case was moved or opened."""
        return self.outcome in {MOVED, OPENED}

    def as_data(self, opening: Window | None = None) -> dict[str, Any]:
        """Return the outcome as JSON, with the words a person reads and the way to mend it.

        `opening` is the next opening of the window that the case met closed.
        """
        data: dict[str, Any] = {
            "case": self.case_id,
            "outcome": self.outcome,
            "state": self.state,
            "version": self.version,
            "rule": self.rule,
            "act": self.act,
        }
        if self.refusal:
            data["refusal"] = refusal_data(self.refusal, self.missing)
            if opening:
                data["refusal"]["window"] = opening.as_data()
        return data


def refusal_data(code: str, missing: Sequence[str] = ()) -> dict[str, Any]:
    """Return a refusal as JSON: its code, the words a person reads, the way to mend it, and the evidence that lacks."""
    words = REFUSALS[code]
    return {
        "code": words.id,
        "message": words.text,
        "message_en": words.text_en,
        "cure": words.cure,
        "cure_en": words.cure_en,
        "missing": list(missing),
    }


def from_groups(groups: Iterable[dict[str, Any]], cases: Sequence[int]) -> list[Outcome]:
    """Unfold the door's answer (one row per kind of outcome) into one outcome per case, in the order asked."""
    found: dict[int, Outcome] = {}
    for group in groups:
        missing = tuple(group["missing"] or ())
        for case_id, version in zip(group["cases"], group["versions"], strict=True):
            found[case_id] = Outcome(
                group["outcome"],
                group["act"],
                case_id,
                version,
                group["state"],
                group["rule"],
                group["refusal"],
                missing,
            )
    return [found[case_id] for case_id in cases]


def from_openings(groups: Iterable[dict[str, Any]]) -> list[Outcome]:
    """Unfold the answer to an opening, in the order of the families given."""
    outcomes = []
    for group in groups:
        opened = group["outcome"] == OPENED
        for case, ordinal in zip(group["cases"], group["versions"], strict=True):
            outcomes.append(
                Outcome(
                    group["outcome"],
                    group["act"],
                    case if opened else None,
                    1 if opened else None,
                    group["state"],
                    group["rule"],
                    group["refusal"],
                    (),
                    ordinal,
                )
            )
    return sorted(outcomes, key=lambda outcome: outcome.ord)
