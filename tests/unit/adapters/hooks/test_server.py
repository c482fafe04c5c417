"""Requests over HTTP: genuine, forged, large, slow and numerous ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

import pytest
from structlog.testing import capture_logs

from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from watch_cluster.adapters.hooks.receiver import BURST, HookReceiver
from watch_cluster.adapters.hooks.secrets import SecretFolder
from watch_cluster.adapters.hooks.server import MAX_BODY_BYTES, HookServer
from watch_cluster.adapters.http.server import REQUEST_TIMEOUT_SECONDS
from watch_cluster.adapters.memory.push_inbox import MemoryPushInbox
from watch_cluster.adapters.workers import Workers
from watch_cluster.application.ports.push_inbox import InboxUnavailable

SECRET: Final = "a-secret-of-the-registry"
OLD: Final = "the-secret-of-last-year"


class Inbox(MemoryPushInbox):
    """An inbox that can be out of reach, or defect."""

    fault: Exception | None = None

    def put(self, pushed) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as in the base
        if self.fault is not None:
            raise self.fault
        super().put(pushed)

    def names(self) -> list[str]:
        return [str(each) for each in self.pushes()]


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status_code: int
    text: str
    headers: dict[str, str]


class Hooks:
    """A server, and what came of its requests."""

    def __init__(self, folder: Path) -> None:
        self.inbox = Inbox()
        self.woken = 0
        self.results: list[tuple[str, str]] = []
        self.clock = FakeClock()
        receiver = HookReceiver(
            SecretFolder(folder), self.inbox, self._wake, lambda *each: self.results.append(each), self.clock.monotonic
        )
        self.server = HookServer(0, receiver, Workers())

    def _wake(self) -> None:
        self.woken += 1

    def post(self, source: str = "generic", body: object = None, secret: str = SECRET) -> Answer:
        content = json.dumps({"repository": "nginx"} if body is None else body)
        headers = {"Authorization": f"Bearer {secret}".strip()}
        # httpx would read the system's authorities each time.
        with closing(HTTPConnection("127.0.0.1", self.server.port, timeout=30)) as connection:
            connection.request("POST", f"/hooks/{source}", content, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode(), dict(answer.headers))

    def try_to_post(self, secret: str) -> int | None:
        """The status; None when the connection is refused."""
        try:
            return self.post(secret=secret).status_code
        except (OSError, HTTPException):
            return None

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are; what comes back until the connection ends."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(request)
            received = b""
            while chunk := connection.recv(4096):
                received += chunk
            return received


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "generic").write_text(f"{SECRET}\n{OLD}\n")
    (tmp_path / "quay").write_text(SECRET)
    return tmp_path


@pytest.fixture
def hooks(folder: Path) -> Iterator[Hooks]:
    made = Hooks(folder)
    yield made
    made.server.close()


def test_a_genuine_push_is_kept_before_it_is_accepted(hooks: Hooks) -> None:
    answer = hooks.post()
    assert (answer.status_code, answer.text) == (202, "checks are due\n")
    assert hooks.inbox.names() == ["docker.io/library/nginx"]
    assert hooks.woken == 1


def test_a_replayed_push_changes_nothing_but_when_the_check_is_due(hooks: Hooks) -> None:
    assert [hooks.post().status_code for _ in range(5)] == [202] * 5
    assert hooks.inbox.names() == ["docker.io/library/nginx"]


def test_an_old_secret_is_good_beside_the_new_one(hooks: Hooks) -> None:
    assert hooks.post(secret=OLD).status_code == 202


def test_a_token_in_the_query_is_enough_for_those_who_can_send_nothing_else(hooks: Hooks) -> None:
    body = {"docker_url": "quay.io/team/app"}
    assert hooks.post(f"quay?token={SECRET}", body, secret="").status_code == 202
    assert hooks.inbox.names() == ["quay.io/team/app"]


@pytest.mark.parametrize("secret", ["", "a-secret-of-the-registrx", SECRET * 2])
def test_a_forged_push_is_refused_and_logged_once(hooks: Hooks, secret: str) -> None:
    with capture_logs() as logs:
        answers = [hooks.post(secret=secret) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert hooks.inbox.names() == []
    assert [log["event"] for log in logs] == ["push refused"]
    assert hooks.results == [("generic", "forged")] * 3


@pytest.mark.parametrize("source", ["harbor", "../generic", "unknown", "", "generic/", "%2e%2e/generic"])
def test_a_source_without_a_secret_does_not_exist(hooks: Hooks, source: str) -> None:
    assert hooks.post(source).status_code == 404
    assert hooks.results == []


def test_a_secret_that_is_too_short_is_none(hooks: Hooks, folder: Path) -> None:
    (folder / "harbor").write_text("short")
    with capture_logs() as logs:
        assert [hooks.post("harbor", secret="short").status_code for _ in range(2)] == [404, 404]
    assert [log["why"] for log in logs] == ["write secrets of at least 16 characters, one a line"]


def test_a_changed_secret_needs_no_restart(hooks: Hooks, folder: Path) -> None:
    (folder / "generic").write_text("another-secret-from-now-on")
    assert hooks.post().status_code == 401
    assert hooks.post(secret="another-secret-from-now-on").status_code == 202


def test_another_body_is_refused(hooks: Hooks) -> None:
    answer = hooks.post(body=[1])
    assert (answer.status_code, answer.text) == (400, "the body is not what this source sends\n")
    assert hooks.results == [("generic", "invalid")]


def test_an_event_that_is_no_push_triggers_no_check(hooks: Hooks) -> None:
    assert hooks.post(body={}).status_code == 200
    assert hooks.woken == 0


def test_responds_503_while_pushes_cannot_be_stored(hooks: Hooks) -> None:
    hooks.inbox.fault = InboxUnavailable("the API server does not answer")
    answer = hooks.post()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "API server" not in answer.text
    hooks.inbox.fault = None
    assert hooks.post().status_code == 202


def test_a_defect_gets_a_response_and_the_next_request_works(hooks: Hooks) -> None:
    hooks.inbox.fault = ZeroDivisionError()
    with capture_logs():
        assert hooks.post().status_code == 500
    hooks.inbox.fault = None
    assert hooks.post().status_code == 202


def test_genuine_requests_are_limited_for_each_source(hooks: Hooks) -> None:
    statuses = [hooks.post().status_code for _ in range(BURST + 1)]
    assert statuses == [202] * BURST + [429]
    body = {"docker_url": "quay.io/team/app"}
    assert hooks.post(f"quay?token={SECRET}", body).status_code == 202


HEAD: Final = f"POST /hooks/generic HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {SECRET}\r\n"


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        pytest.param(f"{HEAD}Content-Length: {MAX_BODY_BYTES + 1}\r\n\r\n", 413, id="too large"),
        pytest.param(f"{HEAD}Content-Length: {'9' * 5000}\r\n\r\n", 413, id="a number of 5,000 digits"),
        pytest.param(f"{HEAD}Content-Length: -1\r\n\r\n", 411, id="a negative length"),
        pytest.param(f"{HEAD}Content-Length: ٣\r\n\r\n", 411, id="digits of other scripts"),
        pytest.param(f"{HEAD}\r\n", 411, id="no length"),
        pytest.param(f"{HEAD}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{{}}", 411, id="two lengths"),
        pytest.param(f"{HEAD}Content-Length: 2, 2\r\n\r\n{{}}", 411, id="a list of lengths"),
        pytest.param(f"{HEAD}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}", 411, id="chunked"),
        pytest.param(HEAD.replace("/hooks/", "/other/") + "Content-Length: 2\r\n\r\n{}", 404, id="another path"),
        pytest.param("GET /hooks/generic HTTP/1.1\r\n\r\n", 501, id="GET"),
    ],
)
def test_requests_without_a_small_body_are_refused(hooks: Hooks, request_head: str, status: int) -> None:
    assert hooks.raw(request_head.encode()).split(b" ", 2)[1] == str(status).encode()
    assert hooks.inbox.names() == []


def test_headers_without_end_are_not_read_to_the_end(hooks: Hooks) -> None:
    line = b"X-Padding: " + b"a" * 60_000 + b"\r\n"
    try:
        received = hooks.raw(HEAD.encode() + line * 90 + b"Content-Length: 2\r\n\r\n{}")
    except (ConnectionResetError, BrokenPipeError):
        received = b""
    assert b"202" not in received
    assert hooks.inbox.names() == []


def test_cuts_off_slow_senders_and_keeps_serving_others(hooks: Hooks) -> None:
    slow = [socket.create_connection(("127.0.0.1", hooks.server.port)) for _ in range(100)]
    try:
        for client in slow:
            client.sendall(f"{HEAD}Content-Length: 65536\r\n\r\n".encode())
        assert hooks.post().status_code == 202

        began = time.monotonic()
        slow[-1].settimeout(30)
        rest = slow[-1].recv(4096)
        assert rest == b"" or b" 400 " in rest
        assert time.monotonic() - began < REQUEST_TIMEOUT_SECONDS + 3
    finally:
        for client in slow:
            client.close()


@pytest.mark.exhaustive
def test_a_genuine_request_is_accepted_after_a_flood_of_forged_ones(hooks: Hooks) -> None:
    statuses = [hooks.try_to_post("a-secret-of-somebody-else") for _ in range(1000)]
    assert set(statuses) <= {401, None}
    wait_until(lambda: hooks.try_to_post(SECRET) == 202, "a genuine push is heard", 5)
    assert hooks.inbox.names() == ["docker.io/library/nginx"]


def test_what_follows_a_request_is_no_second_one(hooks: Hooks) -> None:
    body = b'{"repository": "nginx"}'
    request = HEAD.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    received = hooks.raw(request + request.replace(b"nginx", b"redis"))
    assert received.count(b"HTTP/1.") == 1
    assert hooks.inbox.names() == ["docker.io/library/nginx"]


def test_a_request_that_was_signed_for_one_source_is_forged_for_another(hooks: Hooks, folder: Path) -> None:
    (folder / "ghcr").write_text("the-secret-of-the-other-one")
    body = b'{"repository": "nginx"}'
    signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    for source, status in (("generic", b"202"), ("ghcr", b"401")):
        head = f"POST /hooks/{source} HTTP/1.1\r\nHost: a\r\nX-Hub-Signature-256: sha256={signed}\r\n"
        received = hooks.raw(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert received.split(b" ", 2)[1] == status


def test_one_request_cannot_drive_out_what_others_pushed(hooks: Hooks) -> None:
    assert hooks.post().status_code == 202
    answer = hooks.post(body={"repositories": [f"a/{number}" for number in range(5000)]})
    assert (answer.status_code, answer.text) == (400, "the body names more than 100 repositories\n")
    assert hooks.inbox.names() == ["docker.io/library/nginx"]
