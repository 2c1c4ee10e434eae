"""The truth as a SQLite file, for the simulator of the outside systems (civil registry, BPS, banks)."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from alur.seed.model import Family
from models.register.codes import code_list

POPULATION_DDL: Final = """
CREATE TABLE person(nik TEXT PRIMARY KEY, no_kk TEXT, nama TEXT, tempat_lahir TEXT, tanggal_lahir TEXT, jenis_kelamin INTEGER, hubungan INTEGER, pekerjaan TEXT, alamat TEXT, rt TEXT, rw TEXT, kode_desa TEXT, status TEXT);  -- status hidup|meninggal|nonaktif|ganda
CREATE TABLE family(no_kk TEXT PRIMARY KEY, kode_desa TEXT, desil INTEGER NULL, persentil REAL NULL, peringkat INTEGER NULL);
CREATE TABLE account(nomor_rekening TEXT PRIMARY KEY, bank TEXT, nik TEXT, nama TEXT, cif TEXT, status TEXT);  -- aktif|pasif|tutup|blokir
CREATE TABLE scenario(subject TEXT, operation TEXT, n INTEGER, outcome TEXT, PRIMARY KEY(subject, operation, n));
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
"""  # noqa: E501  word for word what the simulator expects
"""The tables; the simulator keeps the same text."""

_BATCH_FAMILIES: Final = 2_000
_INSERTS: Final = {
    "person": "INSERT INTO person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "family": "INSERT INTO family VALUES (?, ?, ?, ?, ?)",
    "account": "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?)",
    "scenario": "INSERT INTO scenario VALUES (?, ?, ?, ?)",
}


class Scenario(NamedTuple):
    """What an outside system answers the `n`-th time it is asked `operation` about `subject`."""

    subject: str
    operation: str
    n: int
    outcome: str


class PopulationWriter:
    """Writes one population file while its families pass by.

    The file appears under its name only when everything was written; until then, and after an error, it is beside it
    with the ending `.part`.

        with PopulationWriter(path) as population:
            for family in generate(…):
                population.add(family)
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._part = self._path.with_name(f"{self._path.name}.part")
        self._rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in _INSERTS}
        self._occupations = {code: answer.label_id.upper() for code, answer in code_list("pekerjaan").codes.items()}
        #: rows written, by table
        self.counts = dict.fromkeys(_INSERTS, 0)

    def __enter__(self) -> Self:
        self._part.unlink(missing_ok=True)
        self._file = sqlite3.connect(self._part, isolation_level=None, check_same_thread=False)
        # the file is made anew or not at all: no journal, no waiting for the disk
        self._file.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {POPULATION_DDL} BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
                self._file.execute("COMMIT")
        finally:
            self._file.close()
        if kind is None:
            self._part.replace(self._path)

    def add(self, family: Family) -> None:
        """Write the truth about one family."""
        truth = family.truth
        village = str(truth.kode_desa)
        self._rows["family"].append((truth.no_kk, village, truth.desil, truth.persentil, truth.peringkat))
        self._rows["person"] += [
            (
                person.nik,
                truth.no_kk,
                person.nama,
                person.tempat_lahir,
                person.tanggal_lahir.isoformat(),
                person.jk,
                person.hubungan,
                self._occupations[person.pekerjaan],
                truth.alamat.upper(),
                truth.rt,
                truth.rw,
                village,
                person.status,
            )
            for person in truth.members
        ]
        self._rows["account"] += [
            (account.nomor_rekening, account.bank, account.nik, account.nama, account.cif, account.status)
            for account in truth.accounts
        ]
        if len(self._rows["family"]) >= _BATCH_FAMILIES:
            self._flush()

    def add_rows(self, **rows: tuple[object, ...]) -> None:
        """Write one row, as `POPULATION_DDL` has them, into each table named."""
        for name, row in rows.items():
            self._rows[name].append(row)
        if len(self._rows["person"]) >= _BATCH_FAMILIES:
            self._flush()

    def add_scenario(self, scenario: Scenario) -> None:
        """Write one arranged answer."""
        self._rows["scenario"].append(tuple(scenario))

    def set_meta(self, values: Mapping[str, object]) -> None:
        """Write what should be known about the file, for example seed and day."""
        self._file.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", [(key, str(value)) for key, value in values.items()]
        )

    def _flush(self) -> None:
        for name, rows in self._rows.items():
            self._file.executemany(_INSERTS[name], rows)
            self.counts[name] += len(rows)
            rows.clear()


def write_population(
    path: Path | str,
    families: Iterable[Family],
    *,
    scenarios: Iterable[Scenario] = (),
    meta: Mapping[str, object] | None = None,
) -> dict[str, int]:
    """Write a whole population; returns the rows written by table."""
    with PopulationWriter(path) as population:
        for family in families:
            population.add(family)
        for scenario in scenarios:
            population.add_scenario(scenario)
        population.set_meta(meta or {})
    return population.counts
