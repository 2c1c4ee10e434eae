"""Signed webhooks: a message as JSON to somebody's address, and the same as the way to an SMS gateway.

Headers: `Alur-Id` and `Idempotency-Key` (the delivery's key, the same at every try), `Alur-Timestamp` (seconds since
1970), `Alur-Signature` (`v1=` and the HMAC-SHA256, hexadecimal, of `timestamp.body` under the receiver's key). A
receiver checks the signature, refuses old timestamps, and answers 2xx; a key it has seen it has done.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from notifications.channels.base import SEND_S, Failed, Later, Message, Outcome, Sent

_PATIENCE_S = 30.0
_PATIENCE_MOST_S = 3600.0
_AGAIN = {408, 425}
_HERE_ONLY = "latihan: hanya ke 127.0.0.1 / practice: to 127.0.0.1 alone"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """A webhook's address may not be called; says why."""


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of `Alur-Signature`."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def public(address: str) -> bool:
    """Return whether an IP address is one of the public net: not ours, not this machine's, not a cloud's own."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(found.packed[-4:])
        if inner is not None and not inner.is_global:
            return False
    return found.is_global and not found.is_multicast


def here(address: str) -> bool:
    """Return whether an IP address is this machine's own."""
    found = ipaddress.ip_address(address)
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (inner or found).is_loopback


async def reachable(url: str, *, private: bool, practice: bool = False) -> str:
    """Return the IP address to connect to for a URL, chosen once, so that a name cannot change its mind in between.

    Raises:
        AddressRefused: not https, no such host, or an address that is not public; `private` allows http and any host.
            In `practice` any address but this machine's own, and no name is looked up elsewhere.
    """
    parts = urlsplit(url)
    if parts.scheme not in ({"https", "http"} if private else {"https"}) or not parts.hostname:
        raise AddressRefused("alamat bukan https / not an https address")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        asks = 0 if not practice or parts.hostname == "localhost" else socket.AI_NUMERICHOST
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM, flags=asks)
    except (OSError, ValueError) as error:
        raise AddressRefused(_HERE_ONLY if practice else "host tidak ditemukan / no such host") from error
    addresses = [str(entry[4][0]) for entry in found]
    if practice and not all(here(address) for address in addresses):
        raise AddressRefused(_HERE_ONLY)
    if not private and not all(public(address) for address in addresses):
        raise AddressRefused("alamat bukan milik jaringan umum / not an address of the public net")
    return addresses[0]


@dataclass(frozen=True, slots=True)
class Webhook:
    """People's own webhooks. In `practice` nothing leaves this machine."""

    http: httpx.AsyncClient
    private: bool = False
    practice: bool = False
    now: Callable[[], float] = time.time

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:
        """Post a message: key, kind, subject, text and the notice's data."""
        body = {
            "id": message.key,
            "kind": message.kind,
            "subject": message.told.subject,
            "text": message.told.text,
            "data": dict(message.data),
        }
        return await self.post(address, secret or "", message.key, body)

    async def post(self, url: str, secret: str, key: str, body: Mapping[str, Any]) -> Outcome:
        """Post a signed body; no redirect is followed, and of the answer only its status counts."""
        try:
            host = await reachable(url, private=self.private, practice=self.practice)
        except AddressRefused as error:
            return Failed(str(error))
        content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
        timestamp = int(self.now())
        there = httpx.URL(url)
        request = self.http.build_request(
            "POST",
            there.copy_with(host=host),
            content=content,
            headers={
                "Host": there.netloc.decode(),
                "Content-Type": "application/json",
                "Idempotency-Key": key,
                "Alur-Id": key,
                "Alur-Timestamp": str(timestamp),
                "Alur-Signature": signature(secret, timestamp, content),
            },
            timeout=SEND_S,
            extensions={"sni_hostname": there.host},
        )
        try:
            response = await self.http.send(request, stream=True, follow_redirects=False)
            await response.aclose()
        except httpx.HTTPError as error:
            return Failed(type(error).__name__)
        return _judged(response, self.now())


def _judged(response: httpx.Response, now: float) -> Outcome:
    """Return what a status means: 2xx taken, 410 never again, 429 and 503 with patience, other 4xx and 3xx final."""
    status = response.status_code
    error = f"HTTP {status}"
    if response.is_success:
        return Sent(None)
    if status == httpx.codes.TOO_MANY_REQUESTS or (
        status == httpx.codes.SERVICE_UNAVAILABLE and "Retry-After" in response.headers
    ):
        return Later(error, _patience(response.headers.get("Retry-After", ""), now))
    if status == httpx.codes.GONE:
        return Failed(error, blocked=True)
    return Failed(error, final=not response.is_server_error and status not in _AGAIN)


def _patience(told: str, now: float) -> float:
    """Return the seconds that `Retry-After` asks for, as a number or as a date."""
    try:
        seconds = float(told) if told.strip().isdigit() else parsedate_to_datetime(told).timestamp() - now
    except ValueError:
        return _PATIENCE_S
    return min(max(seconds, 1.0), _PATIENCE_MOST_S)


@dataclass(frozen=True, slots=True)
class Sms:
    """SMS by the operator's gateway: number and text as a signed webhook. The gateway is the operator's own choice."""

    http: httpx.AsyncClient
    url: str
    secret: str

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:  # noqa: ARG002 -- the protocol's
        """Hand the text of one SMS to the gateway."""
        body = {"id": message.key, "to": address, "text": message.told.sms}
        return await Webhook(self.http, private=True).post(self.url, self.secret, message.key, body)
