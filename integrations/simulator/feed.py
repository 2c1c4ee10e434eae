"""A bank's news: what happened to credited money afterwards, in an order that never changes."""

import json
import sqlite3
import time
from collections.abc import Iterable
from datetime import date
from typing import Any

from integrations.simulator.problems import Problem
from integrations.simulator.store import Store

NEWS_MAX_ROWS = 1000


def schedule(db: sqlite3.Connection, bank: str, delay_s: float, items: Iterable[dict[str, Any]]) -> None:
    """Let news appear `delay_s` from now; inside the caller's transaction."""
    due = time.time() + delay_s
    db.executemany(
        "INSERT INTO news_due (bank, due, isi) VALUES (?, ?, ?)", ((bank, due, json.dumps(item)) for item in items)
    )


def read(store: Store, bank: str, sejak: int, batas: int, today: date) -> list[dict[str, Any]]:
    """Number what is due, then return what comes after `sejak`, at most `batas` rows."""
    with store.transaction() as db:
        _publish(db, bank, today)
        rows = db.execute(
            "SELECT isi FROM news WHERE bank = ? AND urut > ? ORDER BY urut LIMIT ?", (bank, sejak, batas)
        ).fetchall()
    return [json.loads(row[0]) for row in rows]


def push(
    store: Store, bank: str, id_: str, nomor_si: str | None, delay_s: float, about: dict[str, Any]
) -> dict[str, Any]:
    """Let news about a credit that was made appear after `delay_s`.

    Raises:
        Problem: no such credit (404).
    """
    with store.transaction() as db:
        row = db.execute(
            "SELECT nomor_si, nominal_rp FROM credit WHERE bank = ? AND id = ? AND nomor_si = coalesce(?, nomor_si)"
            " ORDER BY rowid DESC",
            (bank, id_, nomor_si),
        ).fetchone()
        if row is None:
            raise Problem(404, "kredit-tidak-ada", "Kredit tidak ada", "baris SI ini belum pernah dikreditkan")
        item = {"jenis": about["jenis"], "id": id_, "nomor_si": row[0], **about}
        schedule(db, bank, delay_s, [item])
    return item


def _publish(db: sqlite3.Connection, bank: str, today: date) -> None:
    now = time.time()
    due = db.execute(
        "SELECT id, isi FROM news_due WHERE bank = ? AND due <= ? ORDER BY due, id", (bank, now)
    ).fetchall()
    if not due:
        return
    (last,) = db.execute("SELECT coalesce(max(urut), 0) FROM news WHERE bank = ?", (bank,)).fetchone()
    numbered = []
    for urut, (_, text) in enumerate(due, last + 1):
        item = {"urut": urut, **json.loads(text), "tanggal": today.isoformat()}
        if item["jenis"] == "retur":
            item["nomor_surat_retur"] = f"SR-{urut:06d}/{bank}/{today.year}"
        numbered.append((bank, urut, json.dumps(item)))
    db.executemany("INSERT INTO news VALUES (?, ?, ?)", numbered)
    db.executemany("DELETE FROM news_due WHERE id = ?", ((id_,) for id_, _ in due))
