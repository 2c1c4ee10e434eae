"""Every message: what its templates say, made from a notice's data, and an example of that data.

A new message is a folder under `messages/` and an entry here; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifications.render import Rendered, render

Data = Mapping[str, Any]

SETTINGS = "/api/v1/notices/preferences"
"""Where one chooses channels, hours and digests."""
INBOX = "/api/v1/notices"
EVENTS = "/api/v1/auth/events"
"""Where one sees what happened to one's account."""

_ROLES = {
    "warga": ("warga", "citizen"),
    "operator_desa": ("operator desa", "village operator"),
    "kades": ("kepala desa", "village head"),
    "operator_kecamatan": ("operator kecamatan", "kecamatan operator"),
    "pendamping": ("pendamping", "pendamping"),
    "pengisi_data_kab": ("pengisi data kabupaten", "kabupaten data entry"),
    "verifikator_kab": ("verifikator kabupaten", "kabupaten verifier"),
    "kepala_dinas": ("kepala dinas sosial", "head of Dinsos"),
    "admin_kab": ("admin kabupaten", "kabupaten administrator"),
    "dinsos_provinsi": ("Dinsos provinsi", "provincial Dinsos"),
    "admin_provinsi": ("admin provinsi", "provincial administrator"),
    "pusdatin": ("Pusdatin", "Pusdatin"),
    "bps": ("BPS", "BPS"),
    "menteri": ("Menteri Sosial", "Minister of Social Affairs"),
    "admin_pusat": ("admin pusat", "national administrator"),
    "sistem": ("sistem", "the system"),
}
_MONTHS = (
    ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_CHANNELS = {"telegram": "Telegram", "email": "E-mail", "sms": "SMS", "webhook": "Webhook", "kantor": "Kantor"}


def role_name(role: str, language: str) -> str:
    """Return what people call a role."""
    return _ROLES[role][language == "en"] if role in _ROLES else role.replace("_", " ")


def day(iso: str | None, language: str) -> str:
    """Return a date (yyyy-mm-dd) as people write it, e.g. 4 Mei 2026; nothing for None."""
    if iso is None:
        return ""
    year, month, number = (int(part) for part in iso.split("-"))
    return f"{number} {_MONTHS[language == 'en'][month - 1]} {year}"


def _fate(data: Data, language: str) -> dict[str, Any]:
    """One step of proposals of one village: which, where, why, what next, whose turn, until when."""
    english = language == "en"
    numbers: Sequence[str] = data["numbers"]
    count = int(data["count"])
    one = f"{'Proposal' if english else 'Usulan'} {numbers[0]}"
    many = f"{count} {'proposals' if english else 'usulan'}"
    more = f" {'and' if english else 'dan'} {count - len(numbers)} {'more' if english else 'lagi'}"
    return {
        "pokok": one if count == 1 else many,
        "daftar": "" if count == 1 else ", ".join(numbers) + (more if count > len(numbers) else ""),
        "desa": data["region_name"],
        "alasan": data["reason_label"],
        "tenggat": day(data["due"], language),
        "tautan": data["link"],
    }


def _refused(data: Data, language: str) -> dict[str, Any]:
    """The same where a proposal ends: with the state's own name and meaning, and no deadline."""
    told = _fate(data, language) | {"label": data["label"], "makna": data["meaning"]}
    del told["tenggat"]
    return told


def _plain(data: Data, language: str) -> dict[str, Any]:
    """The same where nothing is asked of anybody."""
    told = _fate(data, language)
    return {name: told[name] for name in ("pokok", "daftar", "desa", "tautan")}


def _doubled(data: Data, language: str) -> dict[str, Any]:
    """The same where somebody else looks into it."""
    told = _fate(data, language)
    del told["alasan"]
    return told


def _step(data: Data, language: str) -> dict[str, Any]:
    """The same on the way: with whose turn it is."""
    holder = role_name(data["holder"], language) if data["holder"] else ""
    return _fate(data, language) | {"label": data["label"], "makna": data["meaning"], "pemegang": holder}


def _weekly(data: Data, language: str) -> dict[str, Any]:
    """A village's week: counts per step, and the numbers of the proposals that wait for the village itself."""
    return {
        "desa": data["region_name"],
        "sejak": day(data["since"], language),
        "sampai": day(data["until"], language),
        "langkah": [{"label": step["label"], "jumlah": step["count"]} for step in data["steps"]],
        "bergerak": sum(step["count"] for step in data["steps"]),
        "menunggu": [{"nomor": row["number"], "label": row["label"]} for row in data["waiting"]],
        "jumlah": data["count"],
        "lebih": data["count"] - len(data["waiting"]),
        "tautan": data["link"],
    }


def _digest(data: Data, _: str) -> dict[str, Any]:
    """A day's notices: the subject of each, and how many more there are."""
    return {
        "jumlah": data["count"],
        "isi": data["subjects"],
        "lebih": data["count"] - len(data["subjects"]),
        "tautan": INBOX,
    }


def _cut(data: Data, _: str) -> dict[str, Any]:
    """A channel that turned a person away."""
    return {"saluran": _CHANNELS[data["channel"]], "tautan": SETTINGS}


def _stuck(data: Data, language: str) -> dict[str, Any]:
    """What is stuck, worst first: number, village, step, why, due; and how many more there are."""
    return {
        "jumlah": data["count"],
        "isi": [
            {
                "nomor": row["number"],
                "desa": row["region_name"],
                "label": row["label"],
                "alasan": row["reason_en" if language == "en" else "reason"],
                "tenggat": day(row["due"], language),
            }
            for row in data["worst"]
        ],
        "lebih": data["count"] - len(data["worst"]),
        "tautan": data["link"],
    }


def _desk(data: Data, language: str) -> dict[str, Any]:
    """The same for a whole desk, with how near or far past their time its cases are."""
    counts = {"segera": data["soon"], "jatuh_tempo": data["due"], "terlambat": data["late"]}
    return _stuck(data, language) | counts


def _silent(data: Data, _: str) -> dict[str, Any]:
    """The watch itself has not come to its end for some hours."""
    return {"jam": data["jam"], "tautan": "/api/v1/stuck/counts"}


_ACCOUNT = {
    "masuk_baru": ("masuk dari perangkat dan jaringan yang baru", "signed in from a new device and network"),
    "kode_gagal": (
        "kode masuk salah berkali-kali, setelah kata sandi benar",
        "sign-in codes were wrong several times, after the right password",
    ),
    "sandi_diganti": ("kata sandi diganti, semua sesi lain berakhir", "the password was changed, other sessions ended"),
    "reset_dibuat": (
        "admin membuat tautan atur ulang kata sandi",
        "an administrator made a link to reset your password",
    ),
    "faktor_berubah": ("faktor kedua atau kode pemulihan berubah", "a second factor or the recovery codes changed"),
    "token_dibuat": ("token untuk program dibuat", "a token for a program was made"),
    "peran_baru": ("peran baru dikonfirmasi", "a new role was confirmed"),
    "peran_diakhiri": ("satu peran diakhiri", "a role was ended"),
}
"""What happened to an account, as the database calls it: in Indonesian and English."""


def _account(data: Data, language: str) -> dict[str, Any]:
    """Something that happened to one's account."""
    return {"apa": _ACCOUNT[data["what"]][language == "en"], "tautan": EVENTS}


def _code(data: Data, _: str) -> dict[str, Any]:
    """A one-time code."""
    return {"kode": data["code"], "menit": data["minutes"], "tautan": EVENTS}


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
        "link": "/api/v1/cases/41873",
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
    "link": "/api/v1/stuck?region=3204",
}

KINDS: dict[str, Kind] = {
    "akun": Kind(_account, {"what": "masuk_baru"}),
    "kode_masuk": Kind(_code, {"code": "123456", "minutes": 5}),
    "anomali": Kind(
        _fate,
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
        _fate,
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
        _doubled,
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
        _refused,
        _example(
            "ditolak_dinsos",
            "DITOLAK DINSOS",
            "Dinas Sosial menyimpulkan tidak layak.",
            reason="MAMPU",
            reason_label="Dinilai mampu",
        ),
    ),
    "kedaluwarsa": Kind(
        _plain,
        _example("kedaluwarsa", "KEDALUWARSA", "Batas waktu habis; buat usulan baru yang menyambung."),
    ),
    "menunggu_jendela": Kind(
        _plain,
        _example(
            "menunggu",
            "MENUNGGU JENDELA",
            "Jendela tutup atau kuota usulan penuh; dikirim otomatis saat terbuka.",
            numbers=["USL-2026-0041873", "USL-2026-0041874", "USL-2026-0041875"],
            count=12,
            link="/api/v1/cases?machine=usulan&state=menunggu&region=3204052001",
        ),
    ),
    "ditetapkan": Kind(
        _plain,
        _example("ditetapkan", "DITETAPKAN (DTSEN AKTIF)", "Keluarga terdaftar; kepesertaan program dinilai terpisah."),
    ),
    "diterapkan": Kind(
        _plain,
        _example("diterapkan", "DITERAPKAN", "Perubahan sudah diterapkan ke registrasi atau kepesertaan."),
    ),
    "langkah": Kind(
        _step,
        _example(
            "verif_dinsos",
            "VERIFIKASI DINSOS",
            "Verifikator kabupaten/kota memeriksa kelengkapan dan kelayakan.",
            holder="verifikator_kab",
            due="2026-04-23",
        ),
    ),
    "mingguan": Kind(
        _weekly,
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
            "link": "/api/v1/cases?machine=usulan&region=3204052001",
        },
    ),
    "ringkasan": Kind(_digest, {"count": 4, "subjects": ["Usulan USL-2026-0041873: PADAN", "3 usulan: DIAJUKAN"]}),
    "macet_ringkasan": Kind(_desk, _STUCK),
    "macet_segera": Kind(_stuck, _STUCK),
    "macet_jenjang": Kind(_stuck, _STUCK),
    "pantau_mati": Kind(_silent, {"jam": 5}),
    "saluran_putus": Kind(_cut, {"channel": "telegram"}),
}


def compose(kind: str, data: Data, language: str, *, base_url: str = "") -> Rendered:
    """Return the message for a notice; its links begin with `base_url`, or are paths when it is empty.

    Raises:
        KeyError: there is no such message, or the data lack something it says.
    """
    context = KINDS[kind].context(data, language)
    links = {"tautan": base_url + context["tautan"], "pengaturan": base_url + SETTINGS, "bahasa": language}
    return render(kind, language, context | links)
