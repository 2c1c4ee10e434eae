"""The shapes of how one wants to be told, and of dead letters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from api.shapes import Id, Input, Text, Unfit
from models.notice.rules import CHANNELS


class Addresses(Input):
    """Where one is reached; what is not named stays, null takes it away. Telegram is connected by its own code."""

    telegram: Annotated[None, Field(description="Hanya null / null only: putuskan / disconnect")] = None
    email: Annotated[Text, Field(pattern=r"^[^@\s<>,;]{1,64}@[^@\s<>,;]+\.[^@\s<>,;]+$", max_length=254)] | None = None
    sms: Annotated[Text, Field(pattern=r"^\+[0-9]{8,15}$", max_length=16)] | None = None
    webhook: Annotated[Text, Field(pattern=r"^https?://[^\s]+$", max_length=500)] | None = None
    kantor: Annotated[Text, Field(pattern="^[a-z0-9-]{1,60}$", max_length=60)] | None = None


Hour = Annotated[int, Field(ge=0, le=23)]


class WishesIn(Input):
    """How one wants to be told; what is left out follows policy. Quiet hours from = to: none."""

    channels: Annotated[
        list[Annotated[str, Field(pattern=f"^({'|'.join(CHANNELS)})$")]] | None,
        Field(max_length=len(CHANNELS), examples=[["telegram", "email"]]),
    ] = None
    language: Annotated[str | None, Field(pattern="^(id|en)$", examples=["id"])] = None
    digest: Annotated[str | None, Field(pattern="^(langsung|harian)$", examples=["harian"])] = None
    quiet_from: Annotated[Hour | None, Field(description="Jam setempat / local hour", examples=[21])] = None
    quiet_to: Annotated[Hour | None, Field(description="Jam setempat / local hour", examples=[6])] = None
    addresses: Annotated[Addresses, Field(examples=[{"email": "operator@desa.example"}])] = Addresses()

    @model_validator(mode="after")
    def _both(self) -> WishesIn:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise Unfit("“quiet_from” dan “quiet_to” diisi berdua", "“quiet_from” and “quiet_to” come together")
        return self


class Resend(Input):
    """Dead letters to send again."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000, examples=[[17, 18]])]
