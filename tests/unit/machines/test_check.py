"""The declarations are well formed, and each property they must have is seen to fail on a small broken machine."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from state_machines import MACHINES, Machine, check
from state_machines.declare import Guard, end, rule, state
from tests.unit.machines.small import MONEY, SMALL, plus, with_rule, with_state, without_rules

BROKEN: dict[str, tuple[Machine, str]] = {
    # -- states
    "a state twice": (
        plus(SMALL, state(903, "draf", "awal", "operator_desa", "3 d", "DRAF", "Sedang diisi.")),
        "kecil: state draf is declared twice",
    ),
    "a code twice": (with_state(SMALL, "diperiksa", code=901), "kecil: code 901 is declared twice"),
    "a holder unheard of": (with_state(SMALL, "draf", holder="lurah"), "kecil.draf: holder 'lurah' is no role"),
    "a phase unheard of": (
        with_state(SMALL, "draf", phase="antara"),
        "kecil.draf: phase 'antara' is not of this machine",
    ),
    "no label": (with_state(SMALL, "draf", label=""), "kecil.draf: a label and a meaning of one sentence are needed"),
    "no sentence": (
        with_state(SMALL, "draf", meaning="diisi"),
        "kecil.draf: a label and a meaning of one sentence are needed",
    ),
    "an open state coded as resting": (
        with_state(SMALL, "draf", code=29003),
        "kecil.draf: code 29003 does not say whether the state rests",
    ),
    "a resting state coded as open": (
        with_state(SMALL, "selesai", code=903),
        "kecil.selesai: code 903 does not say whether the state rests",
    ),
    "nobody is ever late": (with_state(SMALL, "draf", sla=None), "kecil.draf: no SLA, and no reason why not"),
    "rest without a reason": (
        with_state(SMALL, "selesai", why_no_sla=None),
        "kecil.selesai: no SLA, and no reason why not",
    ),
    "an SLA nobody can count": (with_state(SMALL, "draf", sla="segera"), "kecil.draf: duration 'segera' is unknown"),
    "a reminder nobody can count": (with_state(SMALL, "draf", remind="3"), "kecil.draf: duration '3' is unknown"),
    "an expiry nobody can count": (
        with_state(SMALL, "diperiksa", expire="30 days"),
        "kecil.diperiksa: duration '30 days' is unknown",
    ),
    "an expiry nobody acts on": (
        without_rules(SMALL, "T05"),
        "kecil.diperiksa: expires, but no automatic rule ends it",
    ),
    # -- rules
    "an id of another machine": (
        plus(SMALL, rule("U99", "draf -> selesai", "lompat", "operator_desa")),
        "kecil U99 lompat: the id must begin with T",
    ),
    "a target unheard of": (
        plus(SMALL, rule("T07", "draf -> nirwana", "lompat", "operator_desa")),
        "kecil T07 lompat: state nirwana is unknown",
    ),
    "a source unheard of": (
        plus(SMALL, rule("T07", "nirwana -> draf", "lompat", "operator_desa")),
        "kecil T07 lompat: state nirwana is unknown",
    ),
    "nobody may": (with_rule(SMALL, "T02", by=()), "kecil T02 kirim: nobody may fire it, or from nowhere"),
    "from nowhere": (with_rule(SMALL, "T02", sources=()), "kecil T02 kirim: nobody may fire it, or from nowhere"),
    "a role unheard of": (with_rule(SMALL, "T02", by=("lurah",)), "kecil T02 kirim: role lurah is unknown"),
    "a reason unheard of": (
        with_rule(SMALL, "T04", reasons=("TIDAK_SUKA",)),
        "kecil T04 tolak: reason TIDAK_SUKA is not in the catalogue",
    ),
    "a refusal that owes no reason": (with_rule(SMALL, "T04", reasons=()), "kecil T04 tolak: refuses without a reason"),
    "a refusal by its target's name": (
        plus(SMALL, rule("T07", "draf -> ditolak", "buang", "operator_desa")),
        "kecil T07 buang: refuses without a reason",
    ),
    "four eyes on no rule": (
        with_rule(SMALL, "T03", barred=("T99",)),
        "kecil T03 terima: T99 is no rule of this machine",
    ),
    "a correction of no rule": (
        with_rule(SMALL, "T06", undo_of=("T99",)),
        "kecil T06 koreksi: T99 is no rule of this machine",
    ),
    **{
        f"a guard ({name}) on no rule": (
            with_rule(SMALL, "T03", guard=Guard(**{name: ("T99",)})),  # type: ignore[arg-type]
            "kecil T03 terima: T99 is no rule of this machine",
        )
        for name in ("only_by", "after", "never", "latest")
    },
    "an end that is left": (
        plus(SMALL, rule("T07", "selesai -> draf", "ulang", "operator_desa")),
        "kecil T07 ulang: leaves a terminal state without being a correction",
    ),
    "a correction by one person": (
        with_rule(SMALL, "T06", people=1),
        "kecil T06 koreksi: a correction needs two persons and a window",
    ),
    "a correction for ever": (
        with_rule(SMALL, "T06", window=None),
        "kecil T06 koreksi: a correction needs two persons and a window",
    ),
    "a second person of no role": (
        with_rule(SMALL, "T06", guard=Guard(second="lurah")),
        "kecil T06 koreksi: second person's role lurah is unknown",
    ),
    "a step unheard of": (
        with_rule(SMALL, "T02", guard=Guard(steps=("-pemilu",))),
        "kecil T02 kirim: step -pemilu is unknown",
    ),
    "a wait nobody can count": (
        with_rule(SMALL, "T05", guard=Guard(not_before="nanti")),
        "kecil T05 habis: waiting time 'nanti' is unknown",
    ),
    "a window nobody can count": (
        with_rule(SMALL, "T06", window="3 hari"),
        "kecil T06 koreksi: window '3 hari' is unknown",
    ),
    # -- the graph
    "a state nobody reaches": (
        plus(SMALL, end(29003, "gaib", "akhir", "GAIB", "Tidak terjangkau.")),
        "kecil.gaib: unreachable",
    ),
    "two targets for one trigger": (
        plus(SMALL, rule("T07", "draf -> selesai", "kirim", "operator_desa")),
        "kecil: kirim from draf has 2 targets",
    ),
    "a trap": (
        plus(
            SMALL,
            state(903, "lubang", "awal", "operator_desa", "3 d", "LUBANG", "Tidak ada jalan keluar."),
            rule("T07", "draf -> lubang", "jatuh", "operator_desa"),
        ),
        "kecil.lubang: no way to a resting state",
    ),
    "a holder with tied hands": (
        with_rule(SMALL, "T02", by=("kades",)),
        "kecil.draf: neither its holder operator_desa nor the system can take a case out",
    ),
    # -- money
    "money at rest in an open account": (
        with_state(MONEY, "disetor", account="open"),
        "uang.disetor: account 'open' does not fit a resting state",
    ),
    "an open state without an account": (
        plus(with_state(MONEY, "sp2d", account="selesai")),
        "uang.sp2d: account 'selesai' does not fit an open state",
    ),
    "unpaid at the year's end": (
        with_rule(MONEY, "D06", sources=("calon",)),
        "uang.proses_spm: before payment, and no way out at the end of a tahap or year",
    ),
    "paid and lapsed": (
        with_rule(MONEY, "D06", sources=("calon", "proses_spm", "sp2d")),
        "uang.sp2d: after payment, and may lapse without the money coming back",
    ),
    "money out for ever": (without_rules(MONEY, "D05"), "uang.sp2d: money is out and cannot come back to kas negara"),
    "paid without SPM": (
        plus(MONEY, rule("D07", "calon -> sp2d", "jalan_pintas", "direktorat")),
        "uang: a payment is reachable without SPM",
    ),
    # -- all machines together
    "a rule id twice": (
        plus(SMALL, rule("T02", "draf -> selesai", "lompat", "operator_desa")),
        "rule id T02 is used 2 times",
    ),
    "a move nobody may bring": (
        with_rule(SMALL, "T02", fires=("kecil.terima",)),
        "kecil T02: fires kecil.terima, which neither sistem nor its own roles may",
    ),
    "a move unheard of": (
        with_rule(SMALL, "T02", fires=("kecil.terbang",)),
        "kecil T02: fires kecil.terbang, which neither sistem nor its own roles may",
    ),
}
"""What is broken -> the broken machine, and the sentence that must say so."""


def test_declared_machines_are_well_formed() -> None:
    assert check.problems(MACHINES) == []


def test_small_machines_are_well_formed() -> None:
    assert check.problems([SMALL]) == []
    assert check.problems([MONEY]) == []


@pytest.mark.parametrize(("machine", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_machine_is_told(machine: Machine, sentence: str) -> None:
    assert sentence in check.problems([machine])


def test_no_property_goes_unbroken() -> None:
    """Every sentence that `check` can say is said to one of the broken machines above."""
    said = [sentence for machine, _ in BROKEN.values() for sentence in check.problems([machine])]
    silent = []
    for node in ast.walk(ast.parse(inspect.getsource(check))):
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".*" for v in node.values]
            if not any(re.search("".join(parts), sentence) for sentence in said):
                silent.append(ast.unparse(node))
    assert not silent, f"break a machine so that these are said: {silent}"
