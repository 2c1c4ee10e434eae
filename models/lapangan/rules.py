"""What a field worker is asked at a house, and what his answers become: the finding, and the form as evidence. Pure.

Which visits there are follows from the machines: every rule of a pendamping that needs the form of a field check.
Sources: domain sections 1.5 (U68), 1.6 (S19), 1.7 (V02, V03, V06), 4.3 (the dwelling).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.register import variables
from models.register.codes import code_list
from models.register.codes import variables as questions
from state_machines import KUNJUNGAN, MACHINES, USULAN, Rule
from state_machines.reasons import BY_ID as REASONS

FORM = "formulir_cek"
PHOTOS = "foto_geotag_2"
RESPONDENT = "responden"
ATTEMPTS = "bukti_3_kali_datang"
OFFICER = "pendamping"
UNREACHED = "kunjungan.catat_tidak_terjangkau"

VISITS: dict[tuple[str, str], Rule] = {
    (machine.name, source): rule
    for machine in MACHINES
    for rule in machine.rules
    if OFFICER in rule.by and FORM in rule.needs
    for source in rule.sources
}
"""(machine, state) -> the rule by which a visit is reported from there."""

VISITED = {f"{machine}.{rule.trigger}" for (machine, _), rule in VISITS.items()} | {UNREACHED}
"""Triggers that a field worker fires from the forms of a visit."""

_LAYAK = "LAYAK"
_SAID = {"U68": (_LAYAK, *USULAN.rule["U28"].reasons), "S19": ("TERBUKTI", "TIDAK_TERBUKTI")}
"""Where the rule itself takes no reason the finding is a fact, in the words of whoever decides on it afterwards."""
ATTEMPTS_LEAST = 3
"""Visits, on days of their own, after which nobody need come again (V03)."""

RESPONDENTS = {
    "kepala": ("Kepala keluarga", "Head of the family"),
    "pasangan": ("Suami atau istri", "Spouse"),
    "anggota": ("Anggota keluarga lain", "Another member of the family"),
    "tetangga": ("Tetangga", "A neighbour"),
    "rt": ("Ketua RT atau perangkat desa", "Head of the RT or village official"),
}

DWELLING = ("penguasaan", "lantai", "dinding", "atap", "air_minum", "listrik", "memasak", "bab")
"""What can be seen of a dwelling, in the order in which one walks through it; each question stands by itself."""

_VILLAGE = re.compile(r"\d{10}", re.ASCII)
_NAME_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one field of a form, and what would be right, in both languages."""

    field: str
    text: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Report:
    """A visit as the door takes it: the reason, where its rule takes one, and the evidence by kind."""

    reason: str | None
    evidence: Mapping[str, Any]


def trigger_of(machine: str, rule: Rule) -> str:
    """Return a rule's trigger as the door takes it."""
    return f"{machine}.{rule.trigger}"


def findings(rule: Rule) -> list[tuple[str, str]]:
    """Return what may be found on a visit: code and label."""
    return [(code, "Layak" if code == _LAYAK else REASONS[code].label) for code in rule.reasons or _SAID[rule.id]]


def unreached() -> list[tuple[str, str]]:
    """Return why a family could not be reached at all (V03): code and label."""
    return [(code, REASONS[code].label) for code in KUNJUNGAN.rule["V03"].reasons]


def dwelling() -> list[dict[str, Any]]:
    """Return the questions about a dwelling: name, label, label_en, and choices (code, label, label_en)."""
    by_name = {variable.name: variable for variable in questions("keluarga")}
    return [
        {
            "name": name,
            "label": by_name[name].label_id,
            "label_en": by_name[name].label_en,
            "choices": [(str(code), one.label_id, one.label_en) for code, one in _answers(by_name[name].code_list)],
        }
        for name in DWELLING
    ]


def _answers(name: str | None) -> Sequence[tuple[Any, Any]]:
    return list(code_list(name or "").codes.items())


def judged(
    rule: Rule,
    typed: Mapping[str, str],
    members: Sequence[int],
    dead: Sequence[int],
    known: Mapping[str, Any],
) -> tuple[Report | None, list[Wrong]]:
    """Judge a filled form of a visit; return the report, or what is wrong with the form.

    Args:
        rule: one of `VISITS`.
        typed: the fields as they were typed: hasil, siapa, nama, tujuan, identitas, and ``rumah.`` + a question.
        members: persons of the family.
        dead: those of them who are said to have died.
        known: the family's answers, which questions may depend on.
    """
    wrong: list[Wrong] = []
    finding, who, name = (typed.get(field, "") for field in ("hasil", "siapa", "nama"))
    if finding not in dict(findings(rule)):
        wrong.append(Wrong("hasil", "Pilih apa yang ditemukan.", "Choose what was found."))
    if who not in RESPONDENTS:
        wrong.append(Wrong("siapa", "Pilih siapa yang memberi keterangan.", "Choose who answered."))
    if len(name) > _NAME_LONGEST or re.search(r"\d{6}", name):
        wrong.append(Wrong("nama", "Tulis namanya saja, tanpa nomor.", "Write the name alone, without numbers."))
    form: dict[str, Any] = {"hasil": finding}
    if rule.reasons:
        _about_finding(finding, typed, members, dead, form, wrong)
    asked = {question: typed.get(f"rumah.{question}", "") for question in DWELLING}
    given = {question: int(code) if code.isdecimal() else code for question, code in asked.items() if code}
    taken, unfit = variables.take("keluarga", given, known)
    wrong += [Wrong(f"rumah.{one.name}", one.message_id, one.message_en) for one in unfit]
    if wrong:
        return None, wrong
    if taken:
        form["rumah"] = taken
    respondent = {"siapa": who} | ({"nama": name} if name else {})
    if RESPONDENT in rule.needs:
        return Report(finding if rule.reasons else None, {FORM: form, RESPONDENT: respondent}), []
    return Report(finding if rule.reasons else None, {FORM: form | {RESPONDENT: respondent}}), []


def _about_finding(
    finding: str,
    typed: Mapping[str, str],
    members: Sequence[int],
    dead: Sequence[int],
    form: dict[str, Any],
    wrong: list[Wrong],
) -> None:
    """Take what an approved finding needs to become a change: who died, where to, whether identity is to be mended."""
    if finding == "MENINGGAL":
        form["anggota"] = sorted(set(dead) & set(members))
        if not form["anggota"]:
            wrong.append(Wrong("anggota", "Pilih siapa yang meninggal.", "Choose who died."))
    elif finding == "PINDAH" and (village := typed.get("tujuan", "").replace(".", "")):
        if _VILLAGE.fullmatch(village):
            form["tujuan"] = int(village)
        else:
            wrong.append(
                Wrong(
                    "tujuan",
                    "Tulis kode desa tujuan, sepuluh angka; kosongkan bila belum diketahui.",
                    "Write the code of the village, ten digits; leave it empty while it is not known.",
                )
            )
    elif finding == "PERBAIKAN_DATA" and typed.get("identitas"):
        form["identitas"] = True


def reported(facts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the latest visit found, for whoever concludes from it: label and answer, in both languages.

    `facts` are a case's, newest first, with `kind` and `value`; without a form of a visit the list is empty. The
    finding is in Indonesian alone: it is a reason's label, whose English the catalogue of the machines holds.
    """
    latest = {row["kind"]: row["value"] for row in reversed(facts) if isinstance(row["value"], Mapping)}
    form = latest.get(FORM, {})
    if "hasil" not in form:
        return []
    found = form["hasil"]
    label = "Layak" if found == _LAYAK else REASONS[found].label if found in REASONS else str(found)
    rows = [{"label": "Temuan", "label_en": "Finding", "answer": label}]
    respondent = form.get(RESPONDENT) or latest.get(RESPONDENT) or {}
    if (who := respondent.get("siapa")) in RESPONDENTS:
        name = f" ({respondent['nama']})" if respondent.get("nama") else ""
        told_id, told_en = (f"{words}{name}" for words in RESPONDENTS[who])
        rows.append({"label": "Keterangan dari", "label_en": "Answered by", "answer": told_id, "answer_en": told_en})
    return rows + variables.told("keluarga", form.get("rumah") or {})


def judged_attempts(typed: Sequence[str], reason: str, today: date) -> tuple[Report | None, list[Wrong]]:
    """Judge the days on which nobody was reached (V03): three different ones, none of them to come."""
    wrong: list[Wrong] = []
    days: set[date] = set()
    for text in filter(None, typed):
        try:
            days.add(date.fromisoformat(text))
        except ValueError:
            wrong.append(Wrong("tanggal", f"{text}: tanggal ini tidak ada.", f"{text}: there is no such date."))
    if not wrong and (len(days) < ATTEMPTS_LEAST or max(days) > today):
        wrong.append(
            Wrong(
                "tanggal",
                "Isi tiga tanggal yang berbeda, paling lambat hari ini.",
                "Fill in three different dates, today at the latest.",
            )
        )
    if reason not in dict(unreached()):
        wrong.append(Wrong("alasan", "Pilih alasannya.", "Choose the reason."))
    if wrong:
        return None, wrong
    return Report(reason, {ATTEMPTS: {"tanggal": [day.isoformat() for day in sorted(days)]}}), []
