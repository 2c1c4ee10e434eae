"""Where documents lie: one encrypted file per content, outside everything that is served.

A file is AES-256-GCM under a key of its own; that key is wrapped by a master key whose name stands in the file, so that
master keys can be changed without touching a row. Layout, in order: magic (8 bytes), length and name of the master key,
nonce (12) and wrapped key (48), nonce (12) and content with its tag. Both are bound to the content's SHA-256, which is
the file's name: a file put in another's place is not opened.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"ALURDOK1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _KEY_BYTES + _TAG_BYTES
_NAME = re.compile(r"[A-Za-z0-9._-]{1,32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileMissing(Exception):
    """No file holds this content."""


class FileDamaged(Exception):
    """The file is not what was stored, or the key that wraps it is not among ours."""


def parse_keys(text: str) -> dict[str, bytes]:
    """Return master keys by name from ``name:key,name:key``; the first one wraps what is stored from now on.

    Args:
        text: keys are 32 bytes in URL-safe base64, as `new_key` writes them.

    Raises:
        ValueError: not of that form. The message holds no key.
    """
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(filter(None, (part.strip() for part in re.split(r"[,\s]+", text))), 1):
        name, _, coded = entry.partition(":")
        try:
            key = base64.urlsafe_b64decode(coded)
        except (binascii.Error, ValueError):
            key = b""
        if not _NAME.fullmatch(name) or name in keys or len(key) != _KEY_BYTES:
            raise ValueError(f"Entry {place} of ALUR_DOCUMENT_KEYS is no name:key of 32 bytes in base64.")
        keys[name] = key
    if not keys:
        raise ValueError("ALUR_DOCUMENT_KEYS names no key.")
    return keys


def new_key(name: str) -> str:
    """Return a fresh master key as it stands in the settings."""
    return f"{name}:{base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def _parted(raw: bytes, bound: str) -> tuple[str, bytes]:
    """Return the name of the master key of something sealed, and what follows it."""
    start = len(_MAGIC) + 1
    if not raw.startswith(_MAGIC) or len(raw) <= start:
        raise FileDamaged(bound)
    end = start + raw[len(_MAGIC)]
    return raw[start:end].decode("ascii", "replace"), raw[end:]


def sync(folder: Path) -> None:
    """Make names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def aside(path: Path, data: bytes) -> Path:
    """Write a file durably beside the place it is meant for, and return where; whoever asked puts it there.

    Raises:
        OSError: it cannot be written, as on a full disk; nothing of it is left there.
    """
    beside = path.with_name(f"{path.name}.{secrets.token_hex(6)}.baru")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        beside.unlink()
        raise
    return beside


@dataclass(frozen=True, slots=True)
class Vault:
    """A folder of encrypted contents and the master keys that open them."""

    folder: Path
    keys: Mapping[str, bytes]

    @classmethod
    def of(cls, folder: Path, keys: str) -> Self:
        """Return the vault of a folder, with master keys as they stand in the settings.

        Raises:
            ValueError: the keys cannot be read.
        """
        return cls(folder, parse_keys(keys))

    def path(self, sha256: str) -> Path:
        """Return where a content lies."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("no SHA-256")
        return self.folder / sha256[:2] / sha256[2:]

    def put(self, content: bytes) -> str:
        """Store a content durably and return its SHA-256, hexadecimal; one that is there already is stored once.

        When this returns, the file survives a power cut. Interrupted, it leaves at most a file that nobody names.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        try:
            self.get(sha256)
        except (FileMissing, FileDamaged):
            self._write(path, self.seal(content, sha256))
        else:
            os.utime(path)  # young again, so that no sweep takes it for left over
            sync(path.parent)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return a content, decrypted and checked against its hash.

        Raises:
            FileMissing, FileDamaged: it cannot be handed out.
        """
        content = self.unseal(self._read(sha256), sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise FileDamaged(sha256)
        return content

    def rewrap(self, sha256: str) -> bool:
        """Wrap a file's key with the first master key; returns whether it was wrapped by another one.

        Raises:
            FileMissing, FileDamaged: it cannot be opened with the keys there are.
        """
        raw = self._read(sha256)
        if _parted(raw, sha256)[0] == next(iter(self.keys)):
            return False
        key, body = self._opened(raw, sha256)
        self._write(self.path(sha256), self._head(key, sha256) + body)
        return True

    def stored(self) -> Iterator[str]:
        """Yield the SHA-256 of every content that has a file."""
        for path in sorted(self.folder.glob("??/*")):
            sha256 = path.parent.name + path.name
            if _SHA256.fullmatch(sha256):
                yield sha256

    def left_over(self, before: float) -> Iterator[Path]:
        """Yield files of interrupted writes, last touched before a moment (seconds since the epoch)."""
        for path in sorted(self.folder.glob("??/*.baru")):
            if path.stat().st_mtime < before:
                yield path

    def older(self, sha256: str, before: float) -> bool:
        """Return whether a content's file was last stored before a moment (seconds since the epoch)."""
        try:
            return self.path(sha256).stat().st_mtime < before
        except FileNotFoundError:
            return False

    def remove(self, sha256: str) -> None:
        """Remove a content's file."""
        self.path(sha256).unlink(missing_ok=True)

    def seal(self, content: bytes, bound: str) -> bytes:
        """Return a content encrypted under a key of its own; what it is `bound` to must be named to open it."""
        key = secrets.token_bytes(_KEY_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        body = AESGCM(key).encrypt(nonce, content, _MAGIC + bound.encode())
        return self._head(key, bound) + nonce + body

    def unseal(self, raw: bytes, bound: str) -> bytes:
        """Return what was sealed.

        Raises:
            FileDamaged: it is not what was sealed, is bound to something else, or its master key is not ours.
        """
        key, body = self._opened(raw, bound)
        try:
            return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _MAGIC + bound.encode())
        except (InvalidTag, ValueError) as error:
            raise FileDamaged(bound) from error

    @staticmethod
    def size(path: Path) -> int:
        """Return how long a sealed file's content is, in bytes, without opening it.

        Raises:
            FileDamaged: nothing was sealed there.
        """
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC) + 1)
        if len(begin) <= len(_MAGIC) or not begin.startswith(_MAGIC):
            raise FileDamaged(path.name)
        return path.stat().st_size - len(begin) - begin[-1] - 2 * _NONCE_BYTES - _WRAPPED_BYTES - _TAG_BYTES

    def _head(self, key: bytes, bound: str) -> bytes:
        name, master = next(iter(self.keys.items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        coded = name.encode()
        wrapped = AESGCM(master).encrypt(nonce, key, _MAGIC + coded + b":" + bound.encode())
        return _MAGIC + bytes([len(coded)]) + coded + nonce + wrapped

    def _read(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise FileMissing(sha256) from error

    def _opened(self, raw: bytes, bound: str) -> tuple[bytes, bytes]:
        """Return a sealed content's own key, and the content still encrypted."""
        name, rest = _parted(raw, bound)
        master = self.keys.get(name)
        if master is None:
            raise FileDamaged(bound)
        nonce, wrapped = rest[:_NONCE_BYTES], rest[_NONCE_BYTES : _NONCE_BYTES + _WRAPPED_BYTES]
        try:
            key = AESGCM(master).decrypt(nonce, wrapped, _MAGIC + name.encode() + b":" + bound.encode())
        except (InvalidTag, ValueError) as error:
            raise FileDamaged(bound) from error
        return key, rest[_NONCE_BYTES + _WRAPPED_BYTES :]

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync(self.folder)
        aside(path, data).replace(path)
        sync(path.parent)
