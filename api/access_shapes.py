"""The shapes of requests about signing in and accounts. Secrets are taken as they were typed, spaces included."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from api.shapes import Id, Moment, Near, Text, Unfit


def _keepable(secret: SecretStr) -> SecretStr:
    """Refuse halves of characters, which no hash can be made of."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError as error:
        raise Unfit("memuat tanda yang tidak dapat dibaca", "holds a sign that cannot be read") from error
    return secret


_LONG_NUMBER = re.compile(r"\d[\d .-]{8,}\d")


def _without_numbers(words: str) -> str:
    """Refuse words that hold a number of a person: what is written down beside a read is kept."""
    if _LONG_NUMBER.search(words):
        raise Unfit("jangan menulis NIK, No KK atau nomor rekening di sini", "write no NIK, KK or account number here")
    return words


Number = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[41])]
Nik = Annotated[SecretStr, Field(min_length=16, max_length=16, examples=["3204050101800001"])]
Password = Annotated[
    SecretStr,
    AfterValidator(_keepable),
    Field(min_length=1, max_length=200, examples=["lampu kapas sungai terbit"]),
]
Held = Annotated[SecretStr, AfterValidator(_keepable), Field(min_length=20, max_length=100)]
"""A secret we gave: of an attempt, a link, a device."""
Code = Annotated[SecretStr, AfterValidator(_keepable), Field(min_length=6, max_length=20, examples=["123456"])]
Pending = Annotated[str, Field(pattern="^([0-9a-f]{2})+$", max_length=400, examples=["00ff"])]
Reason = Annotated[Text, Field(min_length=3, max_length=400, examples=["HP hilang, datang ke kantor dengan KTP"])]
_HELD = "k3J9mS2qWvX7bN5tR8yZ1cD4fG6hL0pA"


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignIn(_Asked):
    """NIK and password; `device` is the secret that this device was given when somebody signed in here before."""

    nik: Nik
    password: Password
    device: Held | None = None


class Attempt(_Asked):
    """An attempt that was begun."""

    attempt: Annotated[Held, Field(examples=[_HELD])]


class CodeIn(Attempt):
    """The code of an attempt: one that was sent, one of an authenticator, or a recovery code."""

    code: Code


class Choice(Attempt):
    """The wilayah kerja to act in, once the code was right."""

    assignment: Number
    device: Held | None = None


class Forgot(_Asked):
    """Whose password is forgotten."""

    nik: Nik
    device: Held | None = None


class NewPassword(Attempt):
    """The new password, once the code was right."""

    password: Password


class LinkRead(_Asked):
    """A one-time link, and the NIK of the person it is for."""

    link: Annotated[Held, Field(examples=[_HELD])]
    nik: Nik


class LinkUse(LinkRead):
    """The password one chooses, and the first code of the authenticator if one scanned the key that was offered."""

    password: Password
    pending: Pending | None = None
    code: Code | None = None


class SignOut(_Asked):
    """Leave here, or everywhere, tokens included."""

    everywhere: Annotated[bool, Field(examples=[False])] = False


class Switch(_Asked):
    """Another wilayah kerja of one's own."""

    assignment: Number


class Proof(_Asked):
    """One's password, to show again that it is oneself."""

    password: Password


class TokenIn(Proof):
    """A token for a program, in one wilayah kerja of one's own."""

    name: Annotated[Text, Field(min_length=1, max_length=60, examples=["server kecamatan"])]
    assignment: Number
    days: Annotated[int, Field(ge=1, le=3650, examples=[90])]


class PasswordIn(Proof):
    """The present password, and the new one."""

    new: Password


class TotpProof(_Asked):
    """The offered key, and its first code."""

    pending: Pending
    code: Code


class ProposalIn(_Asked):
    """A dated role with its scope for whoever has this NIK."""

    nik: Annotated[str, Field(pattern="^[0-9]{16}$", examples=["3204050101800001"])]
    name: Annotated[Text, Field(min_length=2, max_length=100, examples=["Dadang Suherman"])]
    role: Annotated[Text, Field(min_length=1, max_length=40, examples=["operator_desa"])]
    region: Annotated[int | None, Field(ge=11, le=9_999_999_999, examples=[3204052001])] = None
    programme: Annotated[Text | None, Field(min_length=1, max_length=40)] = None
    organisation: Annotated[Text | None, Field(min_length=1, max_length=40)] = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class LinkIn(_Asked):
    """Why a password is reset, and whether second factors are linked anew because the phone is lost."""

    reason: Reason | None = None
    clear_factors: bool = False


class ReasonIn(_Asked):
    """Why."""

    reason: Reason


class DelegationIn(_Asked):
    """Who acts in the place of an assignment, from when (now, if nothing is said) until when, and why."""

    assignment: Number
    to: Annotated[Number, Field(description="Akun rekan / the colleague's account")]
    valid_from: Near | None = None
    valid_to: Annotated[Near, Field(examples=["2026-12-31T17:00:00+07:00"])]
    reason: Annotated[Reason, Field(examples=["Cuti melahirkan"])]


class OfferIn(_Asked):
    """Families offered to a colleague: one's own, or as administrator those of `giver`; where none is named, all."""

    receiver: Annotated[Number, Field(description="Akun penerima / the receiver's account")]
    giver: Annotated[Number | None, Field(description="Hanya admin: akun yang ditinggalkan / administrators only")] = (
        None
    )
    families: Annotated[list[Id] | None, Field(min_length=1, max_length=10_000, examples=[[41873, 41874]])] = None
    reason: Annotated[Reason, Field(examples=["Pindah tugas ke kecamatan lain"])]


class PurposeIn(_Asked):
    """Why a family's numbers are opened: a code of /reads/purposes, and in one's own words."""

    purpose: Annotated[str, Field(pattern="^[A-Z_]{2,40}$", examples=["VERIFIKASI"])]
    words: Annotated[
        Text,
        AfterValidator(_without_numbers),
        Field(min_length=3, max_length=200, examples=["Mencocokkan dengan KK yang dibawa ke loket"]),
    ]


class ReadTrail(_Asked):
    """What a page of reads is narrowed to. All filters given must hold."""

    account: Annotated[Number | None, Field(description="Akun pembaca / the reader's account")] = None
    household: Id | None = None
    region: Annotated[Text | None, Field(max_length=20, description="Wilayah keluarga", examples=["32.04"])] = None
    what: Annotated[str | None, Field(pattern="^(keluarga|riwayat|kasus|bukti|dokumen|nomor)$")] = None
    since: Annotated[Near | None, Field(alias="from", description="Sejak / from, inclusive")] = None
    until: Annotated[Near | None, Field(description="Sebelum / before, exclusive")] = None
    before: Annotated[Id | None, Field(description="Id terakhir yang sudah dilihat / last one seen")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
