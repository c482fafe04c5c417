"""E-mail over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final, Literal

from watch_cluster.adapters.notifications.channels.message import Message
from watch_cluster.adapters.notifications.sender import SendResult

_SECONDS: Final = 15.0
_PERMANENT: Final = 500
"""Replies from here on are permanent (RFC 5321, section 4.2.1)."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends messages through a server: with `starttls`, with `tls` from the beginning, or with `none`."""

    server: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    def deliver(self, message: Message) -> SendResult:
        """Send one message. Never raises."""
        try:
            self._send(message)
        except smtplib.SMTPAuthenticationError as error:
            return SendResult(f"the mail server refuses the login ({error.smtp_code})")
        except smtplib.SMTPResponseException as error:
            return SendResult(f"the mail server answers {error.smtp_code}", transient=error.smtp_code < _PERMANENT)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            transient = all(code < _PERMANENT for code in codes)
            return SendResult(f"the mail server refuses the recipients ({codes[0]})", transient)
        except smtplib.SMTPNotSupportedError:
            return SendResult("the mail server offers no TLS or login: see `security` of the channel")
        except (smtplib.SMTPException, OSError) as error:
            return SendResult(f"no connection to the mail server ({type(error).__name__})", transient=True)
        return SendResult()

    def close(self) -> None:
        """Nothing is kept open."""

    def _send(self, message: Message) -> None:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail["Subject"] = message.title
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain="watch-cluster.invalid")
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text or message.title)
        with self._connect() as connection:
            if self.security == "starttls":
                connection.starttls(context=self.context)
            if self.username:
                connection.login(self.username, self.password)
            connection.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.server, self.port, timeout=_SECONDS, context=self.context)
        return smtplib.SMTP(self.server, self.port, timeout=_SECONDS)
