"""One installation on one machine: where its files are, which database it uses, which key it signs with."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alur.runtime.postgres import Server
from alur.runtime.processes import SupervisorRunning, require_alone
from models.document.vault import new_key
from models.install import ensure_database, role_dsn
from models.settings import Settings
from models.signin.keys import Keys, new_account_key

_DATABASE = "alur"
ACCOUNT_KEY = "account-key"
"""The file in a home that holds the key of accounts where the operator set none."""


@dataclass(frozen=True, slots=True)
class Site:
    """An installation: its home folder, the administrator's DSN of its database, and its own server if it has one."""

    home: Path
    admin_dsn: str
    server: Server | None

    @property
    def demo(self) -> Path:
        """Folder of the demo population: what the outside systems know, and the villages' lists."""
        return self.home / "demo"

    @property
    def secret(self) -> str:
        """The key that signs tokens, made on first use and readable by its owner only."""
        return _kept(self.home / "secret", lambda: secrets.token_urlsafe(48))

    @property
    def document_keys(self) -> str:
        """The keys that encrypt documents, made on first use and readable by their owner only.

        They lie beside the token's secret and are not derived from it: changing that one must lose no document.
        """
        return _kept(self.home / "document-keys", lambda: new_key("k1"))

    @property
    def account_key(self) -> str:
        """The key that finds accounts by NIK and opens second factors, made on first use, its owner's only."""
        return _kept(self.home / ACCOUNT_KEY, new_account_key)

    @property
    def demo_password(self) -> str:
        """The password of a demo's people, made on first use."""
        return _kept(self.demo / "password", lambda: f"demo-{secrets.token_hex(6)}")

    def account_key_of(self, config: Settings) -> str:
        """Return the key of accounts in use: the operator's, else this installation's own."""
        return (config.account_key.get_secret_value() if config.account_key else "") or self.account_key

    def keys(self, config: Settings) -> Keys:
        """Return the keys made from it."""
        return Keys.of(self.account_key_of(config))

    def environment(self) -> dict[str, str]:
        """Return what a process of ours needs to know: the addresses of its own roles, never the administrator's."""
        return {
            "ALUR_API_DATABASE_URL": role_dsn(self.admin_dsn, "alur_api"),
            "ALUR_WORKER_DATABASE_URL": role_dsn(self.admin_dsn, "alur_worker"),
            "ALUR_SECRET_KEY": self.secret,
            "ALUR_DATABASE_URL": "",
        }


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in a file, made on first use and readable by its owner only."""
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(make())
    return path.read_text("ascii").strip()


def _ensure_database(server: Server) -> str:
    ensure_database(server.admin_dsn, _DATABASE)
    return server.dsn(_DATABASE)


@contextmanager
def open_site(config: Settings) -> Iterator[Site]:
    """Open the installation of these settings, starting its PostgreSQL when the operator named none.

    A server that was started here is stopped at the end; the one of a running `alur run` is left alone.
    """
    home = config.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    if config.database_url is not None and config.database_url.get_secret_value():
        yield Site(home, config.database_url.get_secret_value(), None)
        return
    supervised = _supervised(home)
    server = Server.start(home)
    try:
        yield Site(home, _ensure_database(server), server)
    finally:
        if not supervised:
            server.stop()


def _supervised(home: Path) -> bool:
    """Whether `alur run` works on this home right now."""
    try:
        require_alone(home)
    except SupervisorRunning:
        return True
    return False
