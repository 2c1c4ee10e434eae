"""The gates: which role decides what, and which triggers its decision fires.

The first trigger is what approval fires; the second what refusing the whole list fires, where the machine has such a
row; every trigger listed may be named by the decider for single cases. How many different persons, and until when, is
policy (`persetujuan.<gate>`).
"""

from collections.abc import Collection
from dataclasses import dataclass

from state_machines import BY_NAME
from state_machines.facts import BY_ID as FACTS


@dataclass(frozen=True, slots=True)
class Gate:
    """One kind of human decision that a flow waits for."""

    id: str
    role: str
    triggers: tuple[str, ...]
    title: str
    brought: tuple[str, ...] = ()
    """Kinds of evidence that the gate's flow brings when it carries the decision out; nobody is asked for them."""


# fmt: off
# ruff: noqa: E501 -- one gate per line
GATES: dict[str, Gate] = {
    gate.id: gate
    for gate in (
        Gate("musdes", "kades", ("usulan.sepakati", "usulan.tidak_sepakat", "usulan.tunda_musdes"), "Berita acara musyawarah"),
        Gate("pengesahan", "kepala_dinas", ("usulan.sahkan", "usulan.kembalikan_pengesahan"), "Pengesahan kabupaten/kota"),
        Gate("qc_pusat", "pusdatin", ("usulan.qc_lolos", "usulan.qc_gagal", "usulan.tolak_pusat"), "Penjaminan mutu pusat", ("id_versi",)),
        Gate("keputusan_pusat", "pusdatin", ("usulan.terapkan_pusat", "usulan.tolak_pusat", "usulan.qc_gagal"), "Keputusan pusat"),
        Gate("penetapan", "menteri", ("usulan.tetapkan", "usulan.kembalikan_versi"), "SK Menteri"),
        Gate("sk_program", "direktorat", ("kepesertaan.terbitkan_sk", "kepesertaan.tolak_daftar"), "SK program"),
        Gate("sk_tahap", "direktorat", ("kepesertaan.kukuhkan",), "SK tahap", ("periode",)),
        Gate("closing", "kpa", ("penyaluran.final_closing",), "Final closing"),
        Gate("closing_susulan", "kpa", ("penyaluran.closing_susulan",), "Closing susulan"),
        Gate("spp", "ppk", ("penyaluran.terbitkan_spp",), "SPP"),
        Gate("spm", "ppspm", ("penyaluran.terbitkan_spm",), "SPM"),
        Gate("si", "ppk", ("penyaluran.perintah_pindah_buku",), "Perintah pemindahbukuan"),
        Gate("serah_pos", "ppk", ("penyaluran.serahkan_pos",), "Penyerahan daftar bayar ke Pos", ("id_danom",)),
        Gate("ralat", "ppk", ("penyaluran.ajukan_ralat", "penyaluran.perintah_setor"), "Ralat rekening setelah retur"),
        Gate("siklus_jadwal", "pusdatin", ("siklus.jadwalkan", "siklus.buka_siklus"), "Jadwal siklus verval"),
        Gate("siklus_buka", "pusdatin", ("siklus.buka_siklus", "siklus.batalkan_siklus"), "Pembukaan siklus verval"),
        Gate("siklus_sah", "kepala_dinas", ("siklus_desa.sahkan_desa", "siklus_desa.kembalikan_qc"), "Pengesahan desa siklus verval"),
        Gate("siklus_tutup", "pusdatin", ("siklus.tutup_siklus", "siklus.buka_lagi"), "Penutupan siklus verval"),
        Gate("migrasi", "pusdatin", ("usulan.migrasi", "kepesertaan.migrasi"), "Migrasi"),
    )
}
# fmt: on

_LIST = "hash_daftar"
"""The fingerprint of a gate's list: fixed with it."""
_NOTE = "catatan"


def asked(gate: str, given: Collection[str], trigger: str | None = None) -> tuple[str, ...]:
    """Return the kinds of evidence that whoever decides a gate must bring; none where the gate is not declared here.

    Args:
        gate: its name, which may carry a dotted suffix.
        given: kinds that are there already: fixed with it, or brought by whoever decided the same before.
        trigger: what the decision fires, "machine.trigger": by default what approval does.
    """
    kind = GATES.get(gate.partition(".")[0])
    if kind is None:
        return ()
    machine, _, trigger = (trigger or kind.triggers[0]).partition(".")
    known = {*given, *kind.brought, _LIST, _NOTE}
    needs = [need for rule in BY_NAME[machine].rules if rule.trigger == trigger for need in rule.needs]
    return tuple(
        need
        for need in dict.fromkeys(needs)
        if need not in known and not FACTS[need].derived and not FACTS[need].computed
    )
