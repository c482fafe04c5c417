"""E-mail at a real SMTP server."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Final

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.cluster.processes import free_port
from watch_cluster.adapters.notifications.channels.mail import Mail
from watch_cluster.adapters.notifications.channels.message import Message
from watch_cluster.adapters.notifications.sender import SendResult

PASSWORD: Final = "s3cret"
MESSAGE: Final = Message("default/Deployment/shop was updated to shop:1.1.0, 안녕", "it works")


class Inbox:
    """Keeps what arrives, and answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return self.answer


def authenticate(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"watcher", PASSWORD.encode()), handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox, authority: trustme.CA) -> Iterator[Controller]:
    """A server that wants TLS and a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    running = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    running.start()
    yield running
    running.stop()


def mail(server: Controller, trusting: ssl.SSLContext, password: str = PASSWORD) -> Mail:
    return Mail(
        "127.0.0.1",
        server.port,
        "watch-cluster@shop.example",
        ("a@shop.example", "b@shop.example"),
        "starttls",
        "watcher",
        password,
        trusting,
    )


def test_a_message_arrives_over_tls_with_a_login(server: Controller, inbox: Inbox, trusting: ssl.SSLContext) -> None:
    assert mail(server, trusting).deliver(MESSAGE) == SendResult()
    [received] = inbox.mails
    assert received["Subject"] == MESSAGE.title
    assert received["To"] == "a@shop.example, b@shop.example"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received.get_content().strip() == "it works"


def test_reports_a_wrong_password_without_printing_it(server: Controller, trusting: ssl.SSLContext) -> None:
    result = mail(server, trusting, "wrong-one").deliver(MESSAGE)
    assert result == SendResult("the mail server refuses the login (535)")
    assert "wrong-one" not in repr(mail(server, trusting, "wrong-one"))


@pytest.mark.parametrize(
    ("answer", "transient"), [("451 try again", True), ("554 no", False)], ids=["temporary", "permanent"]
)
def test_only_what_is_temporary_is_tried_again(
    server: Controller, inbox: Inbox, trusting: ssl.SSLContext, answer: str, transient: bool
) -> None:
    inbox.answer = answer
    result = mail(server, trusting).deliver(MESSAGE)
    assert result == SendResult(f"the mail server answers {answer[:3]}", transient=transient)


def test_a_server_that_is_not_trusted_gets_no_password(server: Controller, inbox: Inbox) -> None:
    result = mail(server, ssl.create_default_context()).deliver(MESSAGE)
    assert result == SendResult("no connection to the mail server (SSLCertVerificationError)", transient=True)
    assert inbox.mails == []


def test_a_server_without_tls_is_not_taken(inbox: Inbox) -> None:
    running = Controller(inbox, hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        plain = Mail("127.0.0.1", running.port, "a@shop.example", ("b@shop.example",))
        assert "no TLS" in str(plain.deliver(MESSAGE).error)
        allowed = Mail("127.0.0.1", running.port, "a@shop.example", ("b@shop.example",), "none")
        assert allowed.deliver(MESSAGE) == SendResult()
    finally:
        running.stop()


def test_a_server_that_is_away_is_tried_again() -> None:
    away = Mail("127.0.0.1", free_port(), "a@shop.example", ("b@shop.example",))
    assert away.deliver(MESSAGE) == SendResult(
        "no connection to the mail server (ConnectionRefusedError)", transient=True
    )
