"""The table of what reports count: kecamatan by kecamatan, for those who look at many."""

from datetime import datetime

from sqlmodel import SQLModel

from models import columns as col


class LaporanCacah(SQLModel, table=True):
    """One count of a kecamatan's report at the last look (`report_rows` says what is counted)."""

    __tablename__ = "laporan_cacah"

    region: int = col.bigint("Code of the kecamatan, six digits.", key=True)
    year: int = col.integer("Year; 0 for what stands now.", key=True)
    quarter: int = col.smallint("Quarter of the year, 1 to 4; 0 for what stands now.", key=True)
    programme: int = col.smallint("Programme; 0 where none applies.", key=True)
    measure: str = col.text("usulan, verval, sanggah, realisasi or data.", key=True)
    key: str = col.text("Kind, finding, account or list, by measure.", key=True)
    part: str = col.text("What became of it, state or desil, by measure; empty where nothing more is told.", key=True)
    cases: int = col.bigint("How many.")
    rupiah: int = col.bigint("Their closed amounts, whole rupiah.")
    at: datetime = col.moment("When they were counted.")
