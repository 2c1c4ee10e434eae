"""The tables of the register: families, persons, their accounts. Personal data lives here and nowhere else."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Sequence, UniqueConstraint, func, literal_column, text
from sqlmodel import SQLModel

from models import columns as col

HOUSEHOLD_ID = Sequence("household_id", metadata=SQLModel.metadata)
PERSON_ID = Sequence("person_id", metadata=SQLModel.metadata)


class Household(SQLModel, table=True):
    """One family. Its number stays when its No KK changes."""

    __tablename__ = "household"

    id: int = col.bigint("Number of the family.", key=True, default="nextval('household_id')")
    no_kk: str = col.text("Number of the family card, sixteen digits.")
    region: int = col.bigint("Village, ten digits.")
    alamat: str = col.text("Street and house.")
    rt: str = col.text("Rukun tetangga, three digits.")
    rw: str = col.text("Rukun warga, three digits.")
    dusun: str | None = col.text("Hamlet.")
    latitude: float | None = col.double("Degrees north, WGS 84.")
    longitude: float | None = col.double("Degrees east, WGS 84.")
    kepala: str = col.text("Name of the head of the family.")
    variables: dict[str, Any] = col.document("Answers about the family, by variable of kode.toml.", default="'{}'")
    desil: int | None = col.smallint("Tenth of welfare, 1 (poorest) to 10, as DTSEN told.")
    persentil: float | None = col.double("Percentile of welfare, 0 to 100, as DTSEN told.")
    peringkat: int | None = col.bigint("Rank, as DTSEN told.")
    versi_dtsen: str | None = col.text("DTSEN version that told them.")
    source: str = col.text("Where the present data came from.")
    version: int = col.integer("How many times it was written; 1 when new.", default="1")
    act: int = col.bigint("Act that wrote it last.")
    updated_at: datetime = col.moment("When it was written last.")

    __table_args__ = (
        CheckConstraint("desil BETWEEN 1 AND 10"),
        Index("household_no_kk", "no_kk"),
        Index("household_region", "region", "id"),
        Index("household_act", "act"),
    )


class Person(SQLModel, table=True):
    """One member of a family. Code numbers are those of Regsosek 2022 (`data/kode.toml`)."""

    __tablename__ = "person"

    id: int = col.bigint("Number of the person.", key=True, default="nextval('person_id')")
    household_id: int = col.bigint("Family.", references="household.id")
    nik: str = col.text("Population number, sixteen digits.")
    nama: str = col.text("Name as on the identity card.")
    tempat_lahir: str | None = col.text("Place of birth.")
    tanggal_lahir: date | None = col.day("Day of birth.")
    jenis_kelamin: int | None = col.smallint("1 male, 2 female.")
    hubungan: int | None = col.smallint("Relation to the head of the family; 1 is the head.")
    status_kawin: int | None = col.smallint("Marital status.")
    pekerjaan: int | None = col.smallint("Occupation.")
    hamil: bool = col.boolean("Pregnant.", default="false")
    disabilitas: int | None = col.smallint("Kind of disability.")
    variables: dict[str, Any] = col.document("Further answers, by variable of kode.toml.", default="'{}'")
    pengurus: bool = col.boolean("Receives the family's aid.", default="false")
    status: str = col.text("hidup, meninggal or pindah.", default="'hidup'")
    padan: bool | None = col.boolean("Matches Dukcapil; null until asked, and again after a change.")
    checked_at: datetime | None = col.moment("When Dukcapil last answered.")
    removed_at: datetime | None = col.moment("When the person left the family; null while a member.")
    region: int | None = col.bigint("The family's village, ten digits, kept by trigger.")

    __table_args__ = (
        CheckConstraint("jenis_kelamin IN (1, 2)"),
        CheckConstraint("status IN ('hidup', 'meninggal', 'pindah')"),
        Index("person_nik", "nik"),
        Index("person_household", "household_id"),
        Index(
            "person_nama",
            func.lower(literal_column("nama")).label("nama_lower"),
            postgresql_ops={"nama_lower": "text_pattern_ops"},
        ),
        # Names of one kabupaten in their order (`register_search`).
        Index(
            "person_line",
            text("(region / 1000000)"),
            func.lower(literal_column("nama")).label("line_lower"),
            "region",
            "household_id",
            postgresql_ops={"line_lower": "text_pattern_ops"},
            postgresql_where=text("removed_at IS NULL"),
        ),
    )


class HouseholdHistory(SQLModel, table=True):
    """What a family looked like before a change, and which act changed it."""

    __tablename__ = "household_history"

    household_id: int = col.bigint("Family.", key=True)
    version: int = col.integer("Version that was replaced.", key=True)
    act: int = col.bigint("Act that replaced it.")
    at: datetime = col.moment("When.")
    before: dict[str, Any] = col.document("The family's row, with its persons under `members`.")

    __table_args__ = (
        Index("household_history_act", "act"),
        # Which act first wrote a family that was changed since.
        Index(
            "household_history_made",
            text("(before ->> 'act')"),
            postgresql_using="hash",
            postgresql_where=text("version = 1"),
        ),
    )


class Account(SQLModel, table=True):
    """A bank account, and its card, of a family's payee."""

    __tablename__ = "account"

    id: int = col.bigint("Number of the row.", key=True, numbered=True)
    household_id: int = col.bigint("Family.", references="household.id")
    person_id: int = col.bigint("Holder.", references="person.id")
    bank: str = col.text("Bank, as its organisation is called here.")
    number: str = col.text("Account number; text, because leading zeros count.")
    cif: str | None = col.text("The bank's number of the customer.")
    card_masked: str | None = col.text("Card number, masked.")
    status: str = col.text("belum_diuji, aktif, gagal or tutup.")
    opened_at: datetime = col.moment("When it was written here.")
    act: int = col.bigint("Act that wrote it last.")

    __table_args__ = (
        CheckConstraint("status IN ('belum_diuji', 'aktif', 'gagal', 'tutup')"),
        UniqueConstraint("bank", "number"),
        Index("account_household", "household_id"),
        Index("account_act", "act"),
    )
