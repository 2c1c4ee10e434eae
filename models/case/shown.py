"""What of a case's evidence a role is shown: one rule for the case, its documents and the log. Pure functions."""

from __future__ import annotations

from functools import cache

from state_machines import MACHINES
from state_machines.facts import FACT_KINDS, satisfies, writers

_WITHOUT_CASES = {"admin_pusat", "admin_provinsi", "admin_kab", "bank", "pos", "kppn"}
"""Roles that see who moved what and on which kinds of evidence, and of its content only what is their own business:
administrators hold no case, and payers may not read what was found out about a family, or what it told of itself."""


@cache
def _own(role: str) -> frozenset[str]:
    """Return the kinds that a role writes, and those with which a case is handed to it."""
    handed = {
        need
        for machine in MACHINES
        for rule in machine.rules
        if machine.state[rule.target].holder == role
        for need in rule.needs
    }
    return frozenset(kind.id for kind in FACT_KINDS if role in writers(kind, MACHINES) or satisfies(kind) & handed)


def shows(role: str, kind: str) -> bool:
    """Return whether a role is shown the content of a kind of evidence, its documents among it."""
    return role not in _WITHOUT_CASES or kind in _own(role)


def shows_note(role: str, writer: str) -> bool:
    """Return whether a role is shown the free text that somebody, in the role of `writer`, wrote beside a decision."""
    return role not in _WITHOUT_CASES or role == writer
