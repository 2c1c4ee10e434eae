"""What the command does with notices, as the operator of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alur.site import open_site
from models.database import sync_connect
from models.notice.commands import resend_any
from models.notice.queries import dead_anywhere
from models.settings import Settings


def dead_letters(config: Settings) -> list[dict[str, Any]]:
    """Return every message that no channel took, oldest first."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return dead_anywhere(conn)


def send_again(config: Settings, ids: Sequence[int]) -> int:
    """Send dead letters again; returns how many are on their way."""
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        return resend_any(conn, ids)
