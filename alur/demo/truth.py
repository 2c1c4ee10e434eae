"""What a family can show when a number or name is doubted: its real cards, from the outside world's own file."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any


class Cards:
    """Identity cards of the demo's people."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        self._file.row_factory = sqlite3.Row

    def of(self, member: dict[str, Any], village: int) -> dict[str, Any] | None:
        """Return the card of a member whose NIK is shown masked: by that number, else by name and birth date."""
        masked = member["nik"]
        pattern = f"{masked[:6]}{'_' * 6}{masked[-4:]}"
        row = self._file.execute(
            "SELECT * FROM person WHERE kode_desa = ? AND tanggal_lahir = ? "
            "AND (nik LIKE ? OR nama = ? COLLATE NOCASE) ORDER BY nik LIKE ? DESC LIMIT 1",
            (str(village), member["tanggal_lahir"], pattern, member["nama"], pattern),
        ).fetchone()
        return dict(row) if row else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()
