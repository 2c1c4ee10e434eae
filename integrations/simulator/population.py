"""Read the population file: who lives, in which family, with which account, and what is scripted for them."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from integrations.simulator.problems import Problem


class Person(NamedTuple):
    """One person as Dukcapil has them."""

    nik: str
    no_kk: str
    nama: str
    tempat_lahir: str
    tanggal_lahir: str
    jenis_kelamin: int
    pekerjaan: str | None
    kode_desa: str
    status: str


class Family(NamedTuple):
    """One family as DTSEN ranks it."""

    no_kk: str
    desil: int | None
    persentil: float | None
    peringkat: int | None


class Account(NamedTuple):
    """One account."""

    nomor_rekening: str
    bank: str
    nik: str
    nama: str
    cif: str
    status: str


CACHE_KIB = 512
"""The system's own file cache holds the rest."""
ACCOUNT_COLUMNS = ", ".join(Account._fields)


class Population:
    """The file, opened at first need and again whenever another file has taken its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def persons(self, niks: Iterable[str]) -> dict[str, Person]:
        """Return the known people among these, by NIK."""
        rows = self._among(f"SELECT {', '.join(Person._fields)} FROM person WHERE nik", niks)
        return {row[0]: Person(*row) for row in rows}

    def families(self, numbers: Iterable[str]) -> dict[str, Family]:
        """Return the known families among these, by No KK."""
        rows = self._among("SELECT no_kk, desil, persentil, peringkat FROM family WHERE no_kk", numbers)
        return {row[0]: Family(*row) for row in rows}

    def accounts(self, numbers: Iterable[str]) -> list[Account]:
        """Return the accounts with these numbers."""
        return [
            Account(*row) for row in self._among(f"SELECT {ACCOUNT_COLUMNS} FROM account WHERE nomor_rekening", numbers)
        ]

    def accounts_of(self, niks: Iterable[str]) -> list[Account]:
        """Return the accounts these people hold, at any bank."""
        return [Account(*row) for row in self._among(f"SELECT {ACCOUNT_COLUMNS} FROM account WHERE nik", niks)]

    def scenarios(self, operation: str, subjects: Iterable[str]) -> dict[str, dict[int, str]]:
        """Return what is scripted, by subject and n."""
        found: dict[str, dict[int, str]] = {}
        statement = "SELECT subject, n, outcome FROM scenario WHERE operation = ? AND subject"
        for subject, n, outcome in self._among(statement, subjects, operation):
            found.setdefault(subject, {})[n] = outcome
        return found

    def meta(self, key: str) -> str | None:
        """Return one value about the file, if it is there."""
        row = self._open().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _among(self, statement: str, values: Iterable[str], *before: str) -> list[tuple[Any, ...]]:
        # One statement for any number of values: a list of parameters would be limited and never cached.
        sql = f"{statement} IN (SELECT value FROM json_each(?))"
        with closing(self._open().execute(sql, (*before, json.dumps(sorted(set(values)))))) as cursor:
            return cursor.fetchall()

    def _open(self) -> sqlite3.Connection:
        try:
            inode = self._path.stat().st_ino
        except FileNotFoundError:
            raise Problem(503, "penduduk-belum-ada", "Berkas penduduk belum ada", self._path.name) from None
        if self._connection is None or inode != self._inode:
            self.close()
            self._connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)
            self._connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            self._inode = inode
        return self._connection
