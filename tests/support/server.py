"""One PostgreSQL server for a test process, and a fresh database, copied from an installed template, per test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from psycopg import Error, sql

from alur.runtime import postgres
from models.database import sync_connect
from models.install import install

_numbers = itertools.count(1)
_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it
"""Where files are kept in memory on Linux. A database is a thousand files, made and removed a thousand times: ext4,
which avoids what was removed lately, needs ten times as long for it as the tests for their work."""
_ROOM = 4 * 2**30
"""The free bytes that three servers of a test run ask for at most; containers often have 64 MB there."""
_CLONES = 180_000
"""The first release of PostgreSQL that can clone a database's files."""
_TEMPLATE = f"alur_template_{os.getpid()}"


def _roomy() -> Path | None:
    """Return memory's folder when it has room for the servers of a test run, None for the usual place."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if roomy else None


class TestServer:
    """A server whose databases live as long as the test process: an own one, or the one ALUR_TEST_SERVER names."""

    __test__ = False

    def __init__(self, *, alone: bool = False, under: Path | None = None) -> None:
        """Start it.

        Args:
            alone: an own server whatever ALUR_TEST_SERVER says, for a test that kills it (`own`).
            under: the folder whose disk it uses; by default memory where there is room, else the machine's place for
                temporary files.
        """
        self.own: postgres.Server | None = None
        given = None if alone else os.environ.get("ALUR_TEST_SERVER")
        if given:
            self._admin = given
        else:
            self._folder = tempfile.TemporaryDirectory(prefix="alur-test-", dir=under or _roomy())
            # The server runs as another user when the tests run as root; he must be able to enter.
            Path(self._folder.name).chmod(0o755)
            quick = {"fsync": "off", "full_page_writes": "off", "max_connections": "120"}
            self.own = postgres.Server.start(Path(self._folder.name), quick)
            self._admin = self.own.admin_dsn
        self._create(_TEMPLATE)
        install(self.dsn(_TEMPLATE), mark="test")

    def dsn(self, database: str) -> str:
        return urlunsplit(urlsplit(self._admin)._replace(path=f"/{database}"))

    def _create(self, name: str, template: str | None = None) -> None:
        with sync_connect(self.dsn("postgres")) as conn:
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            if template is None:
                conn.execute(made)
                return
            made += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
            if conn.info.server_version >= _CLONES:
                # Nine hundred tests have a database of their own: where the file system clones files it takes half as
                # long. One that cannot says so, and the copy is made as usual.
                with suppress(Error):
                    conn.execute("SET file_copy_method = clone")
                    conn.execute(made + sql.SQL(" STRATEGY file_copy"))
                    return
            conn.execute(made)

    def blank(self) -> str:
        """Return the administrator's DSN of a new database with nothing in it."""
        name = f"alur_blank_{os.getpid()}_{next(_numbers)}"
        self._create(name)
        return self.dsn(name)

    def fresh(self) -> str:
        """Return the administrator's DSN of a new, installed database."""
        name = f"alur_test_{os.getpid()}_{next(_numbers)}"
        self._create(name, _TEMPLATE)
        return self.dsn(name)

    def drop(self, dsn: str) -> None:
        name = urlsplit(dsn).path.removeprefix("/")
        with sync_connect(self.dsn("postgres")) as conn:
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        self.drop(self.dsn(_TEMPLATE))
        if self.own:
            self.own.remove()
            self._folder.cleanup()
