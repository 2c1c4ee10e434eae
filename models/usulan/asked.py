"""What a proposal about a family on record asks for, in words: whoever verifies and applies it reads who and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_NAMED = "variabel"
_PAPERS = ("dokumen_jenis", "skpwni_atau_kk_baru")
_MEMBERS = {"MENINGGAL": ("Yang meninggal", "Who died")}
_ANY_MEMBERS = ("Anggota", "Member")
_PAYEE = ("Penerima bantuan yang baru", "New payee")
_DIED_ON = "tanggal_meninggal"


def asked_for(
    kind: str, facts: Sequence[Mapping[str, Any]], family: Mapping[str, Any] | None, sent_at: datetime | None
) -> list[dict[str, Any]]:
    """Return what a change names: label, label_en and answer, or `household` of a new card.

    It is what will be applied (`proposed` in `models/case/sql/kinds.sql`): the last word before the proposal was sent.
    What its proposer writes afterwards changes nothing, and is not shown as if it did.

    Args:
        kind: the kind of proposal (`jenis`).
        facts: what is known of the case, newest first, with kind, value and at.
        family: the family with its members; None where there is none.
        sent_at: when the proposal last came to the office above; None while its proposer has it.
    """
    values: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        if sent_at is not None and fact["at"] > sent_at:
            continue
        if isinstance(fact["value"], Mapping) and (fact["kind"] != _NAMED or "perubahan" in fact["value"]):
            values.setdefault(fact["kind"], fact["value"])
    told = values.get(_NAMED)
    if told is None:
        return []
    wanted, names = told["perubahan"], {member["id"]: member["nama"] for member in (family or {}).get("members", ())}
    rows: list[dict[str, Any]] = []
    for key, (label, label_en) in {"anggota": _MEMBERS.get(kind, _ANY_MEMBERS), "pengurus": _PAYEE}.items():
        named = wanted.get(key)
        persons = [names[one] for one in (named if isinstance(named, list) else [named]) if one in names]
        if persons:
            rows.append({"label": label, "label_en": label_en, "answer": ", ".join(persons)})
    if told.get(_DIED_ON):
        rows.append({"label": "Meninggal pada", "label_en": "Died on", "day": told[_DIED_ON]})
    if wanted.get("keluarga_baru"):
        rows.append({"label": "Keluarga baru", "label_en": "New family", "household": wanted["keluarga_baru"]})
    paper = next((values[kind]["nomor"] for kind in _PAPERS if kind in values and values[kind].get("nomor")), None)
    if paper:
        rows.append({"label": "Nomor surat", "label_en": "Number of the paper", "answer": str(paper)})
    return rows
