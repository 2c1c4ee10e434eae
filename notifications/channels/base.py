"""What a channel is given and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from notifications.render import Rendered

SEND_S = 20.0
"""How long one message may take, in seconds; a slower peer is as good as away."""
_TOLD_MOST = 200
_READ_MOST = 2000
"""Signs of an answer that are looked at; somebody else decides how long it is."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message for one person by one channel. `key` is the same however often it is sent."""

    key: str
    kind: str
    told: Rendered
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took it; `provider` is what it calls the message."""

    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The other side asks for patience: nothing is wrong, the same again after `seconds`; for a day, then it failed."""

    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not arrive. `final`: this channel will never take it. `blocked`: it turns this person away."""

    error: str
    final: bool = False
    blocked: bool = False


Outcome = Sent | Later | Failed


class Channel(Protocol):
    """One way out."""

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:
        """Send a message to an address; what the other side answers, or that it does not, is the outcome."""


@dataclass(frozen=True, slots=True)
class Unset:
    """A channel that the operator has not set up: whoever chose it is reached by the next one."""

    setting: str

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:  # noqa: ARG002 -- the protocol's
        """Return that nothing can be sent, and which setting mends it."""
        return Failed(f"belum disetel / not set up: {self.setting}")


def told(text: str) -> str:
    """Return what another side said in one short line that the database can keep, whatever bytes it was."""
    read = text[:_READ_MOST].encode("utf-8", "replace").decode()
    return " ".join("".join(sign if sign.isprintable() else " " for sign in read).split())[:_TOLD_MOST]


def told_error(text: str) -> str:
    """Return what another side said, in one short line without addresses and long numbers."""
    return told(re.sub(r"\S+@\S+|\+?\d{8,}", "…", text[:_READ_MOST]))
