"""HTTP to the API server: the one module that knows the Kubernetes client, and all of its ways to fail."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, Final, Protocol, Self
from urllib.parse import urlencode

import msgspec
import urllib3

from watch_cluster.adapters.kubernetes.client.errors import (
    ApiRefused,
    ApiSilent,
    ApiTooLarge,
    ApiUnreachable,
    NoApiServer,
    describe,
    translate_errors,
)
from watch_cluster.application.ports.tracing import Call

__all__ = ["ApiRefused", "ApiSilent", "ApiTooLarge", "ApiUnreachable", "KubernetesApi", "Lines", "NoApiServer"]

MAX_OBJECT_BYTES: Final = 16 * 1024 * 1024
"""More than any object has: etcd takes 1.5 MiB, and JSON escapes make at most six bytes of one."""

_ERROR_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 256 * 1024
_MESSAGE_LENGTH: Final = 500
_CONNECT_SECONDS: Final = 5.0
_HEADERS_SECONDS: Final = 30.0
"""An API server begins its answer to a watch at once, also when there is nothing to tell."""


def _ignore(_call: Call) -> None:
    """Nobody wants to know."""


class Lines(Protocol):
    """The lines of an answer that goes on, as they come."""

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end. Raises `ApiSilent` when none comes for too long, `ApiUnreachable` for a break."""

    def interrupt(self) -> None:
        """End the stream, from another thread; one that has ended already is left alone."""


class _ResponseLines:
    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        rest = bytearray()
        try:
            with translate_errors():
                for chunk in self._response.stream(64 * 1024):
                    # Looked for in what is new only: a long line comes in many chunks.
                    *lines, last = chunk.split(b"\n")
                    for line in lines:
                        rest += line
                        if rest:
                            yield bytes(rest)
                        rest.clear()
                    rest += last
                    if len(rest) > MAX_OBJECT_BYTES:
                        raise ApiTooLarge(f"a line of the watch is longer than {MAX_OBJECT_BYTES} bytes")
        except ApiUnreachable as error:
            if isinstance(error.__cause__, urllib3.exceptions.ReadTimeoutError | TimeoutError):
                raise ApiSilent(str(error)) from error
            raise

    def interrupt(self) -> None:
        # RuntimeError and ValueError say that it has ended meanwhile, OSError that the peer has gone.
        with suppress(RuntimeError, ValueError, OSError):
            self._response.shutdown()


class _Status(msgspec.Struct):
    """The parts of a Status object (meta/v1) that are used."""

    reason: str = ""
    message: str = ""


class KubernetesApi:
    """Sends requests with the credentials of a kubeconfig or of the pod. Safe for threads."""

    def __init__(self, client: Any, asked: Callable[[Call], None] = _ignore) -> None:
        """Take an `ApiClient`; `connect` makes one. Each request but the streams is told to `asked`."""
        self._client = client
        self._asked = asked
        self._pools = client.rest_client.pool_manager
        self._host = client.configuration.host.rstrip("/")
        self._peer = self._host.partition("://")[2].partition("/")[0]

    @classmethod
    def connect(
        cls, kubeconfig: str | None = None, connections: int = 32, asked: Callable[[Call], None] = _ignore
    ) -> Self:
        """Use that kubeconfig; without one the pod's own credentials, and outside of a pod the default kubeconfig.

        Tokens that are renewed in files, and credential plugins, are followed by the client. No request is sent.
        Raises `NoApiServer`.
        """
        from kubernetes import client, config

        configuration = client.Configuration()
        in_pod = kubeconfig is None and bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
        try:
            if in_pod:
                config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                config.load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=kubeconfig, client_configuration=configuration
                )
        except Exception as error:  # the loader lets out whatever a file of another shape makes it stumble over
            raise NoApiServer(_no_cluster(kubeconfig, in_pod, error)) from error
        configuration.connection_pool_maxsize = connections
        # A peer that vanishes without a word is noticed by the kernel, long before a silent watch runs out of time.
        configuration.keep_alive = True
        return cls(client.ApiClient(configuration), asked)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        content_type: str | None = None,
        timeout: float,
        max_bytes: int = MAX_OBJECT_BYTES,
    ) -> bytes:
        """Send one request and return the body of a good answer, within that many seconds.

        Nothing is tried twice. Raises `ApiRefused`, `ApiTooLarge` and `ApiUnreachable`, nothing else.
        """
        deadline = time.monotonic() + timeout
        limit = urllib3.Timeout(connect=min(_CONNECT_SECONDS, timeout), read=timeout, total=timeout)
        headers = {} if content_type is None else {"Content-Type": content_type}
        began, status = time.monotonic(), "none"
        try:
            with translate_errors():
                response = self._send(method, path, query, headers, body, limit)
                status = str(response.status)
                try:
                    self._refuse(response)
                    return _read(response, deadline, max_bytes)
                finally:
                    # After a whole answer the connection is in the pool already; after half of one it is of no use.
                    response.close()
        finally:
            self._asked(Call(self._peer, method, path, status, time.monotonic() - began))

    @contextmanager
    def stream(self, path: str, *, query: Sequence[tuple[str, str]] = (), silence: float) -> Iterator[Lines]:
        """Open an answer that goes on; when nothing more comes for `silence` seconds that is over.

        Raises `ApiRefused` and `ApiUnreachable`, nothing else.
        """
        limit = urllib3.Timeout(connect=_CONNECT_SECONDS, read=min(_HEADERS_SECONDS, silence))
        with translate_errors():
            response = self._send("GET", path, query, {}, None, limit)
        try:
            with translate_errors():
                self._refuse(response)
                _allow_silence(response, silence)
            yield _ResponseLines(response)
        finally:
            response.close()

    def close(self) -> None:
        """Close idle connections."""
        self._pools.clear()

    def _send(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: dict[str, str],
        body: bytes | None,
        limit: urllib3.Timeout,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json", "User-Agent": "watch-cluster", **headers}
        try:
            self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        except Exception as error:
            raise ApiUnreachable(f"the credentials for the API server cannot be renewed ({describe(error)})") from error
        # The token of a pod is taken from its file as it is, with the line's end that somebody may have left there.
        headers = {name: value.strip() for name, value in headers.items()}
        url = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")
        response: urllib3.BaseHTTPResponse = self._pools.request(
            method, url, body=body, headers=headers, timeout=limit, retries=False, redirect=False, preload_content=False
        )
        return response

    @staticmethod
    def _refuse(response: urllib3.BaseHTTPResponse) -> None:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return
        body = response.read(_ERROR_BYTES, decode_content=True)
        try:
            status = msgspec.json.decode(body, type=_Status)
        except (msgspec.DecodeError, UnicodeDecodeError):
            status = _Status()
        delay = response.headers.get("Retry-After", "")
        raise ApiRefused(
            response.status,
            status.reason or (response.reason or ""),
            " ".join(status.message.split())[:_MESSAGE_LENGTH] or "it gives no reason",
            float(delay) if delay.isascii() and delay.isdigit() else 0,
        )


def _read(response: urllib3.BaseHTTPResponse, deadline: float, max_bytes: int) -> bytes:
    """Read the body piece by piece: the socket's own time-out begins anew with each of them."""
    pieces: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        _allow_silence(response, left)
        piece = response.read1(_PIECE_BYTES)
        if not piece:
            return b"".join(pieces)
        size += len(piece)
        if size > max_bytes:
            raise ApiTooLarge(f"the answer has more than {max_bytes} bytes")
        pieces.append(piece)


def _allow_silence(response: urllib3.BaseHTTPResponse, seconds: float) -> None:
    socket = getattr(response.connection, "sock", None)
    if socket is not None:
        socket.settimeout(seconds)


def _no_cluster(kubeconfig: str | None, in_pod: bool, error: Exception) -> str:
    if in_pod:
        return f"no cluster to talk to: the pod's service account cannot be used ({describe(error)})"
    where = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    return f"no cluster to talk to: {where} cannot be used ({describe(error)}): set KUBECONFIG to a kubeconfig"
