"""What each message's templates are given, made from a notice's data in a language. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.calendar.rules import moment_words, zone_of
from models.sanggah.rules import PLAIN
from notifications.declared import declared

Data = Mapping[str, Any]

SETTINGS = "/akun#kabar"
"""Where one chooses channels, hours and digests."""
INBOX = "/pemberitahuan"

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
    "direktorat": ("direktorat program", "programme directorate"),
    "kpa": ("KPA", "KPA"),
    "ppk": ("PPK", "PPK"),
    "ppspm": ("PPSPM", "PPSPM"),
    "bank": ("bank penyalur", "paying bank"),
    "pos": ("Pos Indonesia", "Pos Indonesia"),
    "kppn": ("KPPN", "KPPN"),
    "auditor": ("auditor", "auditor"),
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


def _reason(data: Data, language: str) -> str | None:
    return declared(data["reason_label"], language) if data["reason_label"] else None


def fate(data: Data, language: str) -> dict[str, Any]:
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
        "alasan": _reason(data, language),
        "tenggat": day(data["due"], language),
        "tautan": data["link"],
    }


def refused(data: Data, language: str) -> dict[str, Any]:
    """The same where a proposal ends: with the state's own name and meaning, and no deadline."""
    told = fate(data, language) | {"label": data["label"], "makna": declared(data["meaning"], language)}
    del told["tenggat"]
    return told


def plain(data: Data, language: str) -> dict[str, Any]:
    """The same where nothing is asked of anybody."""
    told = fate(data, language)
    return {name: told[name] for name in ("pokok", "daftar", "desa", "tautan")}


def doubled(data: Data, language: str) -> dict[str, Any]:
    """The same where somebody else looks into it."""
    told = fate(data, language)
    del told["alasan"]
    return told


def step(data: Data, language: str) -> dict[str, Any]:
    """The same on the way: with whose turn it is."""
    holder = role_name(data["holder"], language) if data["holder"] else ""
    if holder and data.get("away"):
        holder += " of the new village" if language == "en" else " tujuan"
    return fate(data, language) | {
        "label": data["label"],
        "makna": declared(data["meaning"], language),
        "pemegang": holder,
    }


def arriving(data: Data, language: str) -> dict[str, Any]:
    """Families that move in and wait to be accepted: which, from where, until when."""
    return doubled(data, language)


def weekly(data: Data, language: str) -> dict[str, Any]:
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


def digest(data: Data, _: str) -> dict[str, Any]:
    """A day's notices: the subject of each, and how many more there are."""
    return {
        "jumlah": data["count"],
        "isi": data["subjects"],
        "lebih": data["count"] - len(data["subjects"]),
        "tautan": INBOX,
    }


def cut(data: Data, _: str) -> dict[str, Any]:
    """A channel that turned a person away."""
    return {"saluran": _CHANNELS[data["channel"]], "tautan": SETTINGS}


def stuck(data: Data, language: str) -> dict[str, Any]:
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


def desk(data: Data, language: str) -> dict[str, Any]:
    """The same for a whole desk, with how near or far past their time its cases are."""
    counts = {"segera": data["soon"], "jatuh_tempo": data["due"], "terlambat": data["late"]}
    return stuck(data, language) | counts


def silent(data: Data, _: str) -> dict[str, Any]:
    """The watch itself has not come to its end for some hours."""
    return {"jam": data["jam"], "tautan": "/macet"}


def waiting(data: Data, language: str) -> dict[str, Any]:
    """Proposals that wait for a window: whether a full quota holds them, and when the next window opens there."""
    opening: Data = data["opening"] or {}
    opens = ""
    if opening.get("opens_at"):
        zone = zone_of(int(data["region"]))
        opens = moment_words(datetime.fromisoformat(opening["opens_at"]), zone)[language == "en"]
    return plain(data, language) | {"buka": opens, "penuh": data["reason"] == "KUOTA_PENUH"}


def _objection(data: Data, language: str) -> dict[str, Any]:
    """Objections of one village: which and where."""
    english = language == "en"
    numbers: Sequence[str] = data["numbers"]
    count = int(data["count"])
    more = f" {'and' if english else 'dan'} {count - len(numbers)} {'more' if english else 'lagi'}"
    one = f"{'Objection' if english else 'Sanggah'} {numbers[0]}"
    return {
        "pokok": one if count == 1 else f"{count} {'objections' if english else 'sanggah'}",
        "daftar": "" if count == 1 else ", ".join(numbers) + (more if count > len(numbers) else ""),
        "desa": data["region_name"],
        "tautan": data["link"],
    }


def heard(data: Data, language: str) -> dict[str, Any]:
    """An objection runs against a family, which may answer until a day. Who objects is not said."""
    return _objection(data, language) | {"sampai": day(data["until"], language)}


def objection_step(data: Data, language: str) -> dict[str, Any]:
    """A step of an objection: where it stands now, what that means, why."""
    plain_words = PLAIN[data["state"]][language == "en"]
    return _objection(data, language) | {
        "label": data["label"],
        "makna": plain_words,
        "alasan": _reason(data, language),
    }


def decided(data: Data, language: str) -> dict[str, Any]:
    """A decision on an objection: how, why, whether its reader may appeal, until when anybody may."""
    told = objection_step(data, language)
    del told["makna"]
    return told | {"banding": data["may_appeal"], "sampai": day(data["until"], language)}


def visits(data: Data, language: str) -> dict[str, Any]:
    """Visits of one officer in a cycle: how many, in how many packages, where, from and until when."""
    more = data["villages"] - 1
    return {
        "jumlah": data["count"],
        "paket": data["packages"],
        "desa": data["region_name"],
        "desa_lain": more,
        "mulai": day(data["first_day"], language),
        "sampai": day(data["until"], language),
        "tautan": data["link"],
    }


def visits_again(data: Data, language: str) -> dict[str, Any]:
    """Visits of one officer that have to be made again."""
    told = visits(data, language)
    return {name: told[name] for name in ("jumlah", "desa", "desa_lain", "sampai", "tautan")}


def villages(data: Data, language: str) -> dict[str, Any]:
    """Villages of a cycle whose turn it is somebody's: which, how many, until when."""
    names: Sequence[str] = data["regions"]
    more = data["count"] - len(names)
    rest = f" {'and' if language == 'en' else 'dan'} {more} {'more' if language == 'en' else 'lagi'}"
    return {
        "jumlah": data["count"],
        "desa": names[0],
        "daftar": ", ".join(names) + (rest if more else "") if data["count"] > 1 else "",
        "tenggat": day(data["due"], language),
        "tautan": data["link"],
    }


def sample(data: Data, language: str) -> dict[str, Any]:
    """The same where families are checked again: how many."""
    return villages(data, language) | {"keluarga": data["families"]}
