"""The tables of signing in: what proves a person, what waits for a code, what slows guessing, what was recorded.

Nothing here is read by the application: its functions answer what it needs to know. NIK, passwords, codes and links are
kept as hashes alone, TOTP secrets and chats encrypted. All limits run by the real clock: a demo that moves a month
ahead signs nobody out, and a phone's codes follow no clock but the real one.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from models import columns as col


class Credential(SQLModel, table=True):
    """What somebody signs in with."""

    __tablename__ = "credential"

    user_id: int = col.integer("Whose.", key=True, references="account_user.id")
    nik_hash: str = col.text(
        "HMAC-SHA256 of the NIK under the site's key, hexadecimal: found, never read.", unique=True
    )
    nik_masked: str = col.text("The NIK as people are shown it: 320405••••••0001.")
    password_hash: str | None = col.text("Argon2id; null until the invitation was used.")
    changed_at: datetime | None = col.moment("When the password was last set, by the house's clock.")

    __table_args__ = (CheckConstraint("nik_masked !~ '[0-9]{7}'", name="credential_no_nik"),)


class SecondFactor(SQLModel, table=True):
    """A second factor of somebody's."""

    __tablename__ = "second_factor"

    user_id: int = col.integer("Whose.", key=True, references="account_user.id")
    kind: str = col.text("totp or telegram.", key=True)
    sealed: bytes = col.octets("TOTP secret, or the chat's number, encrypted with the site's key.")
    since: datetime = col.moment("When it was linked, by the house's clock.")
    last_step: int | None = col.bigint("Time step of the last TOTP code taken: each is taken once.")

    __table_args__ = (CheckConstraint("kind IN ('totp', 'telegram')"),)


class RecoveryCode(SQLModel, table=True):
    """A code for the day on which the phone is lost."""

    __tablename__ = "recovery_code"

    user_id: int = col.integer("Whose.", key=True, references="account_user.id")
    code_hash: str = col.text("HMAC-SHA256 under the site's key, hexadecimal.", key=True)
    used_at: datetime | None = col.moment("When it was used, by the real clock; null while it is good.")


class SigninChallenge(SQLModel, table=True):
    """One attempt to sign in, or to set a new password, between its steps."""

    __tablename__ = "signin_challenge"

    id: str = col.text("SHA-256 of what the caller holds, hexadecimal.", key=True)
    user_id: int | None = col.integer("Whose; null for a NIK that nobody has.", references="account_user.id")
    purpose: str = col.text("masuk or reset.")
    state: str = col.text("menunggu (for its code), lolos, selesai or gagal.", default="'menunggu'")
    network: str = col.text("Keyed hash of the network it came from.")
    user_agent: str = col.text("With what, shortened.")
    known: bool = col.boolean("From a device or network this person signed in from before.")
    code_hash: str | None = col.text("HMAC-SHA256 of the code that was sent.")
    code_until: datetime | None = col.moment("Until when that code is good, by the real clock.")
    sent_at: datetime | None = col.moment("When a code was last sent, by the real clock.")
    sends: int = col.smallint("How many codes were sent.", default="0")
    tries: int = col.smallint("How many codes were tried.", default="0")
    made_at: datetime = col.moment("When it began, by the real clock.")
    expires_at: datetime = col.moment("When it ends, by the real clock.")

    __table_args__ = (
        CheckConstraint("purpose IN ('masuk', 'reset')"),
        CheckConstraint("state IN ('menunggu', 'lolos', 'selesai', 'gagal')"),
        Index("signin_challenge_expires", "expires_at"),
    )


class SigninThrottle(SQLModel, table=True):
    """How often somebody failed somewhere, and from when he may try again. Never an account by itself."""

    __tablename__ = "signin_throttle"

    key: str = col.text("Account and place, or a network: keyed hashes.", key=True)
    fails: int = col.integer("Failures in a row.")
    last_at: datetime = col.moment("When the last one was, by the real clock.")
    next_at: datetime = col.moment("From when the next may be, by the real clock.")

    __table_args__ = (Index("signin_throttle_last", "last_at"),)


class SigninPlace(SQLModel, table=True):
    """A device or network somebody signed in from: a stranger's guesses elsewhere do not slow him there."""

    __tablename__ = "signin_place"

    user_id: int = col.integer("Who.", key=True, references="account_user.id")
    kind: str = col.text("jaringan or perangkat.", key=True)
    hash: str = col.text("Keyed hash of it.", key=True)
    seen_at: datetime = col.moment("When last, by the real clock.")

    __table_args__ = (CheckConstraint("kind IN ('jaringan', 'perangkat')"),)


class SigninLink(SQLModel, table=True):
    """A one-time link with which somebody sets his password: shown once to whoever made it, kept as a hash."""

    __tablename__ = "signin_link"

    id: int = col.bigint("Number of the link.", key=True, numbered=True)
    user_id: int = col.integer("For whom.", references="account_user.id")
    purpose: str = col.text("undangan or reset.")
    secret_hash: str = col.text("SHA-256 of its secret, hexadecimal.", unique=True)
    made_by: int | None = col.integer("Who made it; null for the owner of the database.", references="account_user.id")
    at: datetime = col.moment("When, by the real clock.")
    expires_at: datetime = col.moment("Until when it is good, by the real clock.")
    ended_at: datetime | None = col.moment("When it was used or replaced, by the real clock.")
    clear_factors: bool = col.boolean("Second factors are linked anew: the phone is lost.", default="false")
    reason: str | None = col.text("Why, for a reset.")

    __table_args__ = (
        CheckConstraint("purpose IN ('undangan', 'reset')"),
        Index("signin_link_user", "user_id"),
    )


class SigninEvent(SQLModel, table=True):
    """What happened about an account. Appended only; no NIK, password, code or address."""

    __tablename__ = "signin_event"

    id: int = col.bigint("Number of the event.", key=True, numbered=True)
    at: datetime = col.moment("When, by the house's clock.")
    kind: str = col.text("masuk, gagal, keluar, reset_dibuat, token_dibuat, peran_diakhiri …")
    user_id: int | None = col.integer("Whose account; null for a NIK that nobody has.")
    actor: int | None = col.integer("Who did it; null where nobody was known yet.")
    role: int | None = col.smallint("Which role it was about.")
    session: int | None = col.bigint("Number of the session it was about.")
    network: str | None = col.text("Keyed hash of the network.")
    reason: str | None = col.text("Class of a failure, or the reason given.")

    __table_args__ = (Index("signin_event_user", "user_id", "id"),)
