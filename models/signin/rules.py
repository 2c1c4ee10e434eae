"""Rules of signing in, as pure functions: passwords, one-time codes, what is shown of a NIK.

Sources: OWASP ASVS 5.0, 6.2 (passwords), 6.5 (codes), 11.4.2 (hashing); RFC 6238 (TOTP); the OWASP Password Storage
Cheat Sheet, whose minimum for Argon2id is 19 MiB, 2 passes, 1 lane.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from functools import cache

import pyotp
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

MEMORY_KIB, PASSES, LANES = 47_104, 2, 1
"""Argon2id: 46 MiB, above OWASP's minimum; about 60 ms on one core. Changed, hashes are renewed at sign-in."""
PASSWORD_MOST = 128
RECOVERY_CODES = 10

_ISSUER = "Alur"
_STEP_S = 30
_STEPS_AROUND = 1
"""Codes of the step before and after are taken too: clocks of phones differ by that much."""
_JUDGED_MOST = 72
"""The strength of a longer password is that of its beginning: judging takes time that grows with its square."""
_RECOVERY_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_NIK = re.compile(r"[0-9]{16}")
_LOCAL_WORDS = re.findall(
    r"\w+",
    """
    alur bansos bantuan sosial siks siksng dinsos kemensos kemsos pusdatin desa kades kelurahan kecamatan
    kabupaten provinsi operator pendamping verifikator admin sembako keluarga harapan indonesia merdeka garuda
    pancasila sayang cinta rahasia sandi katasandi masuk bismillah alhamdulillah assalamualaikum jakarta bandung
    surabaya januari februari maret april mei juni juli agustus september oktober november desember
    """,
)
"""Words that people here choose, beside the 30,000 passwords and the dictionaries that the judge carries."""


@cache
def hasher() -> PasswordHash:
    """Return what hashes and verifies passwords."""
    return PasswordHash((Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES),))


@cache
def _nobodys_hash() -> str:
    return hasher().hash(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its parameters and salt."""
    return hasher().hash(password)


def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Return whether a password is right, and its hash of newer strength where the stored one is weaker.

    Without a stored hash the same work is done for nothing: how long it takes does not tell whether anybody is there.
    """
    try:
        right, newer = hasher().verify_and_update(password, stored or _nobodys_hash())
    except UnknownHashError:
        return False, None
    return (False, None) if stored is None else (right, newer if right else None)


def password_problem(password: str, about: Iterable[str], *, shortest: int, strength: int) -> tuple[str, str] | None:
    """Return why a password is not taken, in both languages; None when it is.

    Args:
        password: what was typed, taken as it is.
        about: what a guesser knows of the person: name, NIK, office.
        shortest: signs it must have.
        strength: 0 to 4: 3 stands for 10^8 guesses, 4 for 10^10.
    """
    if len(password) < shortest:
        return f"terlalu pendek: paling sedikit {shortest} tanda", f"is too short: at least {shortest} signs"
    if len(password) > PASSWORD_MOST:
        return f"terlalu panjang: paling banyak {PASSWORD_MOST} tanda", f"is too long: at most {PASSWORD_MOST} signs"
    known = [word.lower() for text in about for word in (text, *text.split())]
    judged = zxcvbn(password[:_JUDGED_MOST], user_inputs=[*known, *_LOCAL_WORDS])
    if any(len(word) > 3 and word in password.lower() for word in known):  # noqa: PLR2004 -- shorter words are in many
        return "memuat nama atau NIK Anda", "holds your name or NIK"
    if judged["score"] < strength:
        return "mudah ditebak", "is easy to guess"
    return None


def mask_nik(nik: str) -> str:
    """Return a NIK as people are shown it: region and last four digits."""
    return f"{nik[:6]}••••••{nik[-4:]}"


def is_nik(text: str) -> bool:
    """Return whether a text is written like a NIK: sixteen digits."""
    return _NIK.fullmatch(text) is not None


def new_code() -> str:
    """Return a one-time code of six digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_recovery_codes() -> list[str]:
    """Return ten codes of 49 bits, in signs that are not mistaken for one another, such as `k7m2x-9q4bt`."""
    return ["-".join(_letters(5) for _ in range(2)) for _ in range(RECOVERY_CODES)]


def _letters(count: int) -> str:
    return "".join(secrets.choice(_RECOVERY_SIGNS) for _ in range(count))


def plain_code(typed: str) -> str:
    """Return a code as it was made, however somebody typed it: spaces and capitals do not matter."""
    return re.sub(r"\s+", "", typed).lower()


def new_totp_secret() -> str:
    """Return a TOTP secret of 160 bits, base32."""
    return pyotp.random_base32()


def totp_uri(secret: str, name: str) -> str:
    """Return what an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def totp_step(secret: str, code: str, *, at_s: float | None = None) -> int | None:
    """Return of which time step of the clock (30 s) a code is, None when it is of none around now (or `at_s`)."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    now = int((time.time() if at_s is None else at_s) // _STEP_S)
    totp = pyotp.TOTP(secret)
    for step in range(now - _STEPS_AROUND, now + _STEPS_AROUND + 1):
        if secrets.compare_digest(totp.at(step * _STEP_S), code):
            return step
    return None
