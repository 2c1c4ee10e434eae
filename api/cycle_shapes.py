"""The shapes of requests about verval cycles."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from api.shapes import CaseId, Input, Kind, Text, Version, _each_once, _kept

Account = Annotated[Text, Field(min_length=1, max_length=80, examples=["pendamping1"])]


class CycleIn(Input):
    """A verval cycle outside the calendar of policy: its days, the circular that orders it, and why."""

    mulai: Annotated[date, Field(examples=["2027-02-01"])]
    selesai: Annotated[date, Field(examples=["2027-04-30"])]
    surat_edaran: Annotated[dict[Kind, Any], AfterValidator(_kept), Field(min_length=1, examples=[{"nomor": "SE/4"}])]
    reason: Annotated[Text, Field(min_length=1, max_length=4000, examples=["verval ulang setelah gempa"])]


class HandoverIn(Input):
    """An officer who leaves, and who may take the visits he still has to make; nobody named: whoever works nearby."""

    officer: Account
    to: Annotated[list[Account], Field(max_length=100, default_factory=list)]
    reason: Annotated[Text, Field(min_length=1, max_length=4000, examples=["pindah tugas"])]


class Checked(Input):
    """One visit that was checked again; `wrong` is the reason that sends it back, nothing where it was right."""

    visit: CaseId
    wrong: Annotated[Text | None, Field(min_length=1, max_length=40, examples=["DATA_JANGGAL"])] = None


class SampleIn(Input):
    """The result of a village's sample: every visit of it, each once."""

    version: Version | None = None
    checked: Annotated[
        list[Checked], Field(min_length=1, max_length=10_000, examples=[[{"visit": 41873, "wrong": "DATA_JANGGAL"}]])
    ]

    @model_validator(mode="after")
    def _once(self) -> SampleIn:
        _each_once([result.visit for result in self.checked])
        return self
