"""No state of a membership or payment leaves a family without an answer, and the answer names whoever frees it."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest

from models.bantuan.rules import MEMBER, MEMBERSHIP, MENDABLE, ORDER, PAYMENT, REPAIRS, Why, answer
from state_machines import KEPESERTAAN, PENYALURAN, USULAN
from state_machines.reasons import BY_ID as REASONS
from state_machines.vocabulary import ROLES

ROLE_IDS = {role.id for role in ROLES}
GRID = list(product([state.id for state in KEPESERTAAN.states], [None, *(state.id for state in PENYALURAN.states)]))


def row(machine: str, state: str, period: int | None = None, programme: str | None = "PKH") -> dict[str, Any]:
    return {
        "case_id": 1,
        "machine": machine,
        "state": state,
        "programme": programme,
        "period": period,
        "reason": None,
        "reason_label": None,
    }


def test_every_state_has_its_words_and_no_other() -> None:
    assert set(MEMBERSHIP) == set(KEPESERTAAN.state)
    assert set(PAYMENT) == set(PENYALURAN.state)


@pytest.mark.parametrize("why", [*MEMBERSHIP.values(), *PAYMENT.values()], ids=[*MEMBERSHIP, *PAYMENT])
def test_an_answer_is_whole_in_both_languages(why: Why) -> None:
    assert why.kind in ORDER
    assert why.who in ROLE_IDS
    for words in (why.text, why.text_en, why.frees, why.frees_en):
        assert re.fullmatch(r"[a-zA-Z][^_.]{5,}", words), words
    assert why.text != why.text_en


def test_paid_is_what_the_accounts_call_paid() -> None:
    """Money that is at the family, and only that: the treasury's closing formula says the same."""
    paid = {state for state, why in PAYMENT.items() if why.kind == "cair"}
    assert paid == {"sukses", *(state.id for state in PENYALURAN.states if state.account == "selesai")}
    lost = {state.id for state in PENYALURAN.states if state.account in {"disetor", "hangus", "keluar"}}
    assert {PAYMENT[state].kind for state in lost} == {"berhenti"}


def test_whoever_frees_what_is_held_can_take_a_step_there() -> None:
    """A role that is named as freeing an open state is one that a rule lets act from that state, or its holder."""
    for machine, table in ((KEPESERTAAN, MEMBERSHIP), (PENYALURAN, PAYMENT)):
        for state, why in table.items():
            if machine.state[state].resting:
                continue
            able = {role for rule in machine.open_from(state) for role in rule.by} | {machine.state[state].holder}
            assert why.who in able, (state, why.who, able)


@pytest.mark.parametrize(("member", "payment"), GRID, ids=[f"{one}-{other}" for one, other in GRID])
def test_every_pair_of_states_is_answered(member: str, payment: str | None) -> None:
    rows = [row("kepesertaan", member)]
    if payment is not None:
        rows.append(row("penyaluran", payment, 202604))
    found = answer(rows)
    kinds = [told.why.kind for told in found.because]
    assert found.kind == kinds[0]
    assert kinds == sorted(kinds, key=ORDER.index)
    # Paid is said only where the money came and nothing holds what comes next.
    assert (found.kind == "cair") == (member == MEMBER and payment is not None and PAYMENT[payment].kind == "cair")
    if payment is not None and PAYMENT[payment].kind == "tertahan":
        assert found.kind == "tertahan"
    if MEMBERSHIP[member].kind == "tertahan":
        assert any(told.row["machine"] == "kepesertaan" for told in found.because)


REASONED = [
    (machine.name, rule.target, reason)
    for machine in (KEPESERTAAN, PENYALURAN)
    for rule in machine.rules
    for reason in rule.reasons
    if rule.target in MENDABLE and not rule.undo_of
]
PLAIN = {
    "KUOTA_PENUH",
    "KUOTA_TURUN",
    "TERMIN_TUTUP",
    "SI_BEDA_DATA",
    "NOMINAL_KURANG",
    "NOMINAL_LEBIH",
    "TX_TIDAK_ADA",
}
PLAIN |= {"POS_TIDAK_HADIR", "POS_MENINGGAL", "SRPR_DITOLAK"}
"""Reasons of which the state itself says all there is to say."""


def test_every_reason_for_which_aid_is_held_says_what_mends_it() -> None:
    held = {reason for _, _, reason in REASONED}
    assert held - set(REPAIRS) == PLAIN
    assert set(REPAIRS) - held == set()
    assert set(REPAIRS) <= set(REASONS)


@pytest.mark.parametrize(("machine", "state", "reason"), sorted(set(REASONED)))
def test_what_mends_a_reason_is_said_and_by_whom(machine: str, state: str, reason: str) -> None:
    period = 202604 if machine == "penyaluran" else None
    [because] = answer([row(machine, state, period) | {"reason": reason}]).because
    said = because.as_data()
    assert said["who"] in ROLE_IDS
    for words in (said["frees"], said["frees_en"]):
        assert re.fullmatch(r"[a-zA-Z][^_.]{5,}", words), words
    plain = (MEMBERSHIP | PAYMENT)[state]
    assert (said["frees"] == plain.frees) == (reason in PLAIN)


def test_a_reason_of_a_way_that_led_on_mends_nothing() -> None:
    """The line of an account says why it was closed, not that the family must do anything now."""
    [because] = answer([row("penyaluran", "hangus", 202604) | {"reason": "EX_NIK"}]).because
    assert because.why == PAYMENT["hangus"]


def test_an_older_period_counts_while_somebody_must_free_it() -> None:
    rows = [
        row("kepesertaan", MEMBER),
        row("penyaluran", "selesai", 202604),
        row("penyaluran", "retur", 202603),
        row("penyaluran", "hangus", 202602),
    ]
    found = answer(rows)
    assert [(told.row["state"], told.row["period"]) for told in found.because] == [
        ("retur", 202603),
        ("selesai", 202604),
    ]
    assert found.kind == "tertahan"


def test_each_programme_is_judged_by_itself_and_the_worst_comes_first() -> None:
    rows = [
        row("kepesertaan", MEMBER),
        row("penyaluran", "selesai", 202604),
        row("kepesertaan", "ditangguhkan", None, "SEMBAKO"),
    ]
    found = answer(rows)
    assert [(told.row["programme"], told.why.kind) for told in found.because] == [
        ("SEMBAKO", "tertahan"),
        ("PKH", "cair"),
    ]


@pytest.mark.parametrize("state", [state.id for state in USULAN.states])
def test_a_proposal_alone_is_no_aid(state: str) -> None:
    found = answer([row("usulan", state, None, None)])
    assert found.kind is None
    assert found.as_data() == {"kind": None, "because": []}
