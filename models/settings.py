"""Settings: one typed class, read once. Nothing else in the product reads the environment."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_KEY_SIGNS = 32
_KEY_SIGNS_DIFFERENT = 8
"""Fewer is a word typed again and again; 32 random ones of base64 have 20 or more."""


class Settings(BaseSettings):
    """Everything an operator may set, as `ALUR_…` in the environment or in `.env`. See `.env.example`.

    `make run` fills in what is left empty: it starts PostgreSQL, makes the database roles and their passwords, and
    hands each process only the addresses it needs.
    """

    model_config = SettingsConfigDict(env_prefix="ALUR_", env_file=".env", extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default=Path(".alur"), description="data, logs and keys of a single-machine installation")
    port: int = Field(default=8000, ge=1, le=65535, description="port of the API; all other ports are chosen free")
    host: str = Field(default="127.0.0.1", description="address the API listens on")

    database_url: SecretStr | None = Field(
        default=None, description="superuser DSN of an own PostgreSQL (15 to 18); empty: the embedded one"
    )
    api_database_url: SecretStr | None = Field(default=None, description="DSN of the role alur_api")
    worker_database_url: SecretStr | None = Field(default=None, description="DSN of the role alur_worker")
    secret_key: SecretStr | None = Field(default=None, description="signs tokens; at least 32 random characters")

    account_key: SecretStr | None = Field(
        default=None, description="finds accounts by NIK and opens second factors; 32 bytes in URL-safe base64"
    )

    documents: Path | None = Field(
        default=None, description="folder of uploaded documents, encrypted; empty: `documents` in the home"
    )
    document_keys: SecretStr | None = Field(
        default=None, description="master keys of documents as name:key,name:key; the first one is for new files"
    )
    document_mb_max: int = Field(
        default=5, ge=1, le=50, description="size of an uploaded document, in MB; a phone's photo has 3 to 5"
    )

    ports_url: str = Field(default="", description="base address of the outside systems (the simulator's in a demo)")

    public_url: str = Field(
        default="", description="address people reach Alur at, the beginning of links in messages; empty: paths only"
    )
    telegram_token: SecretStr | None = Field(default=None, description="token of the bot that sends notices")
    telegram_url: str = Field(default="https://api.telegram.org", description="address of the Telegram Bot API")
    telegram_bot: str = Field(default="", description="username of the bot, for the link that opens its chat")
    smtp_host: str = Field(default="", description="mail server; empty: no mail is sent")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    smtp_user: str = Field(default="", description="who signs in there; empty: nobody")
    smtp_password: SecretStr | None = Field(default=None, description="with which password")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(default="starttls", description="starttls, tls or none")
    smtp_from: str = Field(default="alur@localhost", description="sender of mails")
    sms_url: str = Field(default="", description="webhook of an SMS gateway; empty: no SMS is sent")
    sms_secret: SecretStr | None = Field(default=None, description="key that signs what goes to the gateway")
    office_channels: dict[str, SecretStr] = Field(
        default_factory=dict, description="offices' own channels: name -> address as Apprise writes it, as JSON"
    )
    webhook_private: bool = Field(default=False, description="let webhooks go to private addresses and over plain http")

    watch_ping_url: str = Field(
        default="",
        description="asked (GET) after each good run of the watch over stuck cases, e.g. a healthchecks.io URL",
    )

    prefect_api_url: str = Field(default="", description="address of the Prefect server's API")

    pool_size: int = Field(default=4, ge=1, description="database connections of one API process; 4 measured best p99")
    statement_seconds: int = Field(
        default=60, ge=0, description="how long one statement of the API may take, in seconds; 0: no limit"
    )
    lease_seconds: int = Field(
        default=120, ge=5, description="how long a flow run may be silent before another may replace it"
    )
    token_days: int = Field(default=30, ge=1, description="how long a signed token is good for, in days")
    rate_session: int = Field(
        default=1200, ge=0, description="requests a minute of one session in each API process; 0: no limit"
    )
    rate_network: int = Field(
        default=12000, ge=0, description="requests a minute of one network (/24, /48) in each API process; 0: no limit"
    )
    rate_stranger: int = Field(
        default=1200, ge=0, description="of those, requests without a token that we signed; 0: no limit"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="what a monitor shows to read /metrics; empty: only this machine may read them"
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")

    @field_validator("secret_key")
    @classmethod
    def _unguessable(cls, key: SecretStr | None) -> SecretStr | None:
        """Refuse a key that somebody may guess; an empty one is none. The message holds no key."""
        text = key.get_secret_value() if key else ""
        if not text:
            return None
        if len(text) < _KEY_SIGNS or len(set(text)) < _KEY_SIGNS_DIFFERENT:
            raise ValueError(
                f"ALUR_SECRET_KEY needs at least {_KEY_SIGNS} random characters: python -c 'import secrets; "
                "print(secrets.token_urlsafe(48))'"
            )
        return key

    @property
    def document_folder(self) -> Path:
        """Folder in which documents lie."""
        return self.documents or self.home / "documents"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
