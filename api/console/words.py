"""Words for what the machines name by an id: roles, triggers, states' marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date
from jinja2 import pass_context
from jinja2.runtime import Context

from models.region.rules import called
from models.register.codes import code_list, variables
from models.usulan.workbook_columns import columns
from models.usulan.workbook_identity import FAMILY_SHEET, FLAT_SHEET, MEMBER_SHEET
from notifications.contexts import role_name
from notifications.declared import declared
from state_machines import MACHINES
from state_machines.facts import BY_ID as FACTS
from state_machines.reasons import BY_ID as REASONS
from state_machines.vocabulary import JENIS, ROLES


def said_role(context: Mapping[str, Any], role: str | None) -> str:
    """Return a role's name in the reader's language, as messages say it."""
    if role is None:
        return "–"
    name = said_role_within(context, role)
    return name[:1].upper() + name[1:]


def said_role_within(context: Mapping[str, Any], role: str) -> str:
    """Return a role's name as it stands inside a sentence: "kepala desa", but "KPA"."""
    return role_name(role, "en" if context.get("language") == "en" else "id")


_MENUS = {
    "approvals": ("menu Persetujuan", "the page Approvals"),
    "audit": ("menu Jejak", "the page Trail"),
    "auth": ("menu Wilayah kerja", "the page Workplaces"),
    "accounts": ("menu Pengguna", "the page People"),
    "batches": ("halaman kelompoknya", "the page of the batch"),
    "delegations": ("menu Delegasi", "the page Delegations"),
    "notices": ("menu Pemberitahuan", "the page Notices"),
    "proposals": ("halaman Usulan baru", "the page New proposal"),
    "objections": ("menu Sanggah", "the page Objections"),
    "regions": ("menu Wilayah", "the page Regions"),
    "calendar": ("menu Wilayah", "the page Regions"),
    "cases": ("halaman kasusnya", "the page of the case"),
    "cycles": ("menu Siklus", "the page Cycles"),
    "facts": ("halaman kasusnya", "the page of the case"),
    "handovers": ("menu Serah terima", "the page Hand-overs"),
    "households": ("menu Cari", "the page Search"),
    "machines": ("menu Antrean", "the page Queue"),
    "officers": ("daftar petugas", "the list of officers"),
    "policy": ("menu Kebijakan", "the page Policy"),
    "reads": ("menu Jejak", "the page Trail"),
    "role-requests": ("menu Pengguna", "the page People"),
    "register": ("formulir keluarga", "the family's form"),
}
"""First word of an address of the API -> where the console shows the same."""
_ADDRESS = re.compile(r"/api/v1/([\w-]+)[\w/{}-]*")
_STEP = re.compile(rf"\bstep ((?:{'|'.join(machine.name for machine in MACHINES)})\.\w+)")
_JENIS = {one.id for one in JENIS}
_REASON = re.compile(rf"\b({'|'.join(one for one in REASONS if '_' in one and one not in _JENIS)})\b")
_ROLE = re.compile(rf"\b({'|'.join(role.id for role in ROLES if '_' in role.id)})\b")


def on_pages(text: str, language: str) -> str:
    """Return what an error says with pages for the API's addresses, with names for the ids of roles, steps, reasons.

    No reader of pages can open such an address.
    """
    told = _ADDRESS.sub(lambda found: _MENUS[found[1]][language == "en"] if found[1] in _MENUS else found[0], text)
    told = _REASON.sub(lambda found: declared(REASONS[found[0]].label, language), told)
    told = _STEP.sub(lambda found: f"step “{declared(in_words(found[1]), language)}”", told)
    return _ROLE.sub(lambda found: role_name(found[0], language), told)


_SHORT = frozenset({"ba", "kks", "kpm", "omspan", "pkh", "qc", "si", "sk", "sla", "sms", "sp2d", "spm", "spp", "sptjm"})
"""Words that are written in capitals."""
_FIRED = {rule.id: rule.trigger for machine in MACHINES for rule in machine.rules}
"""A rule -> what it is called by."""
_WORDED = {"email": "E-mail", "sukses_gagal": "Sukses/Gagal"}
"""Ids whose words are not theirs letter by letter."""


def in_words(name: str) -> str:
    """Return an id in Indonesian words: "usulan.minta_ground_check" is "Minta ground check", a rule is its trigger."""
    bare = _FIRED.get(name, name).rpartition(".")[2]
    words = " ".join(word.upper() if word in _SHORT else word for word in bare.split("_"))
    return _WORDED.get(bare, words[:1].upper() + words[1:])


@pass_context
def verb(context: Context, name: str) -> str:
    """Return in the reader's language what an id is called: a trigger as a button says it, a machine, phase or gate."""
    return declared(in_words(name), "en" if context.get("language") == "en" else "id")


@pass_context
def fact(context: Context, kind: str) -> str:
    """Return what a kind of evidence is called; one that is not declared here by its id, in words."""
    if kind not in FACTS:
        return kind.replace("_", " ")
    return FACTS[kind].label_en if context.get("language") == "en" else FACTS[kind].label


_FIELDS = {
    "kepala": ("Kepala keluarga", "Head of the family"),
    "jenis_kelamin": ("Jenis kelamin", "Sex"),
    "pengurus": ("Pengurus", "Payee"),
    "anggota": ("Anggota", "Members"),
    "status": ("Status anggota", "Member's status"),
    "region": ("Wilayah", "Region"),
    "latitude": ("Lintang rumah", "Latitude of the house"),
    "longitude": ("Bujur rumah", "Longitude of the house"),
}
"""Fields of a family that no list of proposals has a column for under that name."""


@cache
def _fields() -> Mapping[str, tuple[str, str]]:
    asked = {
        variable.name: (variable.label_id, variable.label_en)
        for sheet in (FAMILY_SHEET, MEMBER_SHEET)
        for variable in variables(sheet)
    }
    return asked | {column.name: column.label for column in columns(FLAT_SHEET)} | _FIELDS


@pass_context
def asked(context: Context, name: str) -> str:
    """Return what a field of a family is called in the reader's language, as its list and form say it."""
    return _fields()[name][context.get("language") == "en"] if name in _fields() else in_words(name)


@pass_context
def jenis(context: Context, kind: str) -> str:
    """Return what a kind of proposal is called; another word stands as it is, in words."""
    answers = code_list("jenis_usulan")
    if kind not in answers.codes:
        return in_words(kind)
    return answers[kind].label_en if context.get("language") == "en" else answers[kind].label_id


@pass_context
def factor(context: Context, kind: str) -> str:
    """Return what proves somebody beside his password."""
    if kind == "totp":
        return "authenticator app" if context.get("language") == "en" else "aplikasi autentikator"
    return kind[:1].upper() + kind[1:]


@pass_context
def month(context: Context, period: int) -> str:
    """Return a month such as 202701 in words, e.g. "Januari 2027"."""
    language = "en" if context.get("language") == "en" else "id"
    return format_date(date(period // 100, period % 100, 1), "MMMM y", locale=language)


def tahap(period: int) -> str:
    """Return a period of payment in words, alike in both languages: 202604 is "2026 · tahap 4"."""
    return f"{period // 100} · tahap {period % 100}"


def state_mark(case: Mapping[str, Any], late: bool = False) -> str:
    """Return the small mark beside a status: ■ final, ▲ late, ● open. The word always stands beside it."""
    return "■" if case["terminal"] else "▲" if late else "●"


@pass_context
def batch_name(context: Context, batch: Mapping[str, Any]) -> str:
    """Return what people call a batch: about what, for when and where; "Pengesahan Januari 2027, Kabupaten Bandung".

    `batch`: kind (of a gate `batch_kind`), region, region_name, programme, period and the stored title, which names
    what no such parts do: the file of a village's list, or a batch of another kind.
    """
    kind, title = batch.get("batch_kind") or batch["kind"], str(batch.get("batch_title") or batch.get("title") or "")
    where = called(batch["region"] or 0, batch["region_name"])
    english = context.get("language") == "en"
    if kind == "usulan":
        file = title.partition(": ")[2]
        return f"{'Proposals' if english else 'Usulan'} {where}" + (f" · {file}" if file else "")
    about = {
        "pengesahan": lambda: f"{verb(context, kind)} {month(context, batch['period'])}",
        "penetapan": lambda: f"{verb(context, kind)} {month(context, batch['period'])}",
        "tahap": lambda: f"{batch['programme']} {tahap(batch['period'])}",
        "siklus_kab": lambda: f"{'Verval cycle' if english else 'Siklus verval'} {month(context, batch['period'])}",
    }
    if kind not in about or batch["period"] is None:
        return title
    return f"{about[kind]()}, {where}" if batch["region"] else about[kind]()


_UNITS = {"wd": ("hari kerja", "working days"), "d": ("hari", "days"), "min": ("menit", "minutes")}
_CALENDAR = {
    "hari_11": ("sampai hari 11 bulan layanan", "until day 11 of the month of service"),
    "hari_14": ("sampai hari 14 bulan layanan", "until day 14 of the month of service"),
    "hari_17": ("sampai hari 17 bulan layanan", "until day 17 of the month of service"),
    "hari_18": ("sampai tarikan data hari 18", "until the data are pulled on day 18"),
    "versi_dtsen": ("sampai versi DTSEN berikut", "until the next DTSEN version"),
    "dua_versi": ("dua versi DTSEN", "two DTSEN versions"),
    "tanggal_siklus": ("sampai tanggal siklus", "until the dates of the cycle"),
}


@pass_context
def duration(context: Context, told: str) -> str:
    """Return a time of policy in words: "3 wd" is "3 hari kerja", "hari_17" a day of the month."""
    english = context.get("language") == "en"
    if told in _CALENDAR:
        return _CALENDAR[told][english]
    count, _, unit = told.partition(" ")
    return f"{count} {_UNITS[unit][english]}" if unit in _UNITS else told
