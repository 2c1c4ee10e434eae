"""Evidence as fields of a form: which field a kind of fact gets, and what it becomes when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

_PREFIX = "bukti."
_AMOUNT = {"nominal", "saldo_sisa"}
_PERSON = {"petugas_ditunjuk", "petugas_lain"}
_NOTE = "catatan"


def _widget(kind: str) -> str:
    if kind in _AMOUNT:
        return "rupiah"
    if kind in _PERSON:
        return "petugas"
    if kind == "tanggal" or kind.startswith("tanggal_"):
        return "tanggal"
    if kind == "periode":
        return "periode"
    return "nomor"


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
            "widget": _widget(kind["kind"]),
            "documents": kind["documents"],
        }
        for kind in kinds
        if not kind["derived"] and kind["kind"] != _NOTE
    ]


def _value(kind: str, typed: str) -> dict[str, Any]:
    match _widget(kind):
        case "rupiah":
            digits = typed.removeprefix("Rp").replace(".", "").strip()
            return {"rupiah": int(digits) if digits.isdigit() else typed}
        case "petugas":
            return {"pengguna": typed}
        case "tanggal":
            return {"tanggal": typed}
        case "periode":
            return {"periode": int(typed) if typed.isdigit() else typed}
    return {"nomor": typed}


def asked_of(form: FormData) -> dict[str, Any]:
    """Return the evidence of a sent form: kind -> value; fields left empty are left out."""
    told = {}
    for name, typed in form.multi_items():
        if name.startswith(_PREFIX) and isinstance(typed, str) and typed.strip():
            kind = name.removeprefix(_PREFIX)
            told[kind] = _value(kind, typed.strip())
    return told
