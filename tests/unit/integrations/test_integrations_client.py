"""Answers no simulator gives: a server on loopback that says, byte by byte, what a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from integrations.errors import OutcomeUnknown, PortRefused, PortUnavailable, ReplyMalformed
from integrations.http import ClientOptions, JobClient
from integrations.jobs import Operation
from integrations.omspan import Omspan, UjiGagal, UjiRow, UjiValid

ROWS = [UjiRow("a", "1", "BRI", "BUDI", "2")]
UNKNOWN = ("404 Not Found", "application/problem+json", json.dumps({"type": "urn:problem:job-tidak-ada"}))
BUSY = ("503 Service Unavailable", "text/plain", "busy")
OPTIONS = ClientOptions(
    token="secret",
    connect_timeout_s=1,
    attempts=2,
    pause_s=0.01,
    pause_max_s=0.02,
    answer_max_bytes=10_000,
)
Canned = tuple[str, str, str]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, options: ClientOptions = OPTIONS) -> AsyncIterator[JobClient]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with JobClient(f"http://127.0.0.1:{port}", options) as client:
            yield client
    finally:
        server.close()
        await server.wait_closed()


class Replies:
    """Answers each request with the next of the answers given, and keeps the requests."""

    def __init__(self, *answers: Canned) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = [line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length")]
        body = await reader.readexactly(int(length[0])) if length else b""
        self.requests.append(head + body.decode())
        status, media, text = self.answers.pop(0)
        answer = f"HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {len(text.encode())}\r\n"
        writer.write(f"{answer}connection: close\r\nlocation: /elsewhere\r\n\r\n{text}".encode())
        await writer.drain()

    @property
    def methods(self) -> list[str]:
        return [request.split()[0] for request in self.requests]


def uji(client: JobClient) -> Operation[list[UjiRow], UjiValid | UjiGagal]:
    operation: Operation[list[UjiRow], UjiValid | UjiGagal] = Omspan(client).uji  # type: ignore[assignment]
    return operation


def done(client: JobClient, **changes: object) -> Canned:
    job = {
        "key": "k",
        "state": "selesai",
        "hash": uji(client).asked(ROWS).hash,
        "hasil": [{"id": "a", "hasil": "valid"}],
        "selesai_pada": "2026-11-20T10:00:00+07:00",
        **changes,
    }
    return "200 OK", "application/json; charset=utf-8", json.dumps(job)


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "504 Gateway Timeout"])
async def test_a_gateway_error_to_a_put_is_asked_for(status: str) -> None:
    canned = Replies((status, "text/html", "<p>"))
    async with serving(canned) as client:
        canned.answers.append(done(client))
        reply = await uji(client).send("k", ROWS)
    assert reply.rows == (UjiValid("a"),)
    assert canned.methods == ["PUT", "GET"]


async def test_a_gateway_error_to_a_get_is_asked_again() -> None:
    canned = Replies(("502 Bad Gateway", "text/html", "<p>"))
    async with serving(canned) as client:
        canned.answers.append(done(client))
        assert await uji(client).ask("k", ROWS) is not None
    assert canned.methods == ["GET", "GET"]


async def test_settle_asks_then_sends_what_is_not_known() -> None:
    canned = Replies(UNKNOWN)
    async with serving(canned) as client:
        canned.answers.append(done(client))
        await uji(client).settle("k", ROWS)
    assert canned.methods == ["GET", "PUT"]
    assert "authorization: bearer secret" in canned.requests[1].lower()
    assert canned.requests[1].endswith(
        '{"baris":[{"bank":"BRI","id":"a","nama":"BUDI","nik":"2","nomor_rekening":"1"}]}'
    )


async def test_a_page_of_a_proxy_with_404_is_no_leave_to_send() -> None:
    canned = Replies(("404 Not Found", "text/html", "<p>no such page"))
    async with serving(canned) as client:
        with pytest.raises(ReplyMalformed, match="404"):
            await uji(client).settle("k", ROWS)
    assert canned.methods == ["GET"]


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (("302 Found", "text/html", ""), ReplyMalformed, "status 302"),
        (("204 No Content", "application/json", ""), ReplyMalformed, "status 204"),
        (("200 OK", "text/plain", "{}"), ReplyMalformed, "text/plain"),
        (("200 OK", "application/json", "x" * 20_000), ReplyMalformed, "longer than 10000 bytes"),
        (
            ("200 OK", "application/json", "{}"),
            ReplyMalformed,
            "key: missing; state: missing; hash: missing and 2 more",
        ),
        (("400 Bad Request", "application/problem+json", "no"), ReplyMalformed, "no JSON object"),
        (("400 Bad Request", "application/problem+json", "{}"), PortRefused, "400"),
        (("401 Unauthorized", "text/html", "<p>"), ReplyMalformed, "401"),
        (UNKNOWN, PortRefused, "404"),
    ],
)
async def test_what_answers_to_a_put_mean(answer: Canned, error: type[Exception], says: str) -> None:
    canned = Replies(answer)
    async with serving(canned) as client:
        with pytest.raises(error, match=says):
            await uji(client).send("k", ROWS)
    assert canned.methods == ["PUT"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key": "other"}, "key is not ours"),
        ({"hash": "0" * 64}, "hash"),
        ({"state": "diproses"}, "does not go with the rows"),
        ({"state": "hilang"}, "state: enum"),
        ({"hasil": None}, "does not go with the rows"),
        ({"hasil": []}, "1 rows are missing"),
        ({"selesai_pada": None}, "does not go with the rows"),
        ({"selesai_pada": "2026-11-20T10:00:00"}, "selesai_pada: timezone_aware"),
        ({"hasil": [{"id": "a", "hasil": "gagal", "kode": "RK_BARU"}]}, r"hasil\.0\.gagal\.kode: literal_error"),
        ({"hasil": [{"id": "a", "hasil": "entah"}]}, r"hasil\.0: union_tag_invalid"),
        ({"hasil": [{"id": 1, "hasil": "valid"}]}, r"hasil\.0\.valid\.id: string_type"),
    ],
)
async def test_a_job_is_believed_only_if_all_of_it_fits(change: dict[str, object], says: str) -> None:
    canned = Replies()
    async with serving(canned) as client:
        canned.answers.append(done(client, **change))
        with pytest.raises(ReplyMalformed, match=says):
            await uji(client).send("k", ROWS)


async def test_retry_after_is_heard_up_to_our_own_patience() -> None:
    canned = Replies(BUSY)

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 429 Too Many\r\nretry-after: 600\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    async with serving(busy) as client:
        with pytest.raises(PortUnavailable) as error:
            await uji(client).send("k", ROWS)
    assert error.value.retry_after_s == 600
    async with serving(canned) as client:
        canned.answers.append(done(client))
        assert (await uji(client).send("k", ROWS)).finished
    assert canned.methods == ["PUT", "PUT"]


async def test_an_answer_that_drips_for_ever_is_lost() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(drip, replace(OPTIONS, deadline_s=0.3)) as client:
        with pytest.raises(OutcomeUnknown, match="TimeoutError; asking failed: PortSilent"):
            await uji(client).send("k", ROWS)


async def test_the_same_row_twice_is_never_sent() -> None:
    canned = Replies()
    async with serving(canned) as client:
        with pytest.raises(ValueError, match="twice"):
            await uji(client).send("k", ROWS * 2)
    assert canned.methods == []


async def test_mistakes_of_our_own_are_not_taken_for_the_wire() -> None:
    replies = Replies()
    async with serving(replies) as client:
        with pytest.raises(httpx.LocalProtocolError):
            await uji(client).send("k", ROWS, traceparent="a\nb")
    assert replies.methods == []
    with pytest.raises(ValueError, match="http"):
        JobClient("bank.example")
