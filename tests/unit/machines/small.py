"""Two small machines in which every property holds, and ways to break one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from state_machines.declare import Machine, Rule, State, end, rule, stable, state

SMALL = Machine(
    code=9,
    name="kecil",
    prefix="T",
    subject="satu hal",
    phases=("awal", "akhir"),
    states=(
        state(901, "draf", "awal", "operator_desa", "3 d", "DRAF", "Sedang diisi."),
        state(902, "diperiksa", "awal", "verifikator_kab", "2 wd", "DIPERIKSA", "Sedang diperiksa.", expire="30 d"),
        end(29001, "selesai", "akhir", "SELESAI", "Sudah beres."),
        end(29002, "ditolak", "akhir", "DITOLAK", "Tidak diterima."),
    ),
    rules=(
        rule("T01", "new -> draf", "buat", "operator_desa"),
        rule("T02", "draf -> diperiksa", "kirim", "operator_desa"),
        rule("T03", "diperiksa -> selesai", "terima", "verifikator_kab", barred="T01 T02"),
        rule("T04", "diperiksa -> ditolak", "tolak", "verifikator_kab", reasons="MAMPU", refusal=True),
        rule("T05", "diperiksa -> ditolak", "habis", "sistem", reasons="WAKTU_HABIS"),
        rule("T06", "ditolak -> diperiksa", "koreksi", "kepala_dinas", people=2, undo_of="T04", window="3 wd"),
    ),
)

MONEY = Machine(
    code=9,
    name="uang",
    prefix="D",
    subject="satu pembayaran",
    phases=("bayar",),
    states=(
        state(901, "calon", "bayar", "direktorat", "3 d", "CALON", "Menunggu.", account="pra"),
        state(902, "proses_spm", "bayar", "kppn", "3 d", "SPM", "Di KPPN.", account="open"),
        state(903, "sp2d", "bayar", "ppk", "3 d", "SP2D", "Dana keluar.", account="open"),
        stable(29001, "selesai", "bayar", "selesai", "SELESAI", "Dibayar.", account="selesai"),
        end(29002, "disetor", "bayar", "DISETOR", "Kembali.", account="disetor"),
        end(29003, "hangus", "bayar", "HANGUS", "Tidak dibayar.", account="hangus"),
    ),
    rules=(
        rule("D01", "new -> calon", "buka", "direktorat"),
        rule("D02", "calon -> proses_spm", "spm", "direktorat"),
        rule("D03", "proses_spm -> sp2d", "sp2d", "kppn"),
        rule("D04", "sp2d -> selesai", "bayar", "ppk"),
        rule("D05", "sp2d -> disetor", "setor", "ppk"),
        rule("D06", "calon proses_spm -> hangus", "hangus", "sistem", reasons="TAHAP_TUTUP AKHIR_TAHUN PAGU_HABIS"),
    ),
)


def with_state(machine: Machine, id_: str, **changes: Any) -> Machine:
    """Return the machine with one state changed."""
    return replace(machine, states=tuple(replace(s, **changes) if s.id == id_ else s for s in machine.states))


def with_rule(machine: Machine, id_: str, **changes: Any) -> Machine:
    """Return the machine with one rule changed."""
    return replace(machine, rules=tuple(replace(r, **changes) if r.id == id_ else r for r in machine.rules))


def without_rules(machine: Machine, *ids: str) -> Machine:
    """Return the machine with rules taken out."""
    return replace(machine, rules=tuple(r for r in machine.rules if r.id not in ids))


def plus(machine: Machine, *more: State | Rule) -> Machine:
    """Return the machine with states and rules added."""
    return replace(
        machine,
        states=(*machine.states, *(m for m in more if isinstance(m, State))),
        rules=(*machine.rules, *(m for m in more if isinstance(m, Rule))),
    )
