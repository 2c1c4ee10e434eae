"""The tables of notices: what each person is told, how it reaches him, and how he wants to be reached."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import SQLModel

from models import columns as col


class Notice(SQLModel, table=True):
    """One thing that one person is told; his inbox. Written in the transaction of what it tells about."""

    __tablename__ = "notice"

    id: int = col.bigint("Number of the notice.", key=True, numbered=True)
    user_id: int = col.integer("Who is told.", references="account_user.id")
    kind: str = col.text("Message: the folder of its templates under notifications/messages/.")
    key: str = col.text("What it is about, unique for a person: the same news is told once.")
    urgent: bool = col.boolean("Waits for no digest and no quiet hours to end.", default="false")
    at: datetime = col.moment("When it was written, by the house's clock.")
    region: int | None = col.bigint("Village or region it is about, at that region's own length of code.")
    case_id: int | None = col.bigint("Case it is about, where it is about one.")
    data: dict[str, Any] = col.document("What its templates say: numbers, codes, labels, counts, a link; no person.")
    read_at: datetime | None = col.moment("When he read it; null while unread.")
    digest: int | None = col.bigint("Delivery that carries it together with others of the day.")

    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        # A NIK or KK number has 16 digits; nothing else in a notice has.
        CheckConstraint("data::text !~ '[0-9]{16}'", name="notice_impersonal"),
        Index("notice_inbox", "user_id", "id"),
        Index("notice_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("notice_digest", "digest", postgresql_where=text("digest IS NOT NULL")),
    )


class NoticeDelivery(SQLModel, table=True):
    """One message on its way to one person: a notice, or the digest of a day."""

    __tablename__ = "notice_delivery"

    id: int = col.bigint("Number of the delivery; its key outside is made of it.", key=True, numbered=True)
    user_id: int = col.integer("To whom.", references="account_user.id")
    notice: int | None = col.bigint("What it carries; null for a digest, which its notices name.")
    channel: str = col.text("telegram, email, sms, webhook or kantor.")
    state: str = col.text("antre, terkirim, gagal (is tried again) or mati (waits for a person).", default="'antre'")
    urgent: bool = col.boolean("Goes first, at any hour.", default="false")
    open: bool = col.boolean("A digest that still takes notices in.", default="false")
    tries: int = col.integer("How many times a sender took it up on this channel.", default="0")
    tried: list[str] = col.texts("Channels that were given up before.", default="'{}'")
    at: datetime = col.moment("When it was made, by the house's clock.")
    next_try: datetime = col.moment("From when it may be sent, by the house's clock.")
    lease: UUID | None = col.uuid("The sender's claim, by which he notes what came of it.")
    lease_until: datetime | None = col.moment("Until when it is his alone, by the real clock.")
    last_error: str | None = col.text("Why it did not arrive; no address, no secret.")
    provider_id: str | None = col.text("What the other side calls it.")
    done_at: datetime | None = col.moment("When it was accepted or given up, by the house's clock.")

    __table_args__ = (
        CheckConstraint("state IN ('antre', 'terkirim', 'gagal', 'mati')"),
        CheckConstraint("(notice IS NULL) OR NOT open"),
        Index(
            "notice_delivery_due",
            "channel",
            "next_try",
            postgresql_where=text("state = ANY (ARRAY['antre'::text, 'gagal'::text])"),
        ),
        Index("notice_delivery_open", "user_id", unique=True, postgresql_where=text("open")),
        Index("notice_delivery_dead", "id", postgresql_where=text("state = 'mati'")),
        Index("notice_delivery_notice", "notice", postgresql_where=text("notice IS NOT NULL")),
    )


class NoticePreference(SQLModel, table=True):
    """How a person wants to be told; what is null follows policy."""

    __tablename__ = "notice_preference"

    user_id: int = col.integer("Whose.", key=True, references="account_user.id")
    channels: list[str] | None = col.texts("Channels in order: the first that works is used.")
    language: str | None = col.text("id or en.")
    digest: str | None = col.text("langsung (each notice by itself) or harian (one message a day).")
    quiet_from: int | None = col.smallint("Hour of the day, local, from which nothing is sent.")
    quiet_to: int | None = col.smallint("Hour of the day, local, until which nothing is sent; the same: no quiet.")

    __table_args__ = (
        CheckConstraint("language IN ('id', 'en')"),
        CheckConstraint("digest IN ('langsung', 'harian')"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)"),
        CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_to BETWEEN 0 AND 23"),
    )


class NoticeAddress(SQLModel, table=True):
    """Where a person is reached by one channel. Personal data: his own to see, and the sender's to use."""

    __tablename__ = "notice_address"

    user_id: int = col.integer("Whose.", key=True, references="account_user.id")
    channel: str = col.text("telegram, email, sms, webhook or kantor.", key=True)
    address: str = col.text("Chat id, e-mail address, phone number (+62…), URL, or name of the office's channel.")
    secret: str | None = col.text("Key that signs a webhook; shown once.")
    at: datetime = col.moment("Since when, by the house's clock.")
    blocked_at: datetime | None = col.moment("When the other side turned us away; null while it is good.")
    blocked_why: str | None = col.text("What it said.")

    __table_args__ = (CheckConstraint("channel IN ('telegram', 'email', 'sms', 'webhook', 'kantor')"),)


class NoticeLink(SQLModel, table=True):
    """A one-time code with which a person shows that a Telegram chat is his."""

    __tablename__ = "notice_link"

    user_id: int = col.integer("Whose.", key=True, references="account_user.id")
    code_hash: str = col.text("SHA-256, hexadecimal, of the code.", unique=True)
    expires_at: datetime = col.moment("Until when it is good, by the real clock.")


class NoticeCursor(SQLModel, table=True):
    """How far a reader of news has come: written in the transaction of what it wrote about them."""

    __tablename__ = "notice_cursor"

    name: str = col.text("Which reader.", key=True)
    xid: int = col.xid8("Transaction of the last act it read.")
    act: int = col.bigint("The last act it read.")
    number: int = col.bigint("How many acts it has read: its own dense numbers.", default="0")
    until: datetime | None = col.moment("Up to which moment a periodic reader has told.")
