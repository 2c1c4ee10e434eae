"""The tables of the verval cycle: what was frozen, how it was packaged, what was reported.

Where a visit stands and what it found is told by its own case (machine `kunjungan`), and is not repeated here.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models import columns as col


class Siklus(SQLModel, table=True):
    """One cycle's frozen list as a whole: of when, how much, under which fingerprint."""

    __tablename__ = "siklus"

    case_id: int = col.bigint("Case of the cycle.", key=True)
    period: int = col.integer("Month in which it begins, yyyymm.")
    mulai: date = col.day("First day.")
    selesai: date = col.day("Last day.")
    frozen_at: datetime = col.moment("When the list was frozen.")
    keluarga: int = col.integer("Families on the list.")
    desa: int = col.integer("Villages on the list.")
    hash_daftar: str = col.text("SHA-256 over the lists of the villages, hexadecimal.")
    hash_benih: str = col.text("SHA-256 of the seed, told when the list is frozen, hexadecimal.")

    __table_args__ = (CheckConstraint("mulai <= selesai"), Index("siklus_period", "period", "case_id"))


class SiklusBenih(SQLModel, table=True):
    """The seed of a cycle's samples, fixed with its list; no role of the application reads it."""

    __tablename__ = "siklus_benih"

    siklus: int = col.bigint("The cycle.", key=True)
    benih: bytes = col.octets("32 random bytes.")


class SiklusKeluarga(SQLModel, table=True):
    """One family on a cycle's frozen list."""

    __tablename__ = "siklus_keluarga"

    siklus: int = col.bigint("The cycle.", key=True)
    household_id: int = col.bigint("The family.", key=True)
    region: int = col.bigint("Village in which it lived when the list was frozen, ten digits.")
    urut: int = col.integer("Place in the village's list, by RW and RT, from 1.")
    paket: int = col.integer("Number of its package in the village.")
    kunjungan: int | None = col.bigint("Case of its visit; null until the village begins.")
    petugas: int | None = col.integer("Officer who holds the visit now.")

    __table_args__ = (
        Index("siklus_keluarga_order", "siklus", "region", "urut", unique=True),
        Index("siklus_keluarga_kunjungan", "kunjungan", postgresql_where=text("kunjungan IS NOT NULL")),
        Index("siklus_keluarga_petugas", "petugas", "siklus", postgresql_where=text("petugas IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 80}},
    )


class SiklusPaket(SQLModel, table=True):
    """The families that one officer visits on one day: neighbours of one village, no more than policy allows."""

    __tablename__ = "siklus_paket"

    siklus: int = col.bigint("The cycle.", key=True)
    region: int = col.bigint("Village, ten digits.", key=True)
    nomor: int = col.integer("Number of the package in the village, from 1.", key=True)
    keluarga: int = col.integer("Families in it.")
    petugas: int | None = col.integer("Officer who holds all of it; null before, and where its families were parted.")
    hari: date | None = col.day("Day planned for it; null until the village begins.")

    __table_args__ = (Index("siklus_paket_petugas", "petugas", "siklus", postgresql_where=text("petugas IS NOT NULL")),)


class SiklusLaporan(SQLModel, table=True):
    """One village in a cycle's report, as it was when the report was made."""

    __tablename__ = "siklus_laporan"

    siklus: int = col.bigint("The cycle.", key=True)
    nomor: int = col.integer("Number of the report; a cycle that is opened again makes another.", key=True)
    region: int = col.bigint("Village, ten digits.", key=True)
    isi: dict[str, Any] = col.document("Families by outcome, and every one not reached: case, officer, state.")
    hash: str = col.text("SHA-256 over `isi` as PostgreSQL writes it, hexadecimal.")
    at: datetime = col.moment("When it was made.")
