"""The steps of a case for whoever looks at it: what he may do, in which order, and why not the rest."""

from __future__ import annotations

from typing import Any

from api.console.visit import Visit
from models.approval.rules import GATES
from models.case import queries, second
from models.case.refusals import BY_ID as REFUSALS
from models.lapangan.rules import VISITED
from models.rule.queries import states_named
from state_machines import BY_NAME

_FIRST_OTHER = {
    "text": "Orang pertama haruslah pemegang peran yang disebut aturan; Anda dapat menjadi orang kedua.",
    "text_en": "The first person must hold the role that the rule names; you may be the second.",
}

_ASKED = {
    "text": "Anda sudah memintanya; menunggu orang kedua.",
    "text_en": "You have asked for it; it waits for a second person.",
}


_GATED = {gate.triggers[0] for gate in GATES.values()}
"""What is decided of a whole list at its gate, and not case by case."""
_AT_A_GATE = {
    "text": "Diputus untuk seluruh daftar di Persetujuan, begitu daftarnya siap.",
    "text_en": "Decided for the whole list under Approvals, once the list is ready.",
}
_OWN_MOST = 3
"""A step that may be taken from more states than this belongs to none of them, such as withdrawing. It comes
after the state's own steps and is no first choice."""


def _order(trigger: str) -> tuple[bool, int]:
    """Return where a step stands among others: whether it belongs to no state, and its place in the declaration.

    A machine declares the way forward before the ways round.
    """
    machine, _, fired = trigger.partition(".")
    rules = [(n, rule) for n, rule in enumerate(BY_NAME[machine].rules) if rule.trigger == fired]
    sources = {source for _, rule in rules for source in rule.sources}
    return len(sources) > _OWN_MOST, min((n for n, _ in rules), default=0)


async def steps_of(visit: Visit, number: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what I may do, and what I may not with why, each with the label of where it leads; own steps first.

    Where a move needs two persons, `first` is what the first of them asked for, and `until` ends its time.
    """
    rows = await queries.actions(visit.conn, visit.session, number)
    until = await second.corrections(visit.conn, number)
    firsts = {row["trigger"]: row for row in await second.first_of(visit.conn, number, visit.role)}
    labels = await states_named(visit.conn, [(row["trigger"].partition(".")[0], row["target"]) for row in rows])
    for row in rows:
        row["page"] = f"/tugas/{number}" if row["trigger"] in VISITED else f"/kasus/{number}/langkah/{row['trigger']}"
        row["own"] = not _order(row["trigger"])[0]
        row["target_label"] = labels[row["trigger"].partition(".")[0], row["target"]]
        words = REFUSALS[row["refusal"]] if row["refusal"] else None
        row["why"] = words and {"text": words.text, "text_en": words.text_en}
        row["until"], row["first"] = until.get(row["trigger"]), firsts.get(row["trigger"])
        if row["refusal"] is None and row["trigger"] in _GATED:
            row["refusal"], row["why"] = "gerbang", _AT_A_GATE
        elif row["refusal"] is None and row["people"] > 1:
            if row["first"] is None and visit.role not in row["by"]:
                row["refusal"], row["why"] = "orang_kedua", _FIRST_OTHER
            elif row["first"] and row["first"]["user_id"] == visit.who["user_id"]:
                row["refusal"], row["why"] = "orang_kedua", _ASKED
    rows.sort(key=lambda row: _order(row["trigger"]))
    hidden = {"peran"}
    return (
        [row for row in rows if row["refusal"] is None],
        [row for row in rows if row["refusal"] is not None and row["refusal"] not in hidden],
    )
