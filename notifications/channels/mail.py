"""E-mail: text and HTML in one message, over SMTP. The Message-ID is the delivery's key, the same at every try."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Literal

import aiosmtplib

from notifications.channels.base import SEND_S, Failed, Message, Outcome, Sent, told_error

_TEMPORARY = range(400, 500)
_NO_SUCH_BOX = {550, 551, 553}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail server."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    tls: Literal["starttls", "tls", "none"] = "starttls"

    def letter(self, address: str, message: Message) -> EmailMessage:
        """Return the mail for a message."""
        made = EmailMessage(policy=SMTP)
        made["From"] = self.sender
        made["To"] = address
        made["Subject"] = message.told.subject
        made["Date"] = formatdate(usegmt=True)
        made["Message-ID"] = f"<{message.key}@{parseaddr(self.sender)[1].rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(message.told.email)
        made.add_alternative(message.told.email_html, subtype="html")
        return made

    async def send(self, address: str, secret: str | None, message: Message) -> Outcome:  # noqa: ARG002 -- the protocol's
        """Send a mail over a connection of its own; certificates are checked wherever TLS is used."""
        try:
            _, said = await aiosmtplib.send(
                self.letter(address, message),
                hostname=self.host,
                port=self.port,
                username=self.user or None,
                password=self.password or None,
                use_tls=self.tls == "tls",
                start_tls=self.tls == "starttls",
                timeout=SEND_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _judged(refused.recipients[0].code, refused.recipients[0].message, recipient=True)
        except aiosmtplib.SMTPResponseException as error:
            return _judged(error.code, error.message, recipient=False)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Failed(type(error).__name__)
        return Sent(told_error(said))


def _judged(code: int, said: str, *, recipient: bool) -> Outcome:
    """Return what a server's refusal means: 4xx is tried again, 5xx is final, an unknown box closes the channel."""
    error = f"{code} {told_error(said)}"
    if recipient and code in _NO_SUCH_BOX:
        return Failed(error, blocked=True)
    return Failed(error, final=recipient and code not in _TEMPORARY)
