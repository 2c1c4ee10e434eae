"""Ports, with real sockets on the loopback address."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from alur.runtime.ports import PortTaken, answers, free_port, is_free, require_free


class Handler(BaseHTTPRequestHandler):
    """Answers with the status that its path names."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/").partition("?")[0]))
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()
    require_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
    assert is_free(port)


def test_a_taken_port_is_refused_with_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken) as refusal:
            require_free(port)
    assert f"ALUR_PORT={port + 1} make run" in str(refusal.value)
    assert f":{port}" in str(refusal.value)


@pytest.mark.parametrize(("status", "good"), [(200, True), (204, True), (302, False), (404, False), (503, False)])
def test_only_2xx_is_a_good_answer(web: str, status: int, good: bool) -> None:
    assert answers(f"{web}/{status}?x=1") is good


def test_no_proxy_is_asked(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert answers(f"{web}/200")
