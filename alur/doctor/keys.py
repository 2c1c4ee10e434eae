"""Whether the key of accounts is there and is the one the accounts were made with."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import DictRow

from alur.doctor.lines import Line, Status
from models.signin.keys import Keys, SealBroken
from models.signin.queries import sealed_sample

SAMPLE = 5
"""Second factors that are opened for the look; what they hold is told to nobody."""
_CHECK = "kunci akun"


def accounts(conn: Connection[DictRow], given: str) -> Line:
    """Return whether people can be found by their NIK and their second factors opened; `given` is the key, or empty."""
    if not given:
        return Line(
            _CHECK,
            Status.GALAT,
            "tidak ada: tidak seorang pun dapat masuk",
            "there is none: nobody can sign in",
            "setel ALUR_ACCOUNT_KEY; kunci baru dari `alur users key`, kunci lama dari cadangan bila akun sudah ada",
            "set ALUR_ACCOUNT_KEY; a new one from `alur users key`, the old one from its backup where accounts exist",
        )
    try:
        keys = Keys.of(given)
    except ValueError:
        return Line(
            _CHECK,
            Status.GALAT,
            "ALUR_ACCOUNT_KEY bukan 32 bita dalam base64 URL",
            "ALUR_ACCOUNT_KEY is no 32 bytes in URL-safe base64",
            "salin seluruhnya dari tempat ia disimpan; `alur users key` membuat yang baru",
            "copy all of it from where it is kept; `alur users key` makes a new one",
        )
    sealed = sealed_sample(conn, SAMPLE)
    broken = [one.user for one in sealed if not _opens(keys, one.user, one.kind, one.sealed)]
    if broken:
        return Line(
            _CHECK,
            Status.GALAT,
            f"BUKAN kunci akun yang ada: faktor kedua {len(broken)} dari {len(sealed)} contoh tidak terbuka",
            f"NOT the key of these accounts: the second factors of {len(broken)} in {len(sealed)} samples do not open",
            "kembalikan ALUR_ACCOUNT_KEY yang dahulu; dengan kunci lain tidak ada NIK yang ditemukan",
            "put the former ALUR_ACCOUNT_KEY back; with another one no NIK is found",
            {"checked": len(sealed), "broken": broken},
        )
    return Line(
        _CHECK,
        Status.OK,
        f"ada; membuka {len(sealed)} contoh faktor kedua" if sealed else "ada; belum ada faktor kedua yang disegel",
        f"is there; opens {len(sealed)} sampled second factors"
        if sealed
        else "is there; no second factor is sealed yet",
        figures={"checked": len(sealed)},
    )


def _opens(keys: Keys, user: int, kind: str, sealed: bytes) -> bool:
    try:
        keys.open(user, kind, sealed)
    except SealBroken:
        return False
    return True
