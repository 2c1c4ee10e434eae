"""The table of regions."""

from sqlalchemy import Index
from sqlmodel import SQLModel

from models import columns as col


class Region(SQLModel, table=True):
    """One provinsi, kabupaten or kota, kecamatan, desa or kelurahan; loaded from the decree, never edited by hand."""

    __tablename__ = "region"

    code: int = col.bigint("Kemendagri code without dots; ten digits for a village.", key=True)
    level: int = col.smallint("Number of digits of the code: 2, 4, 6 or 10.")
    name: str = col.text("Name as the decree writes it.")
    parent: int | None = col.bigint("Code one level up; null for a provinsi.")
    lo: int = col.bigint("Lowest village code in this region.")
    hi: int = col.bigint("Highest village code in this region.")
    latitude: float | None = col.double("Degrees north, WGS 84; null when not known.")
    longitude: float | None = col.double("Degrees east, WGS 84; null when not known.")
    postal_code: str | None = col.text("Five digits; villages only.")
    search: str = col.text("name|kind|names above|, each folded: lower case, no accents or punctuation.")

    __table_args__ = (Index("region_parent", "parent"),)
