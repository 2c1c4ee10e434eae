"""The shape of an objection, a complaint or a withdrawal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.shapes import CaseId, Evidence, Input, Text


class ObjectionIn(Input):
    """One objection, complaint or withdrawal. A citizen's own family is meant unless another is named."""

    kind: Annotated[
        str,
        Field(
            pattern="^(SANGGAH_(PIHAK_LAIN|DESIL|PENOLAKAN|EXCLUDE|KELUAR)|MUNDUR|KELUHAN_(NOMINAL|KKS))$",
            examples=["SANGGAH_DESIL"],
        ),
    ]
    nik: Annotated[str | None, Field(pattern=r"^[0-9]{16}$", description="NIK seorang anggota / of a member")] = None
    no_kk: Annotated[str | None, Field(pattern=r"^[0-9]{16}$")] = None
    case: Annotated[
        CaseId | None,
        Field(description="Kasus yang disanggah, atau kasus mana pun milik keluarga itu / the case contested"),
    ] = None
    programme: Annotated[Text | None, Field(max_length=20, examples=["PKH"])] = None
    statement: Annotated[Text | None, Field(min_length=1, max_length=4000, description="Alasan, tanpa nama Anda")] = (
        None
    )
    amount_rp: Annotated[int | None, Field(ge=0, le=10**12, description="Saldo yang diterima / amount received")] = None
    reported: Annotated[
        Text | None, Field(min_length=1, max_length=80, description="Nama akun petugas yang dikeluhkan")
    ] = None
    evidence: Evidence
