"""Words for what the machines name by an id: roles, triggers, states' marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from notifications.contexts import role_name


def said_role(context: Mapping[str, Any], role: str | None) -> str:
    """Return a role's name in the reader's language, as messages say it."""
    if role is None:
        return "–"
    name = role_name(role, "en" if context.get("language") == "en" else "id")
    return name[:1].upper() + name[1:]


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


def on_pages(text: str, language: str) -> str:
    """Return what an error says with pages in place of the API's addresses, which no reader of pages can open."""
    return _ADDRESS.sub(lambda found: _MENUS[found[1]][language == "en"] if found[1] in _MENUS else found[0], text)


def verb(trigger: str) -> str:
    """Return a trigger as a button says it: "usulan.minta_ground_check" is "Minta ground check"."""
    words = trigger.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


def state_mark(case: Mapping[str, Any], late: bool = False) -> str:
    """Return the small mark beside a status: ■ final, ▲ late, ● open. The word always stands beside it."""
    return "■" if case["terminal"] else "▲" if late else "●"


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


_PHASES = {
    "omspan": "OMSPAN",
    "spm": "SPM",
    "sukses_gagal": "Sukses/Gagal",
}


def phase_name(phase: str) -> str:
    """Return a phase as people say it."""
    return _PHASES.get(phase) or verb(phase)
