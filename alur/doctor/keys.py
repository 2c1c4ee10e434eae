"""Whether the key of accounts is known and is the one the accounts were made with."""

from __future__ import annotations

from pathlib import Path

from psycopg import Connection
from psycopg.rows import DictRow

from alur.doctor.lines import Line, Status
from alur.site import ACCOUNT_KEY
from models.settings import Settings
from models.signin.keys import Keys, SealBroken
from models.signin.queries import sealed_sample

SAMPLE = 5
"""Second factors that are opened for the look; what they hold is told to nobody."""
SETTING = "ALUR_ACCOUNT_KEY"
"""Where an API started by hand knows the key from; `alur run` keeps one in its home where this is empty."""
_CHECK = "kunci akun"


def accounts(conn: Connection[DictRow], config: Settings, home: Path) -> Line:
    """Return whether people are found by their NIK and their second factors open, with the key this process knows."""
    try:
        where, given = _known(config, home)
    except (OSError, UnicodeError) as error:
        return Line(
            _CHECK,
            Status.PERHATIAN,
            f"berkas {ACCOUNT_KEY} tidak terbaca ({type(error).__name__})",
            f"the file {ACCOUNT_KEY} cannot be read ({type(error).__name__})",
            "jalankan sebagai pemilik ALUR_HOME",
            "run this as the owner of ALUR_HOME",
        )
    if not given:
        return Line(
            _CHECK,
            Status.PERHATIAN,
            f"tidak dikenal di sini; API tanpa {SETTING} tidak mengizinkan siapa pun masuk",
            f"not known here; an API without {SETTING} lets nobody sign in",
            "jalankan dengan setelan API; kunci baru dari `alur users key`, kunci lama bila akun sudah ada",
            "run this with the API's settings; a new key from `alur users key`, the old one where accounts exist",
        )
    try:
        keys = Keys.of(given)
    except ValueError:
        return Line(
            _CHECK,
            Status.GALAT,
            f"isi {where} bukan 32 bita dalam base64 URL",
            f"what {where} holds is no 32 bytes in URL-safe base64",
            "salin seluruhnya dari tempat ia disimpan; `alur users key` membuat yang baru",
            "copy all of it from where it is kept; `alur users key` makes a new one",
        )
    sealed = sealed_sample(conn, SAMPLE)
    broken = [one.user for one in sealed if not _opens(keys, one.user, one.kind, one.sealed)]
    figures = {"source": where, "checked": len(sealed), "broken": broken}
    if broken:
        return Line(
            _CHECK,
            Status.GALAT,
            f"{where} BUKAN kunci akun ini: {len(broken)} dari {len(sealed)} contoh faktor kedua tidak terbuka",
            f"{where} is NOT these accounts' key: {len(broken)} of {len(sealed)} sampled second factors stay shut",
            "kembalikan kunci yang dahulu; dengan kunci lain tidak ada NIK yang ditemukan",
            "put the former key back; with another one no NIK is found",
            figures,
        )
    return Line(
        _CHECK,
        Status.OK,
        f"{where} membuka {len(sealed)} contoh faktor kedua",
        f"{where} opens {len(sealed)} sampled second factors",
        figures=figures,
    )


def _known(config: Settings, home: Path) -> tuple[str, str]:
    """Return where the key stands and the key: the operator's before that of `alur run`, empty where there is none."""
    given = config.account_key.get_secret_value() if config.account_key else ""
    own = home / ACCOUNT_KEY
    if given or not own.exists():
        return SETTING, given
    return ACCOUNT_KEY, own.read_text("utf-8").strip()


def _opens(keys: Keys, user: int, kind: str, sealed: bytes) -> bool:
    try:
        keys.open(user, kind, sealed)
    except SealBroken:
        return False
    return True
