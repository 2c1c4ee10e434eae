"""The shape of one proposal as machines enter it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from api.shapes import Input, Text, Unfit
from models.usulan.workbook import FAMILY_SHEET, MEMBER_SHEET, columns

Typed = dict[Annotated[Text, Field(max_length=40)], Annotated[Text, Field(max_length=500)]]


class EntryIn(Input):
    """One proposal in the columns of a village's list: the family's, and those of each member; values as one types."""

    family: Annotated[
        Typed,
        Field(max_length=120, examples=[{"no_kk": "3204050101260009", "kode_desa": "3204052001", "rt": "001"}]),
    ]
    members: Annotated[
        list[Annotated[Typed, Field(max_length=120)]],
        Field(max_length=40, examples=[[{"nik": "3204050505900009", "nama": "Asep", "tanggal_lahir": "05-05-1990"}]]),
    ]
    seen: Annotated[Text, Field(max_length=64, description="Tanda dari 409 / the mark of a 409")] = ""

    @model_validator(mode="after")
    def _known(self) -> EntryIn:
        for sheet, rows in ((FAMILY_SHEET, [self.family]), (MEMBER_SHEET, self.members)):
            known = {column.name for column in columns(sheet)}
            if unknown := sorted({name for row in rows for name in row} - known):
                names = ", ".join(unknown)
                raise Unfit(f"kolom tidak dikenal: {names}", f"unknown columns: {names}")
        return self
