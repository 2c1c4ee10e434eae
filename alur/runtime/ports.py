"""Ports on this machine: take a free one, check a wanted one, ask whether somebody answers."""

import socket
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from alur.runtime.errors import HostProblem

LOOPBACK = "127.0.0.1"


class PortTaken(HostProblem):
    """A port that was asked for by number belongs to somebody else."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port

    def __str__(self) -> str:
        return (
            f"Port {self.port} is taken, most likely by another Alur or another web server on this machine "
            f"(`ss -ltnp 'sport = :{self.port}'` names it). "
            f"Stop that one, or choose another port: ALUR_PORT={self.port + 1} make run"
        )


def free_port(host: str = LOOPBACK) -> int:
    """Return a port nobody listens on now; take it soon, since nothing keeps it free."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether one could listen on this port now."""
    with socket.socket() as probe:
        # As servers do: a connection that is merely being forgotten by the kernel does not hold a port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def require_free(port: int, host: str = LOOPBACK) -> None:
    """Refuse early, and with advice, what would otherwise fail deep inside a server.

    Raises:
        PortTaken: somebody listens there.
    """
    if not is_free(port, host):
        raise PortTaken(port)


def answers(url: str, timeout_s: float = 2.0) -> bool:
    """Tell whether a GET of `url` gives a 2xx answer now.

    No proxy is asked, whatever the environment says: the address is on this machine.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or LOOPBACK, parts.port, timeout=timeout_s)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        status = connection.getresponse().status
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return 200 <= status < 300  # noqa: PLR2004 - the class of good HTTP answers
