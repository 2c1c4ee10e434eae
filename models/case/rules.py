"""What of a case's evidence a role is shown: one rule for the case, its documents and the log. Pure functions."""

from __future__ import annotations

from functools import cache

from state_machines import BY_NAME, MACHINES
from state_machines.facts import FACT_KINDS, satisfies, writers

_WITHOUT_CASES = {"admin_pusat", "admin_provinsi", "admin_kab", "bank", "pos", "kppn"}
"""Roles that see who moved what and on which kinds of evidence, and of its content only what is their own business:
administrators hold no case, and payers may not read what was found out about a family, or what it told of itself."""

_COMPLAINT = {"kasus_asal", "alasan", "bukti_saldo"}
"""What a complaint about a payment says (S07, S08), which the payer answers (S15)."""

_NEEDED = {
    "bank": _COMPLAINT | {"nomor_sp2d"},
    "pos": _COMPLAINT | {"nomor_sp2d", "surat_perintah"},
    "kppn": {"nomor_spp", "berkas_bank"},
}
"""Papers of a payment that payers work with, beside those that hand a case to them."""

_FINDINGS = {"sumber_temuan", "bukti_alasan", "putusan"}
"""Evidence by which a family is judged: the reason of such a move says what was found."""


@cache
def _own(role: str) -> frozenset[str]:
    """Return the kinds that a role writes, those with which a case is handed to it, and those it works with."""
    handed = _NEEDED.get(role, set()) | {
        need
        for machine in MACHINES
        for rule in machine.rules
        if machine.state[rule.target].holder == role
        for need in rule.needs
    }
    # A note is free text, whoever writes it, and is shown as one (`sees_notes`).
    return frozenset(kind.id for kind in FACT_KINDS if role in writers(kind, MACHINES) or satisfies(kind) & handed) - {
        "catatan"
    }


def shows(role: str, kind: str) -> bool:
    """Return whether a role is shown the content of a kind of evidence, its documents among it."""
    return role not in _WITHOUT_CASES or kind in _own(role)


def sees_amount(role: str) -> bool:
    """Return whether a role is shown what a payment was closed at: a payer pays it, administrators hold no case."""
    return role not in _WITHOUT_CASES or role in _NEEDED


def sees_notes(role: str) -> bool:
    """Return whether a role is shown the free text that people wrote beside a decision."""
    return role not in _WITHOUT_CASES


def sees_comments(role: str) -> bool:
    """Return whether a role is shown what colleagues tell each other: as notes, and not by the family."""
    return sees_notes(role) and role != "warga"


def comments_on(role: str) -> bool:
    """Return whether a role writes comments: neither do auditors, who change nothing."""
    return sees_comments(role) and role != "auditor"


def refers(role: str) -> bool:
    """Return whether a role sends families to an office: that letter repeats what was found about their persons."""
    return role not in _WITHOUT_CASES


@cache
def sees_reason(role: str, machine: str, trigger: str) -> bool:
    """Return whether a role is shown the reason of a step: a payer is not told what was found about a family."""
    asked = (need for rule in BY_NAME[machine].rules if rule.trigger == trigger for need in rule.needs)
    return role not in _NEEDED or _FINDINGS.isdisjoint(asked)
