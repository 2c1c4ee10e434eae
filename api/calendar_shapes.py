"""The shapes of what is decreed about the calendar."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.shapes import Input, Text

Decree = Annotated[Text, Field(min_length=3, max_length=300, examples=["SE Dirjen 12/2026"])]
Cause = Annotated[Text, Field(min_length=3, max_length=1000, examples=["Banjir, kantor desa terputus"])]


class WithdrawalIn(Input):
    """End a holiday or an extension by decree; it stays on record."""

    decree: Decree
    reason: Cause


class ExtensionIn(Input):
    """Give one kabupaten or kota further days for a step, within one month."""

    step: Annotated[str, Field(pattern="^(input|kirim|pengesahan|tarik)$", examples=["kirim"])]
    region: Annotated[int, Field(ge=1101, le=9999, description="Kode kabupaten/kota, empat angka", examples=[3204])]
    programme: Annotated[Text | None, Field(max_length=20, description="Kosong: semua / none: all")] = None
    first_day: Annotated[date, Field(examples=["2026-12-15"])]
    last_day: Annotated[date, Field(examples=["2026-12-20"])]
    decree: Decree
    reason: Cause
