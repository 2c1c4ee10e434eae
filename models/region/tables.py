"""The table of regions."""

from sqlalchemy import BigInteger, Column, Double, Index, SmallInteger, Text
from sqlmodel import Field, SQLModel


class Region(SQLModel, table=True):
    """One provinsi, kabupaten or kota, kecamatan, desa or kelurahan; loaded from the decree, never edited by hand."""

    __tablename__ = "region"
    __table_args__ = (
        Index("region_parent_idx", "parent"),
        Index("region_search_idx", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )

    code: int = Field(
        sa_column=Column(
            BigInteger, primary_key=True, autoincrement=False, comment="Kemendagri code without dots; ten digits"
        )
    )
    level: int = Field(sa_column=Column(SmallInteger, nullable=False, comment="Number of digits: 2, 4, 6 or 10"))
    name: str = Field(sa_column=Column(Text, nullable=False, comment="Name as the decree writes it"))
    parent: int | None = Field(
        default=None, sa_column=Column(BigInteger, nullable=True, comment="Code one level up; null for a provinsi")
    )
    lo: int = Field(sa_column=Column(BigInteger, nullable=False, comment="Lowest village code in this region"))
    hi: int = Field(sa_column=Column(BigInteger, nullable=False, comment="Highest village code in this region"))
    latitude: float | None = Field(
        default=None, sa_column=Column(Double, nullable=True, comment="Degrees north, WGS 84; null when not known")
    )
    longitude: float | None = Field(
        default=None, sa_column=Column(Double, nullable=True, comment="Degrees east, WGS 84; null when not known")
    )
    postal_code: str | None = Field(
        default=None, sa_column=Column(Text, nullable=True, comment="Five digits; villages only")
    )
    search: str = Field(
        sa_column=Column(
            Text, nullable=False, comment="name|kind|names above|, each folded: lower case, no accents or punctuation"
        )
    )
