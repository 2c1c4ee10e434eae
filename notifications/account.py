"""What messages about one's own account are given. Pure functions."""

from __future__ import annotations

from typing import Any

from notifications.contexts import Data

EVENTS = "/akun"
"""Where one sees what happened to one's account."""
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
    "delegasi_dibuat": ("delegasi peran dimulai", "a role was delegated"),
    "delegasi_diakhiri": ("delegasi peran diakhiri", "a delegation was ended"),
}
"""What happened to an account, as the database calls it: in Indonesian and English."""


def happened(data: Data, language: str) -> dict[str, Any]:
    """Something that happened to one's account."""
    return {"apa": _ACCOUNT[data["what"]][language == "en"], "tautan": EVENTS}


_HANDOVER = {
    "ditawarkan": (
        "ditawarkan kepada Anda; terima atau tolak sebelum lewat waktu",
        "are offered to you; accept or refuse before the offer lapses",
    ),
    "oleh_admin": ("ditawarkan admin kepada rekan Anda", "were offered to a colleague by your administrator"),
    "diterima": ("telah diterima rekan Anda", "were accepted"),
    "ditolak": ("ditolak; tetap pada pemegangnya", "were refused and stay where they are"),
    "ditarik": ("tidak jadi diserahkan", "are no longer offered"),
    "lewat": (
        "tidak dijawab sampai lewat waktu; tetap pada pemegangnya",
        "were not answered in time and stay where they are",
    ),
}
"""What became of families that one pendamping gives to another, as the database calls it."""


def handed_over(data: Data, language: str) -> dict[str, Any]:
    """Families offered to a colleague, and what became of the offer."""
    return {
        "jumlah": data["count"],
        "apa": _HANDOVER[data["what"]][language == "en"],
        "tautan": "/serah-terima",
    }


def code(data: Data, _: str) -> dict[str, Any]:
    """A one-time code."""
    return {"kode": data["code"], "menit": data["minutes"], "tautan": EVENTS}
