"""The shapes of one proposal as machines enter it: of a family told whole, or of a change of one on record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.shapes import Id, Input, Text, Unfit
from models.usulan.change_rules import CARD, DOCUMENT_MOST, Told
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


Relation = Annotated[int, Field(ge=1, le=8, description="Kode hubungan / relation to the head on the new card")]


class ChangeIn(Input):
    """What happened to a family on record; members by their `id` in it, dates and villages as one types them."""

    kind: Annotated[Literal["MENINGGAL", "GANTI_PENGURUS", "PINDAH", "PECAH_KK"], Field(examples=["MENINGGAL"])]
    members: Annotated[
        list[Id],
        Field(
            default_factory=list,
            max_length=40,
            description="MENINGGAL: siapa / who died",
            examples=[[1]],
        ),
    ]
    payee: Annotated[Id | None, Field(description="GANTI_PENGURUS")] = None
    died_on: Annotated[Text, Field(max_length=40, examples=["03-11-2026"], description="MENINGGAL")] = ""
    destination: Annotated[
        Text, Field(max_length=80, examples=["3204052001"], description="PINDAH: kode atau nama desa / village")
    ] = ""
    card: Annotated[
        Typed,
        Field(
            default_factory=dict,
            max_length=len(CARD),
            description=f"PECAH_KK: {', '.join(CARD)}",
            examples=[{"no_kk": "3204050101260009", "alamat": "Jl. Melati 1", "rt": "001", "rw": "002"}],
        ),
    ]
    relations: Annotated[
        dict[Id, Relation],
        Field(
            default_factory=dict,
            max_length=40,
            description="PECAH_KK: siapa / who goes -> hubungan",
            examples=[{1: 1}],
        ),
    ]
    document: Annotated[
        Text, Field(max_length=DOCUMENT_MOST, description="Nomor akta, SKPWNI, surat / number of the paper")
    ] = ""

    @model_validator(mode="after")
    def _known(self) -> ChangeIn:
        if unknown := sorted(set(self.card) - set(CARD)):
            names = ", ".join(unknown)
            raise Unfit(f"kolom tidak dikenal: {names}", f"unknown columns: {names}")
        return self

    def told(self) -> Told:
        """Return the change as the command takes it."""
        return Told(**self.model_dump() | {"members": tuple(self.members)})
