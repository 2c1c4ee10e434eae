"""The file of a backup: one tar with the database's dump, the documents, and last a manifest that vouches for both.

    alur.dump        pg_dump, custom format
    documents/…      what people attached, in order of name
    manifest.json    versions, counts, fingerprint of the log, hashes of the rest

It is written and read as a stream, in constant memory. The manifest stands last: a file that was cut short has none.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from alur.runtime.errors import HostProblem

FORMAT = 1
DUMP = "alur.dump"
MANIFEST = "manifest.json"
DOCUMENTS = "documents"
_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 1 << 20
_MANIFEST_BYTES_MAX = 1 << 22
_STORED = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")
"""Where a document's content lies in its folder, by its SHA-256."""
_UNFINISHED = (".baru", ".part")
"""How names of files end that are being written: by the vault, and by `fresh`."""


class ArchiveProblem(HostProblem):
    """A backup's file cannot be written or used; says it in both languages."""

    def __init__(self, text: str, text_en: str) -> None:
        super().__init__(text, text_en)
        self.text, self.text_en = text, text_en

    def __str__(self) -> str:
        return f"{self.text}\n{self.text_en}"


class _Hashing(io.RawIOBase):
    """A file read by somebody else, hashed on the way."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self.hash.update(part)
        return part


@contextmanager
def fresh(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that gets the name `path` when the block ends well, whole and on disk; else nothing has that name.

    Until then it is called `path`.part, which a killed run leaves behind and the next one writes anew.

    Raises:
        ArchiveProblem: there is a file of that name; a backup is never overwritten.
    """
    if path.exists():
        raise ArchiveProblem(
            f"{path} sudah ada; cadangan tidak ditimpa. Pilih nama lain.",
            f"{path} exists; a backup is not overwritten. Choose another name.",
        )
    part = path.with_name(f"{path.name}.part")
    with os.fdopen(_claimed(part), "r+b") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too is on disk
    finally:
        os.close(folder)


def _claimed(part: Path) -> int:
    """Open an unfinished file for us alone, empty; the kernel lets go of it when we end, however we end."""
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it may just have given it its final name; then that file is not ours to empty.
        ours = part.exists() and part.stat().st_ino == os.fstat(descriptor).st_ino
    except BlockingIOError:
        ours = False
    if not ours:
        os.close(descriptor)
        raise ArchiveProblem(
            f"{part} sedang ditulis proses lain. Tunggu sampai selesai, atau pilih nama lain.",
            f"{part} is being written by another process. Wait until it is done, or choose another name.",
        )
    os.ftruncate(descriptor, 0)
    return descriptor


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    return member


def write_dump(file: IO[bytes], dump: IO[bytes]) -> dict[str, Any]:
    """Write the first member from a stream of unknown length; returns its size and hash.

    Its header is written last, over the room left for it.
    """
    begin = file.tell()
    file.write(b"\0" * _BLOCK)
    digest, size = hashlib.sha256(), 0
    while part := dump.read(_CHUNK):
        file.write(part)
        digest.update(part)
        size += len(part)
    file.write(b"\0" * (-size % _BLOCK))
    end = file.tell()
    file.seek(begin)
    file.write(_member(DUMP, size).tobuf(tarfile.GNU_FORMAT))
    file.seek(end)
    return {"bytes": size, "sha256": digest.hexdigest()}


class _Roll:
    """SHA-256 of contents that must come by in this order; counts those that do not."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = iter(names)
        self._next = next(self._names, None)
        self.lost, self.first = 0, ""

    def came(self, name: str) -> None:
        """Note that a content is there: what stands before it on the roll is not."""
        self._until(name)
        if self._next == name:
            self._next = next(self._names, None)

    def close(self) -> int:
        """Return how many were not there, once all that are there came."""
        self._until(None)
        return self.lost

    def _until(self, name: str | None) -> None:
        while self._next is not None and (name is None or self._next < name):
            self.lost, self.first = self.lost + 1, self.first or self._next
            self._next = next(self._names, None)


def write_rest(
    file: IO[bytes], documents: Path, manifest: dict[str, Any], named: Iterable[str], *, lacking: bool
) -> dict[str, Any]:
    """Write the documents and the manifest, which is completed with theirs; returns it.

    Args:
        file: where to, behind the dump.
        documents: their folder.
        manifest: what is known of the dump.
        named: SHA-256 of the documents that the dump's rows name, in order.
        lacking: go on although some of those have no file; the manifest counts them.

    Raises:
        ArchiveProblem: some have none.
    """
    roll = _Roll(named)
    with tarfile.open(fileobj=file, mode="w:", format=tarfile.GNU_FORMAT) as tar:
        whole, files, size = hashlib.sha256(), 0, 0
        for path in _files(documents):
            place = path.relative_to(documents).as_posix()
            name = f"{DOCUMENTS}/{place}"
            try:
                source = path.open("rb")
            except FileNotFoundError:  # an upload that was finished or swept meanwhile
                continue
            with source:
                read = _Hashing(source)
                member = _member(name, os.fstat(source.fileno()).st_size)
                tar.addfile(member, read)
            if _STORED.fullmatch(place):
                roll.came(place.replace("/", ""))
            whole.update(f"{read.hash.hexdigest()}  {name}\n".encode())
            files, size = files + 1, size + member.size
            _forget(tar)
        if roll.close() and not lacking:
            raise _no_files(documents, roll)
        told = manifest | {
            "documents": {"files": files, "bytes": size, "sha256": whole.hexdigest()},
            "lacking": roll.lost,
        }
        content = json.dumps(told, indent=1, ensure_ascii=False).encode()
        tar.addfile(_member(MANIFEST, len(content)), io.BytesIO(content))
    return told


def _no_files(documents: Path, roll: _Roll) -> ArchiveProblem:
    return ArchiveProblem(
        f"{roll.lost} dokumen tercatat tanpa berkas di {documents} (pertama {roll.first}); tidak ada yang ditulis. "
        "Setel ALUR_DOCUMENTS seperti pada API, atau kembalikan berkasnya (`alur documents check`). Dengan --lacking "
        "cadangan ditulis tanpa mereka.",
        f"{roll.lost} documents have no file in {documents} (the first {roll.first}); nothing was written. Set "
        "ALUR_DOCUMENTS as the API has it, or bring the files back (`alur documents check`). With --lacking the backup "
        "is written without them.",
    )


def _forget(tar: tarfile.TarFile) -> None:
    """Drop the list of members gone by: it would grow with every document, and nobody asks for it."""
    tar.members = []  # type: ignore[attr-defined]  # the way CPython's documentation of tarfile knows


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files under a folder in order of name, folder by folder, without those that are still being written."""
    try:
        paths = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):  # none, or an upload's that was finished or swept meanwhile
        return
    for path in paths:
        if path.name.startswith(".") or path.name.endswith(_UNFINISHED) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup's file that was read to its end and found whole."""

    path: Path
    manifest: dict[str, Any]

    def copy_dump(self, target: IO[bytes]) -> None:
        """Write the database's dump to `target`."""
        with tarfile.open(self.path, "r:") as tar:
            source = _content(tar, tar.next())
            while part := source.read(_CHUNK):
                target.write(part)

    def copy_documents(self, folder: Path) -> int:
        """Write the documents into a folder, each whole or not at all; returns how many were not there yet.

        Raises:
            ArchiveProblem: a file of that name with other content is there; nothing is overwritten.
        """
        made = 0
        with tarfile.open(self.path, "r:") as tar:
            for member in _members(tar):
                if not member.name.startswith(f"{DOCUMENTS}/"):
                    continue
                path = folder / member.name.removeprefix(f"{DOCUMENTS}/")
                if path.exists():
                    _demand_same(path, _content(tar, member))
                    continue
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with fresh(path) as file:
                    source = _content(tar, member)
                    while part := source.read(_CHUNK):
                        file.write(part)
                made += 1
        return made


def _demand_same(path: Path, source: IO[bytes]) -> None:
    with path.open("rb") as there:
        while True:
            part = source.read(_CHUNK)
            if there.read(_CHUNK) != part:
                raise ArchiveProblem(
                    f"{path} sudah ada dengan isi lain; dokumen tidak ditimpa. Pindahkan dulu, atau pakai --into.",
                    f"{path} is there with other content; documents are not overwritten. Move it away, or use --into.",
                )
            if not part:
                return


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        _forget(tar)
        yield member


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> IO[bytes]:
    source = tar.extractfile(member) if member is not None and member.isreg() else None
    if source is None:
        raise tarfile.ReadError
    return source


def open_archive(path: Path) -> Archive:
    """Read a backup's file to its end, and return it when every byte is the one that was written.

    Raises:
        ArchiveProblem: it is none, it was cut short, or it was changed.
    """
    manifest: dict[str, Any] = {}
    found: dict[str, Any] = {}
    whole, files, size = hashlib.sha256(), 0, 0
    with suppress(tarfile.TarError, OSError, ValueError), tarfile.open(path, "r:") as tar:
        for n, member in enumerate(_members(tar)):
            source = _content(tar, member)
            if member.name == MANIFEST:
                manifest = json.loads(source.read(_MANIFEST_BYTES_MAX))
                continue
            parts = PurePosixPath(member.name).parts
            if manifest or (member.name == DUMP) != (n == 0) or (n and (parts[0] != DOCUMENTS or ".." in parts)):
                break
            digest = hashlib.sha256()
            while part := source.read(_CHUNK):
                digest.update(part)
            if n == 0:
                found["dump"] = {"bytes": member.size, "sha256": digest.hexdigest()}
                continue
            whole.update(f"{digest.hexdigest()}  {member.name}\n".encode())
            files, size = files + 1, size + member.size
    found["documents"] = {"files": files, "bytes": size, "sha256": whole.hexdigest()}
    if not manifest or any(manifest.get(part) != told for part, told in found.items()) or "dump" not in found:
        raise ArchiveProblem(
            f"{path} bukan cadangan Alur yang utuh: terpotong, berubah, atau berkas lain. Ambil salinan lain.",
            f"{path} is no whole backup of Alur: cut short, changed, or another file. Take another copy.",
        )
    if manifest.get("format") != FORMAT:
        raise ArchiveProblem(
            f"{path} berformat {manifest.get('format')}; versi ini membaca {FORMAT}. Pakai Alur yang lebih baru.",
            f"{path} has format {manifest.get('format')}; this version reads {FORMAT}. Use a newer Alur.",
        )
    return Archive(path, manifest)
