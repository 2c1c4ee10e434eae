"""`alur documents`: what the files of documents need beside the API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from alur.site import Site, open_site
from models.database import Conn, connect
from models.document.commands import check, sweep
from models.document.vault import FileDamaged, FileMissing, Vault
from models.settings import Settings

T = TypeVar("T")


def _vault(site: Site, config: Settings) -> Vault:
    given = config.document_keys.get_secret_value() if config.document_keys else ""
    return Vault.of(config.document_folder, given or site.document_keys)


def _with_owner(config: Settings, work: Callable[[Conn, Vault], Awaitable[T]]) -> T:
    async def run(site: Site) -> T:
        async with await connect(site.admin_dsn) as conn:
            return await work(conn, _vault(site, config))

    with open_site(config) as site:
        return asyncio.run(run(site))


def sweep_files(config: Settings) -> int:
    """Remove what interrupted uploads left; return how many files."""
    return len(_with_owner(config, sweep))


def check_files(config: Settings) -> dict[str, str]:
    """Open every document's file; return SHA-256 -> ``hilang`` or ``rusak`` of those that are not as they were."""
    return _with_owner(config, check)


def rewrap_files(config: Settings) -> tuple[int, list[str]]:
    """Wrap every file's key with the first master key; return how many were, and which cannot be opened."""
    wrapped, unreadable = 0, []
    with open_site(config) as site:
        vault = _vault(site, config)
        for sha256 in vault.stored():
            try:
                wrapped += vault.rewrap(sha256)
            except (FileMissing, FileDamaged):
                unreadable.append(sha256)
    return wrapped, unreadable
