"""A lock that ends with its process, however the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alur.runtime.errors import HostProblem


class LockHeld(HostProblem):
    """Somebody else holds this lock."""

    def __init__(self, path: Path, holder: int | None) -> None:
        super().__init__(path, holder)
        self.path, self.holder = path, holder

    def __str__(self) -> str:
        return f"{self.path} is locked by process {self.holder or 'unknown'}."


@contextmanager
def hold(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock file `path`; the kernel lets go of it when this process ends, even by kill -9.

    The file is never removed: removing it would let two processes hold two files of one name.

    Args:
        path: the lock file, made when missing; it holds the pid of the last holder, for messages.
        wait: wait for the present holder, or refuse at once.

    Raises:
        LockHeld: somebody holds it and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
            raise LockHeld(path, int(holder) if holder.isdecimal() else None) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
