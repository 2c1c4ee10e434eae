"""The one message that waits in no queue: a one-time code, which is kept nowhere and worthless in minutes."""

from __future__ import annotations

from models.signin.commands import CodeToSend
from notifications.channels.base import Channel, Message, Outcome
from notifications.kinds import compose


async def send_code(channel: Channel, code: CodeToSend) -> Outcome:
    """Send a code to its person's chat; what the other side said is the outcome."""
    data = {"code": code.code, "minutes": code.minutes}
    message = Message("kode", "kode_masuk", compose("kode_masuk", data, code.language), data)
    return await channel.send(code.chat, None, message)
