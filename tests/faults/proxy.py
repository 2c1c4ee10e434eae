"""A wire of ours between a client and a server, which can lose a whole answer: done there, unknown here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from alur.runtime.ports import LOOPBACK

_CHUNK = 1 << 16


def whole_of_postgres(data: bytes) -> bool:
    """Whether these bytes of PostgreSQL end an answer outside a transaction: ReadyForQuery, idle; it is committed."""
    return data.endswith(b"Z\x00\x00\x00\x05I")


def whole_of_http(data: bytes) -> bool:
    """Whether these bytes begin an answer over HTTP."""
    return data.startswith(b"HTTP/1.1 ")


class Wire:
    """Carries bytes both ways; told so, it swallows one answer and cuts its connection."""

    def __init__(self, target: int, whole: Callable[[bytes], bool]) -> None:
        """Listen on a port of its own.

        Args:
            target: port of the server on this machine.
            whole: tells an answer that may be swallowed by its last bytes.
        """
        self.answers = 0
        """Whole answers that came from the server since the last `swallow`."""
        self.swallowed = 0
        self._target, self._whole = target, whole
        self._swallow: int | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no new connections; those there are end with their ends."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def swallow(self, nth: int | None = 1) -> None:
        """Swallow the n-th whole answer from now, counted over all connections; None: none."""
        with self._lock:
            self._swallow, self.answers = nth, 0

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((LOOPBACK, self._target))
        except OSError:
            client.close()
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        there = threading.Thread(target=self._pump, args=(client, server, False), daemon=True)
        there.start()
        self._pump(server, client, True)
        there.join()
        for end in (client, server):
            end.close()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if answers and self._whole(data) and self._is_lost():
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _is_lost(self) -> bool:
        with self._lock:
            self.answers += 1
            lost = self.answers == self._swallow
            if lost:
                self._swallow = None
                self.swallowed += 1
            return lost
