"""What a proposal about a family on record asks for, in words: whoever verifies and applies it reads who and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_NAMED = "variabel"
_PAPERS = ("dokumen_jenis", "skpwni_atau_kk_baru")
_PERSONS = {"anggota": ("Yang meninggal", "Who died"), "pengurus": ("Penerima bantuan yang baru", "New payee")}
_DIED_ON = "tanggal_meninggal"


def asked_for(facts: Sequence[Mapping[str, Any]], family: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return what the newest word about a change names: label, label_en and answer, or `household` of a new card.

    Args:
        facts: what is known of the case, newest first, with kind and value.
        family: the family with its members; None where there is none.
    """
    values: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        if isinstance(fact["value"], Mapping) and (fact["kind"] != _NAMED or "perubahan" in fact["value"]):
            values.setdefault(fact["kind"], fact["value"])
    told = values.get(_NAMED)
    if told is None:
        return []
    wanted, names = told["perubahan"], {member["id"]: member["nama"] for member in (family or {}).get("members", ())}
    rows: list[dict[str, Any]] = []
    for key, (label, label_en) in _PERSONS.items():
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
