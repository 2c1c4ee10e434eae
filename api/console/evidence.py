"""Evidence as fields of a form: which field a kind of fact gets, and what it becomes when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from state_machines.facts import BY_ID as FACTS
from state_machines.facts import Asks

_PREFIX = "bukti."
_IDENTITY = ".identitas"
"""Ends the name of the tick beside what was changed: whether identity is among it."""
_NOTE = "catatan"


def fields(kinds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the fields that ask for kinds of fact: `name`, `label`, `label_en`, `widget`, `documents`.

    The note has a field of its own, and what the door works out itself is asked of nobody.
    """
    return [
        {
            "name": _PREFIX + kind["kind"],
            "kind": kind["kind"],
            "label": kind["label"],
            "label_en": kind["label_en"],
            "widget": FACTS[kind["kind"]].asks,
            "documents": kind["documents"],
        }
        for kind in kinds
        if not kind["derived"] and kind["kind"] != _NOTE
    ]


def _value(asks: Asks, typed: str, *, identity: bool) -> dict[str, Any]:
    match asks:
        case "rupiah":
            digits = typed.removeprefix("Rp").replace(".", "").strip()
            return {"rupiah": int(digits) if digits.isdigit() else typed}
        case "petugas":
            return {"pengguna": typed}
        case "tanggal":
            return {"tanggal": typed}
        case "periode":
            return {"periode": int(typed) if typed.isdigit() else typed}
        case "beda":
            return {"identitas": identity, "isi": typed}
        case "nomor" | "daftar":
            return {"nomor": typed}


def asked_of(form: FormData) -> dict[str, Any]:
    """Return the evidence of a sent form: kind -> value; fields left empty are left out."""
    told = {}
    for name, typed in form.multi_items():
        kind = FACTS.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
        if kind and isinstance(typed, str) and typed.strip():
            told[kind.id] = _value(kind.asks, typed.strip(), identity=bool(form.get(name + _IDENTITY)))
    return told
