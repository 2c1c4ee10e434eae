"""Offices' own channels: whatever an operator can name in Apprise's words, chosen by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import apprise

from notifications.channels.base import SEND_S, Failed, Message, Outcome, Sent


@dataclass(frozen=True, slots=True)
class Kantor:
    """The channels that the operator named; people choose a name and never write an address here."""

    addresses: Mapping[str, str]

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:  # noqa: ARG002 -- the protocol's
        """Send a message to the channel of that name."""
        url = self.addresses.get(address)
        office = apprise.Apprise()
        # The first address loads every plugin there is, which takes a second: not in the loop that carries the others.
        if url is None or not await asyncio.to_thread(office.add, url):
            return Failed("tidak ada di ALUR_OFFICE_CHANNELS / not in ALUR_OFFICE_CHANNELS")
        try:
            async with asyncio.timeout(SEND_S):
                taken = await office.async_notify(title=message.told.subject, body=message.told.text)
        except TimeoutError:
            return Failed("TimeoutError")
        return Sent() if taken else Failed("ditolak saluran kantor / refused by the office's channel")
