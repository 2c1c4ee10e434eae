"""Objections in plain words, and what each kind asks for. Pure functions. Source: domain section 1.6."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from state_machines import BY_NAME, Rule
from state_machines.documents import DOCUMENTS
from state_machines.vocabulary import JENIS_SANGGAH

AGAINST_ANOTHER = "SANGGAH_PIHAK_LAIN"
FORM = "formulir_pengaju"
"""What an officer brings beside: the form that the family signed."""

_ENTRIES = {jenis: f"S{code - 20:02d}" for code, jenis in JENIS_SANGGAH}

PLAIN: dict[str, tuple[str, str]] = {
    "diterima_sistem": (
        "Sanggah diterima; sistem memeriksa syaratnya. Unggah bukti sebelum batasnya lewat.",
        "Received; the system checks whether it is admissible. Upload the evidence before the time is over.",
    ),
    "penugasan": (
        "Dinas Sosial menunjuk petugas yang tidak terkait, atau menilai dokumennya.",
        "The Dinas Sosial names an officer who is not concerned, or judges the documents.",
    ),
    "verif_lapangan": (
        "Petugas memeriksa di lapangan; keluarga boleh menjawab sementara itu.",
        "An officer checks on the spot; the family may answer meanwhile.",
    ),
    "tanggapan_penyalur": ("Bank atau Pos diminta menjelaskan.", "The bank or Pos is asked to explain."),
    "eskalasi": (
        "Pemeriksaan lewat waktu; verifikator kabupaten/kota harus menjawab.",
        "The check is late; the kabupaten's verifikator must answer.",
    ),
    "menunggu_putusan": ("Menunggu putusan Kepala Dinas Sosial.", "Waiting for the decision of the head of Dinsos."),
    "dikabulkan": (
        "Dikabulkan, dan dampaknya sudah berjalan. Pihak yang rugi boleh banding sekali.",
        "Granted, and in effect. Whoever lost may appeal once.",
    ),
    "ditolak": ("Ditolak. Pengaju boleh banding sekali.", "Refused. The objector may appeal once."),
    "banding": ("Banding ditelaah Dinas Sosial provinsi.", "The province's Dinas Sosial judges the appeal."),
    "ditolak_syarat": ("Tidak memenuhi syarat; lihat alasannya.", "Not admissible; see the reason."),
    "gugur": ("Gugur karena tidak terperiksa pada waktunya.", "Lapsed: it was not checked in time."),
    "dicabut": ("Dicabut oleh pengaju.", "Taken back by the objector."),
    "selesai_dikabulkan": ("Dikabulkan; putusan tetap.", "Granted; the decision is final."),
    "selesai_ditolak": ("Ditolak; putusan tetap.", "Refused; the decision is final."),
    "banding_diterima": ("Banding diterima; putusan pertama dibalik.", "Appeal won; the first decision is reversed."),
    "banding_ditolak": ("Banding ditolak; putusan pertama tetap.", "Appeal lost; the first decision stands."),
}
"""State -> what it means for those concerned, in both languages."""


def entry(jenis: str) -> Rule:
    """Return the row by which objections of a kind are brought."""
    return BY_NAME["sanggah"].rule[_ENTRIES[jenis]]


def kinds_of(role: str) -> tuple[str, ...]:
    """Return the kinds of objection that a role may bring."""
    return tuple(jenis for jenis in _ENTRIES if role in entry(jenis).by)


def trigger(jenis: str) -> str:
    """Return "machine.trigger" of that row."""
    return f"sanggah.{entry(jenis).trigger}"


def evidence(
    jenis: str,
    *,
    statement: str | None,
    amount_rp: int | None,
    reported: str | None,
    origin: int | None,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what was told as evidence: the words, the amount and the case contested beside what came as evidence."""
    told = dict(more)
    reasons = {"teks": statement, "terlapor": reported}
    if said := {name: value for name, value in reasons.items() if value is not None}:
        told["alasan"] = said
    if amount_rp is not None and "bukti_saldo" in entry(jenis).needs:
        told["bukti_saldo"] = {"rupiah": amount_rp}
    if origin is not None and "kasus_asal" in entry(jenis).needs:
        told["kasus_asal"] = {"kasus": origin}
    return told


def lacking(jenis: str, given: Collection[str], *, officer: bool) -> tuple[str, ...]:
    """Return the kinds of evidence that an objection still lacks to be brought."""
    return tuple(need for need in (*entry(jenis).needs, *((FORM,) if officer else ())) if need not in given)


def papers(jenis: str, *, officer: bool) -> dict[str, int]:
    """Return the kinds whose files must follow -> how many: without them it is not admissible."""
    return {need: DOCUMENTS[need] for need in (*entry(jenis).needs, *((FORM,) if officer else ())) if need in DOCUMENTS}
