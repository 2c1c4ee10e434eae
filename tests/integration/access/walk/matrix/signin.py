"""Signing in, and what is one's own afterwards.

Before there is a token anybody may ask, and what he is answered does not depend on who he is: the right proof alone
goes on. With a token one reaches one's own sessions, proofs and events. A program's token reaches no proof.
"""

from __future__ import annotations

from tests.integration.access.kit import PASSWORD
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import EVERYBODY, PROGRAM

_HELD = "x" * 32
_NIK = "3204050101990001"
_PERSONS = EVERYBODY - {PROGRAM}
_NOT_A_PROGRAM = "403 masuk_sendiri"
_PROOF = {"password": PASSWORD}


def _open(path: str, good: str, **body: object) -> Entry:
    return Entry(f"POST /api/v1/auth/{path}", public=True, good=good, body=body)


def _proof(path: str, good: str = "200", **body: object) -> Entry:
    return Entry(
        f"POST /api/v1/auth/{path}", may=_PERSONS, good=good, refused=_NOT_A_PROGRAM, body=_PROOF | body, only_own=True
    )


ENTRIES = (
    _open("sign-in", "401 masuk_gagal", nik=_NIK, password="bukan sandinya"),
    _open("code/send", "409 kode_tidak_terkirim", attempt=_HELD),
    _open("code", "401 percobaan_berakhir", attempt=_HELD, code="123456"),
    _open("session", "401 percobaan_berakhir", attempt=_HELD, assignment=1),
    _open("forgot", "200", nik=_NIK),
    _open("reset", "401 percobaan_berakhir", attempt=_HELD, password=PASSWORD),
    _open("link/read", "404 tautan_tidak_berlaku", link=_HELD, nik=_NIK),
    _open("link/use", "404 tautan_tidak_berlaku", link=_HELD, nik=_NIK, password=PASSWORD),
    Entry("POST /api/v1/auth/sign-out", body={}),
    Entry("GET /api/v1/auth/sessions", lists=("sesi",), only_own=True),
    Entry("DELETE /api/v1/auth/sessions/{number}", about=("sesi",)),
    Entry("GET /api/v1/auth/assignments", only_own=True),
    Entry(
        "POST /api/v1/auth/switch",
        may=_PERSONS,
        refused=_NOT_A_PROGRAM,
        body=lambda who, _: {"assignment": who.assignment or 1},
        only_own=True,
    ),
    Entry(
        "POST /api/v1/auth/switch",
        about=("tugas",),
        may=_PERSONS,
        good="422 wilayah_kerja_bukan_milik",
        refused=_NOT_A_PROGRAM,
        hidden="422 wilayah_kerja_bukan_milik",
        body=lambda _, task: {"assignment": task.id},
        why="a role of somebody else, also for whoever keeps his account",
    ),
    Entry("GET /api/v1/auth/events", lists=("kejadian",)),
    Entry(
        "POST /api/v1/auth/tokens",
        may=_PERSONS,
        good="201",
        refused=_NOT_A_PROGRAM,
        body=lambda who, _: _PROOF | {"name": "uji", "days": 1, "assignment": who.assignment or 1},
        only_own=True,
    ),
    Entry(
        "POST /api/v1/auth/tokens",
        about=("tugas",),
        may=_PERSONS,
        good="422 wilayah_kerja_bukan_milik",
        refused=_NOT_A_PROGRAM,
        hidden="422 wilayah_kerja_bukan_milik",
        body=lambda _, task: _PROOF | {"name": "uji", "days": 1, "assignment": task.id},
    ),
    _proof("password", new="kapas lampu terbit sungai"),
    _proof("factors/totp"),
    _proof("factors/telegram"),
    _proof("recovery-codes"),
    Entry(
        "POST /api/v1/auth/factors/{kind}/remove",
        path={"kind": "telegram"},
        may=_PERSONS,
        good="422 faktor_kedua_wajib",
        refused=_NOT_A_PROGRAM,
        body=_PROOF,
        why="one factor must be left",
    ),
    Entry(
        "POST /api/v1/auth/factors/totp/confirm",
        good="401 kode_salah",
        body={"pending": "00ff", "code": "123456"},
        why="nobody scanned this key",
    ),
)
