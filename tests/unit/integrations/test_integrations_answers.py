"""Answers that mean harm: packed twice, nested without end, with characters or numbers that no database keeps."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from integrations.answers import judge
from integrations.bank_accounts import BurekolBerhasil, number_fault
from integrations.bank_credits import SiSelisih, Transaksi
from integrations.codes import Teks
from integrations.dtsen import Diperingkat
from integrations.errors import PortRefused, ReplyMalformed
from integrations.http import ClientOptions, JobClient

ONCE = ClientOptions(attempts=1)


@asynccontextmanager
async def _answering(head: str, body: bytes) -> AsyncIterator[tuple[JobClient, list[bytes]]]:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(f"HTTP/1.1 200 OK\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, JobClient(f"http://127.0.0.1:{port}", ONCE) as client:
        yield client, asked


async def test_an_answer_that_is_packed_twice_is_not_unpacked() -> None:
    """Twenty kilobytes on the wire would be gigabytes here; asked for is an answer that is not packed at all."""
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    head = "content-type: application/json\r\ncontent-encoding: gzip, gzip\r\n"
    async with _answering(head, bomb) as (client, asked):
        with pytest.raises(ReplyMalformed, match="packed more than once"):
            await client.ask("bank/BRI/si", "k")
    assert b"accept-encoding: identity" in asked[0].lower()


def _refusal(raw: bytes) -> httpx.Response:
    return httpx.Response(400, headers={"content-type": "application/problem+json"}, content=raw)


def test_a_problem_that_is_nested_without_end_is_malformed() -> None:
    raw = b'{"detail": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    with pytest.raises(ReplyMalformed):
        judge("PUT", "bank/BRI/si", "k", _refusal(raw), raw)


def test_a_problem_is_told_without_what_no_database_keeps() -> None:
    raw = b'{"type": "x", "title": "a\\u0000b", "detail": "c\\ud800d\\ne"}'
    with pytest.raises(PortRefused) as error:
        judge("PUT", "bank/BRI/si", "k", _refusal(raw), raw)
    assert (error.value.title, error.value.detail) == ("a b", "c d e")


@pytest.mark.parametrize("text", ["", "a\0", "a\nb", "x" * 501])
def test_words_that_we_keep_are_words(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Teks).validate_python(text)
    assert TypeAdapter(Teks).validate_python("CIF 12 é") == "CIF 12 é"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (SiSelisih, '{"id": "1", "tanggal_valuta": "2026-12-01", "nominal_rp": 1%s, "hasil": "lebih"}'),
        (Diperingkat, '{"id": "1", "versi": "2026-4", "desil": 1, "peringkat": 1%s}'),
        (
            Transaksi,
            (
                '{"urut": 1%s, "id": "1", "nomor_si": "S", "tanggal": "2026-12-01", "saldo_sisa_rp": 0,'
                ' "jenis": "transaksi"}'
            ),
        ),
    ],
)
def test_numbers_are_no_larger_than_what_they_count(kind: type, told: str) -> None:
    assert TypeAdapter(kind).validate_json(told % "", strict=True)
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_json(told % ("0" * 20), strict=True)


def test_one_account_is_not_opened_for_two() -> None:
    rows = [BurekolBerhasil(str(number), "123456789012345", "C") for number in range(2)]
    assert number_fault("BRI", rows[:1]) is None
    assert "several people" in (number_fault("BRI", rows) or "")
