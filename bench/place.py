"""Where a measurement takes place: a PostgreSQL server of its own, with the settings of `alur run`, fsync included."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from psycopg import sql

from alur.runtime.postgres import Server
from models.database import sync_connect
from models.install import install

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """A server, and its programs."""

    server: Server

    def database(self, name: str) -> str:
        """Return the administrator's DSN of a new, installed database."""
        with sync_connect(self.server.admin_dsn) as conn:
            conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        parts = urlsplit(self.server.admin_dsn)
        dsn = urlunsplit(parts._replace(path=f"/{name}"))
        install(dsn, mark="test")
        return dsn

    def pgbench(self, dsn: str, script: str, *, clients: int, transactions: int, variables: dict[str, int]) -> float:
        """Run a script with pgbench on prepared statements; returns transactions per second."""
        with tempfile.TemporaryDirectory(prefix="alur-bench-") as folder:
            path = Path(folder, "script.sql")
            path.write_text(script, encoding="utf-8")
            parts = urlsplit(dsn)
            done = subprocess.run(
                [
                    self.server.bindir / "pgbench",
                    *("--no-vacuum", "--protocol", "prepared"),
                    *("--client", str(clients), "--jobs", str(min(clients, os.cpu_count() or 1))),
                    *("--transactions", str(transactions // clients)),
                    *(f"--define={name}={value}" for name, value in variables.items()),
                    *("--file", str(path)),
                    *("--host", str(parts.hostname), "--port", str(parts.port), "--username", str(parts.username)),
                    parts.path.removeprefix("/"),
                ],
                env={**os.environ, "PGPASSWORD": parts.password or ""},
                capture_output=True,
                text=True,
                check=False,
            )
        found = _TPS.search(done.stdout)
        if done.returncode != 0 or found is None or "number of failed transactions: 0 " not in done.stdout:
            raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
        return float(found.group(1))


@contextmanager
def place() -> Iterator[Place]:
    """Start a server in a temporary folder, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="alur-bench-") as folder:
        # The server runs as another user when the bench runs as root; he must be able to enter.
        Path(folder).chmod(0o755)
        server = Server.start(Path(folder), {"shared_buffers": "512MB"})
        try:
            yield Place(server)
        finally:
            server.remove()
