"""Where files arrive in pieces before they are documents: encrypted, each person's own, and gone after a while.

An upload is a folder `sebagian/<user>/<name>/` beside the vault's contents. Its ticket says what it is to become; every
piece is a file of its own, named by where it begins, sealed to that place. Nothing is ever written over: of two pieces
that begin at the same byte the first one stays, on any number of servers, without a lock. How much has arrived is read
off the pieces that follow one another from the first byte on.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from models.document.errors import UploadCrumbled, UploadElsewhere, UploadNotFound
from models.document.vault import FileDamaged, Vault, aside, sync

UPLOADS_MOST = 20
"""Uploads of one person on their way at once; a further one pushes out the oldest."""
PIECES_MOST = 400
"""Pieces of one file: the largest document in pieces of 128 kB."""
KEPT_S = 3 * 24 * 3600
"""How long an upload that stopped can go on, in seconds: a village may be without a line for a weekend."""

_NAME = re.compile(r"[0-9a-f]{32}")
_TICKET = "tiket"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an upload is to become: evidence of a kind for a case; and its length in bytes."""

    case: int
    kind: str
    length: int


@dataclass(frozen=True, slots=True)
class Landing:
    """The place of one person's uploads."""

    vault: Vault
    user: int

    @property
    def _own(self) -> Path:
        return _root(self.vault) / str(self.user)

    def _folder(self, name: str) -> Path:
        """Return an upload's folder.

        Raises:
            UploadNotFound: this person has none of this name.
        """
        if not _NAME.fullmatch(name) or not (folder := self._own / name).is_dir():
            raise UploadNotFound
        return folder

    def begin(self, ticket: Ticket) -> str:
        """Announce an upload; return the name under which its pieces come."""
        self._own.mkdir(mode=0o700, parents=True, exist_ok=True)
        standing = sorted(_uploads(self._own), key=_touched)
        for old in standing[: max(0, len(standing) - UPLOADS_MOST + 1)]:
            shutil.rmtree(old, ignore_errors=True)
        name = uuid4().hex
        folder = self._own / name
        folder.mkdir(mode=0o700)
        path = folder / _TICKET
        aside(path, self.vault.seal(json.dumps(asdict(ticket)).encode(), self._bound(name, _TICKET))).replace(path)
        sync(folder)
        sync(self._own)
        return name

    def ticket(self, name: str) -> Ticket:
        """Return what an upload is to become.

        Raises:
            UploadNotFound: there is none, or it cannot be read any more.
        """
        return Ticket(**json.loads(self._opened(name, _TICKET)))

    def standing(self, name: str) -> tuple[Ticket, int]:
        """Return what an upload is to become, and how many bytes of it have arrived.

        Raises:
            UploadNotFound: there is none, or its ticket cannot be read any more.
        """
        return self.ticket(name), self._arrived(self._folder(name))

    def _arrived(self, folder: Path) -> int:
        return sum(size for _, size in self._pieces(folder))

    def add(self, name: str, offset: int, piece: bytes) -> int:
        """Keep a piece that begins at a byte; return how many bytes have arrived then.

        Raises:
            UploadNotFound: there is no such upload.
            UploadElsewhere: it stands elsewhere, or another piece came to this place first.
            UploadCrumbled: it has come in too many pieces.
        """
        folder = self._folder(name)
        pieces = list(self._pieces(folder))
        stands = sum(size for _, size in pieces)
        if offset != stands:
            raise UploadElsewhere(stands)
        if not piece:
            return stands
        if len(pieces) >= PIECES_MOST:
            raise UploadCrumbled(PIECES_MOST)
        path = folder / str(offset)
        beside = aside(path, self.vault.seal(piece, self._bound(name, path.name)))
        try:
            os.link(beside, path)
        except FileExistsError as error:
            raise UploadElsewhere(self._arrived(folder)) from error
        finally:
            beside.unlink()
        sync(folder)
        return stands + len(piece)

    def content(self, name: str) -> bytes:
        """Return what has arrived of an upload, decrypted.

        Raises:
            UploadNotFound: there is none, or a piece of it cannot be read any more.
        """
        return b"".join(self._opened(name, str(offset)) for offset, _ in self._pieces(self._folder(name)))

    def drop(self, name: str) -> None:
        """Forget an upload."""
        if _NAME.fullmatch(name):
            shutil.rmtree(self._own / name, ignore_errors=True)

    def _pieces(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Yield where each piece begins and how long it is, as far as they follow one another."""
        offset = 0
        while (path := folder / str(offset)).is_file():
            size = self.vault.size(path)
            yield offset, size
            offset += size

    def _opened(self, name: str, part: str) -> bytes:
        try:
            return self.vault.unseal((self._folder(name) / part).read_bytes(), self._bound(name, part))
        except (FileNotFoundError, FileDamaged) as error:
            raise UploadNotFound from error

    def _bound(self, name: str, part: str) -> str:
        return f"{self.user}/{name}/{part}"


def _root(vault: Vault) -> Path:
    return vault.folder / "sebagian"


def _uploads(own: Path) -> Iterator[Path]:
    return (path for path in own.iterdir() if _NAME.fullmatch(path.name))


def _touched(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0


def sweep_landed(vault: Vault, *, age_s: float = KEPT_S) -> list[str]:
    """Remove uploads into which nothing came for `age_s` seconds; return their names."""
    root, before = _root(vault), time.time() - age_s
    if not root.is_dir():
        return []
    removed = []
    for folder in (folder for own in sorted(root.iterdir()) for folder in _uploads(own)):
        if _touched(folder) < before:
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    return removed
