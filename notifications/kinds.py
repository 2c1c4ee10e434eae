"""Every message: what its templates say, made from a notice's data, and an example of that data.

A new message is a folder under `messages/` and an entry here; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notifications import account, aid, contexts
from notifications.contexts import SETTINGS, Data
from notifications.render import Rendered, render


@dataclass(frozen=True, slots=True)
class Kind:
    """One message: the function that makes its context, and an example of the data it is made from."""

    context: Callable[[Data, str], dict[str, Any]]
    example: Data


def _example(state: str, label: str, meaning: str, **more: Any) -> dict[str, Any]:
    return {
        "numbers": ["USL-2026-0041873"],
        "count": 1,
        "region": 3204052001,
        "region_name": "Sadu",
        "state": state,
        "label": label,
        "meaning": meaning,
        "holder": None,
        "due": None,
        "reason": None,
        "reason_label": None,
        "link": "/kasus/41873",
        **more,
    }


_STUCK = {
    "count": 12,
    "soon": 2,
    "due": 7,
    "late": 3,
    "worst": [
        {
            "number": "USL-2026-0041873",
            "region_name": "Sadu",
            "label": "VERIFIKASI DINSOS",
            "reason": "Lewat waktu; pemegangnya dapat bertindak",
            "reason_en": "Late; its holder can act",
            "due": "2026-04-23",
        }
    ],
    "link": "/macet?wilayah=3204",
}

_OBJECTION = {
    "numbers": ["SGH-2026-0041874"],
    "count": 1,
    "region": 3204052001,
    "region_name": "Sadu",
    "state": "penugasan",
    "label": "PENUGASAN",
    "reason": None,
    "reason_label": None,
    "until": None,
    "may_appeal": False,
    "link": "/kasus/41874",
}
_VISITS = {
    "count": 38,
    "packages": 1,
    "villages": 2,
    "region_name": "Sadu",
    "first_day": "2027-02-03",
    "until": "2027-04-30",
    "link": "/antrean?mesin=kunjungan",
}
_VILLAGES = {
    "count": 2,
    "regions": ["Sadu", "Soreang"],
    "families": None,
    "due": "2027-03-15",
    "link": "/antrean?mesin=siklus_desa&status=musdes",
}

_MEMBERSHIP = {
    "numbers": ["KPS-2026-0041875"],
    "count": 1,
    "region": 3204052001,
    "region_name": "Sadu",
    "programme": "PKH",
    "period": None,
    "state": "ditangguhkan",
    "label": "EXCLUDE",
    "reason": "EX_PEKERJAAN",
    "reason_label": "EXCLUDE PEKERJAAN",
    "source": "BKN (ASN/TNI/POLRI), Dukcapil",
    "member": 3,
    "until": None,
    "link": "/kasus/41875",
}
_PAYMENT = _MEMBERSHIP | {"numbers": ["SLR-2026-0041876"], "period": 202601, "state": "exclude", "link": "/kasus/41876"}
_ENDED = {"reason": "DESIL_NAIK", "reason_label": "Desil di atas batas program", "source": "BPS", "member": None}

KINDS: dict[str, Kind] = {
    "akun": Kind(account.happened, {"what": "masuk_baru"}),
    "kode_masuk": Kind(account.code, {"code": "123456", "minutes": 5}),
    "anomali": Kind(
        contexts.fate,
        _example(
            "tidak_padan",
            "TIDAK PADAN",
            "Ada data penentu yang berbeda dengan Dukcapil; perbaiki dulu.",
            holder="operator_desa",
            due="2026-05-20",
            reason="NAMA_BEDA",
            reason_label="Nama berbeda dengan Dukcapil",
        ),
    ),
    "dikembalikan": Kind(
        contexts.fate,
        _example(
            "dikembalikan",
            "DIKEMBALIKAN",
            "Usulan dikembalikan ke pengusul untuk diperbaiki.",
            holder="operator_desa",
            due="2026-05-04",
            reason="BERKAS_KURANG",
            reason_label="Berkas belum lengkap",
        ),
    ),
    "dugaan_ganda": Kind(
        contexts.doubled,
        _example(
            "dugaan_ganda",
            "DUGAAN GANDA",
            "Orang atau keluarga ini diduga tercatat dua kali; perlu ditelaah.",
            holder="verifikator_kab",
            due="2026-05-04",
            reason="GANDA",
            reason_label="Tercatat lebih dari sekali (12)",
        ),
    ),
    "ditolak": Kind(
        contexts.refused,
        _example(
            "ditolak_dinsos",
            "DITOLAK DINSOS",
            "Dinas Sosial menyimpulkan tidak layak.",
            reason="MAMPU",
            reason_label="Dinilai mampu",
        ),
    ),
    "kedaluwarsa": Kind(
        contexts.plain,
        _example("kedaluwarsa", "KEDALUWARSA", "Batas waktu habis; buat usulan baru yang menyambung."),
    ),
    "menunggu_jendela": Kind(
        contexts.waiting,
        _example(
            "menunggu",
            "MENUNGGU JENDELA",
            "Jendela tutup atau kuota usulan penuh; dikirim otomatis saat terbuka.",
            numbers=["USL-2026-0041873", "USL-2026-0041874", "USL-2026-0041875"],
            count=12,
            reason="JENDELA_TUTUP",
            opening={"opens_at": "2026-11-30T17:00:00+00:00", "open_now": False},
            link="/antrean?mesin=usulan&status=menunggu&wilayah=3204052001",
        ),
    ),
    "ditetapkan": Kind(
        contexts.plain,
        _example("ditetapkan", "DITETAPKAN (DTSEN AKTIF)", "Keluarga terdaftar; kepesertaan program dinilai terpisah."),
    ),
    "diterapkan": Kind(
        contexts.plain,
        _example("diterapkan", "DITERAPKAN", "Perubahan sudah diterapkan ke registrasi atau kepesertaan."),
    ),
    "langkah": Kind(
        contexts.step,
        _example(
            "verif_dinsos",
            "VERIFIKASI DINSOS",
            "Verifikator kabupaten/kota memeriksa kelengkapan dan kelayakan.",
            holder="verifikator_kab",
            due="2026-04-23",
        ),
    ),
    "pindah_masuk": Kind(
        contexts.arriving,
        _example(
            "menunggu_terima",
            "MENUNGGU DITERIMA DESA TUJUAN",
            "Keluarga pindah; desa tujuan memastikan menerima.",
            holder="operator_desa",
            due="2026-05-04",
        ),
    ),
    "mingguan": Kind(
        contexts.weekly,
        {
            "region": 3204052001,
            "region_name": "Sadu",
            "since": "2026-04-13",
            "until": "2026-04-19",
            "steps": [
                {"state": "padan", "label": "PADAN", "count": 14},
                {"state": "dikembalikan", "label": "DIKEMBALIKAN", "count": 2},
            ],
            "waiting": [{"number": "USL-2026-0041873", "label": "DIKEMBALIKAN"}],
            "count": 2,
            "link": "/antrean?mesin=usulan&urut=lama&wilayah=3204052001",
        },
    ),
    "ringkasan": Kind(
        contexts.digest, {"count": 4, "subjects": ["Usulan USL-2026-0041873: PADAN", "3 usulan: DIAJUKAN"]}
    ),
    "macet_ringkasan": Kind(contexts.desk, _STUCK),
    "macet_segera": Kind(contexts.stuck, _STUCK),
    "macet_jenjang": Kind(contexts.stuck, _STUCK),
    "sanggah_jawab": Kind(contexts.heard, _OBJECTION | {"until": "2026-11-27"}),
    "sanggah_langkah": Kind(contexts.objection_step, _OBJECTION),
    "sanggah_putusan": Kind(
        contexts.decided,
        _OBJECTION
        | {"state": "ditolak", "label": "DITOLAK", "reason": "TIDAK_TERBUKTI", "reason_label": "Tidak terbukti"}
        | {"until": "2026-12-18", "may_appeal": True},
    ),
    "serah_terima": Kind(account.handed_over, {"what": "ditawarkan", "handover": 41, "count": 12}),
    "siklus_tugas": Kind(contexts.visits, _VISITS),
    "siklus_ulang": Kind(contexts.visits_again, _VISITS | {"count": 3, "first_day": None}),
    "siklus_musdes": Kind(contexts.villages, _VILLAGES),
    "siklus_sampel": Kind(contexts.sample, _VILLAGES | {"families": 14}),
    "siklus_terlambat": Kind(contexts.villages, _VILLAGES),
    "peserta_ditolak": Kind(aid.found, _MEMBERSHIP | {"state": "tidak_memenuhi", "label": "TIDAK MEMENUHI SYARAT"}),
    "peserta_tunggu": Kind(
        aid.told,
        _MEMBERSHIP
        | {"state": "daftar_tunggu", "label": "DAFTAR TUNGGU", "reason": "KUOTA_PENUH", "reason_label": "Kuota penuh"}
        | {"source": "sistem", "member": None},
    ),
    "peserta_ditahan": Kind(aid.held, _MEMBERSHIP | {"until": "2026-12-06"}),
    "peserta_pulih": Kind(
        aid.restored, _MEMBERSHIP | {"state": "calon_penerima", "reason": None, "reason_label": None}
    ),
    "peserta_keluar": Kind(
        aid.ended, _MEMBERSHIP | _ENDED | {"state": "keluar", "label": "KELUAR PROGRAM", "until": "2026-12-22"}
    ),
    "bayar_ditahan": Kind(aid.found, _PAYMENT),
    "bayar_keluar": Kind(aid.told, _PAYMENT | _ENDED | {"state": "keluar", "label": "KELUAR"}),
    "bayar_pulih": Kind(aid.restored, _PAYMENT | {"state": "calon", "reason": None, "reason_label": None}),
    "pantau_mati": Kind(contexts.silent, {"jam": 5}),
    "saluran_putus": Kind(contexts.cut, {"channel": "telegram"}),
}


def compose(kind: str, data: Data, language: str, *, base_url: str = "") -> Rendered:
    """Return the message for a notice; its links begin with `base_url`, or are paths when it is empty.

    Raises:
        KeyError: there is no such message, or the data lack something it says.
    """
    context = KINDS[kind].context(data, language)
    links = {"tautan": base_url + context["tautan"], "pengaturan": base_url + SETTINGS, "bahasa": language}
    return render(kind, language, context | links)
