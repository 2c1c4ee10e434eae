"""The site's key for accounts: finds a NIK without keeping it, hashes short codes, encrypts second factors.

It is a setting of its own and not derived from the key that signs tokens: changing that one must lock nobody out. Each
use has a key of its own, made from the site's by HMAC.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES = 32
_NONCE_BYTES = 12
_IPV4_BITS, _IPV6_BITS = 24, 48
"""A network: what one office or one village's line shares, and what one subscriber cannot leave at will."""


@lru_cache(maxsize=4096)
def network_of(address: str | None) -> str:
    """Return the network an address lies in, as text: /24 of IPv4, /48 of IPv6; of no address "lokal"."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return address or "lokal"
    ip = ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip
    bits = _IPV4_BITS if isinstance(ip, ipaddress.IPv4Address) else _IPV6_BITS
    return str(ipaddress.ip_network((ip, bits), strict=False))


class SealBroken(ValueError):
    """What was sealed is not what was kept, is somebody else's, or was sealed with another key."""


def new_account_key() -> str:
    """Return a fresh key as it stands in the settings: 32 bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def digest(secret: str) -> str:
    """Return the SHA-256 of a long random secret, hexadecimal: under this it is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret() -> str:
    """Return a secret of 256 bits for a link, an attempt or a device."""
    return secrets.token_urlsafe(_KEY_BYTES)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys made from the site's."""

    _key: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the keys of a setting.

        Raises:
            ValueError: not 32 bytes in URL-safe base64. The message holds no key.
        """
        try:
            key = base64.urlsafe_b64decode(text)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != _KEY_BYTES:
            raise ValueError("ALUR_ACCOUNT_KEY is no 32 bytes in URL-safe base64; `alur users key` makes one.")
        return cls(key)

    def _for(self, use: str) -> bytes:
        return hmac.digest(self._key, f"alur.account.{use}".encode(), "sha256")

    def _hash(self, use: str, value: str) -> str:
        return hmac.new(self._for(use), value.encode(), hashlib.sha256).hexdigest()

    def nik(self, nik: str) -> str:
        """Return under what a NIK is found."""
        return self._hash("nik", nik)

    def code(self, about: str, code: str) -> str:
        """Return the hash of a short code; `about` (an attempt, a person) keeps equal codes apart."""
        return self._hash("code", f"{about}:{code}")

    def network(self, address: str | None) -> str:
        """Return the hash of the network an address lies in."""
        return self._hash("network", network_of(address))

    def seal(self, user: int, use: str, plain: str) -> bytes:
        """Return a text encrypted for one person and one use (AES-256-GCM: nonce, then content with its tag)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._for("seal")).encrypt(nonce, plain.encode(), f"{use}:{user}".encode())

    def open(self, user: int, use: str, sealed: bytes) -> str:
        """Return what was sealed.

        Raises:
            SealBroken: it was changed, or sealed for somebody or something else, or under another key.
        """
        nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self._for("seal")).decrypt(nonce, content, f"{use}:{user}".encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
