"""The simulator's memory: jobs, counts, attempts, opened accounts and settings, in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.simulator.population import ACCOUNT_COLUMNS, Account

SCHEMA = Path(__file__).with_name("state.sql")
JOBS_LISTED_MAX = 1000


@dataclass(frozen=True, slots=True)
class StoredJob:
    """One job as kept."""

    hash: str
    hasil: str
    siap: float
    selesai_pada: str


class Store:
    """The state file. One thread owns it (see `desk.py`); nothing here waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @property
    def db(self) -> sqlite3.Connection:
        """The connection, opened and given its tables at first need."""
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, isolation_level=None)
            # WAL with NORMAL: a commit survives the death of the process, which is what is promised.
            connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024;"
            )
            connection.executescript(SCHEMA.read_text(encoding="utf-8"))
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit everything inside, or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def count(self, column: str, system: str, operation: str, key: str) -> None:
        """Count one knock; `column` is puts or gets."""
        self.db.execute(
            f"INSERT INTO tally (system, operation, key, {column}) VALUES (?, ?, ?, 1)"
            f" ON CONFLICT DO UPDATE SET {column} = {column} + 1",
            (system, operation, key),
        )

    def job(self, system: str, operation: str, key: str) -> StoredJob | None:
        """Return one job, if it was taken in."""
        row = self.db.execute(
            "SELECT hash, hasil, siap, selesai_pada FROM job WHERE (system, operation, key) = (?, ?, ?)",
            (system, operation, key),
        ).fetchone()
        return None if row is None else StoredJob(*row)

    def add_job(
        self, system: str, operation: str, key: str, job: StoredJob, rows: int, traceparent: str | None
    ) -> None:
        """Keep a job and the proof that its work ran."""
        self.db.execute(
            "INSERT INTO job (system, operation, key, hash, baris, hasil, siap, selesai_pada, traceparent)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (system, operation, key, job.hash, rows, job.hasil, job.siap, job.selesai_pada, traceparent),
        )
        self.db.execute("INSERT INTO effect VALUES (?, ?, ?)", (system, operation, key))

    def jobs(self, system: str | None, operation: str | None, key: str | None) -> list[dict[str, Any]]:
        """Return what knocked and what was done, newest last, at most 1,000."""
        cursor = self.db.execute(
            "SELECT t.system, t.operation, t.key, t.puts, t.gets, j.hash, j.baris, j.traceparent, (SELECT count(*)"
            " FROM effect e WHERE (e.system, e.operation, e.key) = (t.system, t.operation, t.key)) AS effects"
            " FROM tally t LEFT JOIN job j USING (system, operation, key)"
            " WHERE t.system = coalesce(?, t.system) AND t.operation = coalesce(?, t.operation)"
            " AND t.key = coalesce(?, t.key) ORDER BY j.id DESC LIMIT ?",
            (system, operation, key, JOBS_LISTED_MAX),
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in reversed(cursor.fetchall())]

    def credits(self, id_: str | None, *, repeated: bool) -> list[dict[str, Any]]:
        """Return credits really made, summed by bank, SI and row; `repeated` keeps those made more than once."""
        cursor = self.db.execute(
            "SELECT bank, nomor_si, id, count(*) AS kali, sum(nominal_rp) AS nominal_rp FROM credit"
            " WHERE id = coalesce(?, id) GROUP BY bank, nomor_si, id HAVING count(*) > ? ORDER BY 1, 2, 3 LIMIT ?",
            (id_, int(repeated), JOBS_LISTED_MAX),
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def attempts(self, operation: str, subjects: Iterable[str]) -> dict[str, int]:
        """Return how often these met the operation so far; 0 is left out."""
        return dict(
            self.db.execute(
                "SELECT subject, n FROM attempt WHERE operation = ? AND subject IN (SELECT value FROM json_each(?))",
                (operation, json.dumps(list(subjects))),
            ).fetchall()
        )

    def save_attempts(self, operation: str, counts: Mapping[str, int]) -> None:
        """Keep how often these met the operation."""
        self.db.executemany(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?)",
            ((operation, subject, n) for subject, n in counts.items()),
        )

    def accounts(self, column: str, values: Iterable[str]) -> list[Account]:
        """Return opened accounts; `column` is nomor_rekening or nik."""
        rows = self.db.execute(
            f"SELECT {ACCOUNT_COLUMNS} FROM account WHERE {column} IN (SELECT value FROM json_each(?))",
            (json.dumps(list(values)),),
        ).fetchall()
        return [Account(*row) for row in rows]

    def add_account(self, account: Account) -> None:
        """Keep an account a burekol opened."""
        self.db.execute("INSERT INTO account VALUES (?, ?, ?, ?, ?, ?)", account)

    def setting(self, key: str) -> str | None:
        """Return one stored setting."""
        row = self.db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def save_setting(self, key: str, value: str) -> None:
        """Keep one setting."""
        self.db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))
