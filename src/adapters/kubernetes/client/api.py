"""HTTP to the API server, with the credentials and connections of the Kubernetes client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final, Self
from urllib.parse import urlencode

import urllib3

from watch_cluster.adapters.kubernetes.client.configuration import load_configuration, say_once_that_nothing_is_verified
from watch_cluster.adapters.kubernetes.client.errors import (
    ApiRefused,
    ApiSilent,
    ApiTooLarge,
    ApiUnreachable,
    NoApiServer,
    describe,
    translate_errors,
)
from watch_cluster.adapters.kubernetes.client.responses import (
    MAX_OBJECT_BYTES,
    Lines,
    ResponseLines,
    allow_silence,
    raise_refusal,
    read_body,
)
from watch_cluster.application.ports.reporting.tracing import Call

__all__ = [
    "MAX_OBJECT_BYTES",
    "ApiRefused",
    "ApiSilent",
    "ApiTooLarge",
    "ApiUnreachable",
    "KubernetesApi",
    "Lines",
    "NoApiServer",
]

_CONNECT_SECONDS: Final = 5.0
_HEADERS_SECONDS: Final = 30.0
"""An API server sends the headers of a watch at once, even without events."""


def _ignore(_call: Call) -> None:
    """Do nothing."""


class KubernetesApi:
    """Sends requests with the credentials of a kubeconfig or of the pod. Thread-safe."""

    def __init__(self, client: Any, on_call: Callable[[Call], None] = _ignore) -> None:
        """Take an `ApiClient`; `connect` makes one. `on_call` is called with each request but the streams."""
        self._client = client
        self._on_call = on_call
        self._user_agent = f"watch-cluster/{version('watch-cluster')}"
        self._pools = client.rest_client.pool_manager
        self._host = client.configuration.host.rstrip("/")
        self._peer = self._host.partition("://")[2].partition("/")[0]

    @classmethod
    def connect(
        cls,
        kubeconfig: str | None = None,
        context: str | None = None,
        connections: int = 32,
        on_call: Callable[[Call], None] = _ignore,
    ) -> Self:
        """Use that kubeconfig; without one the pod's own credentials, and outside of a pod the default kubeconfig.

        `context` names one of the kubeconfig's contexts, None its current one.

        Tokens that are renewed in files, and credential plugins, are followed by the client. No request is sent.
        Raises `NoApiServer`.
        """
        from kubernetes import client

        configuration = load_configuration(kubeconfig, context)
        configuration.connection_pool_maxsize = connections
        # A peer that vanishes without a word is noticed by the kernel, long before a silent watch runs out of time.
        configuration.keep_alive = True
        if not configuration.verify_ssl:
            say_once_that_nothing_is_verified()
        return cls(client.ApiClient(configuration), on_call)

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
        """Send one request and return the body of a successful response, within that many seconds.

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
                    raise_refusal(response)
                    return read_body(response, deadline, max_bytes)
                finally:
                    # The connection is back in the pool already, or unusable after an incomplete response.
                    response.close()
        finally:
            self._on_call(Call(self._peer, method, path, status, time.monotonic() - began))

    @contextmanager
    def stream(self, path: str, *, query: Sequence[tuple[str, str]] = (), silence: float) -> Iterator[Lines]:
        """Open a stream, which ends when nothing arrives for `silence` seconds.

        Raises `ApiRefused` and `ApiUnreachable`, nothing else.
        """
        limit = urllib3.Timeout(connect=_CONNECT_SECONDS, read=min(_HEADERS_SECONDS, silence))
        with translate_errors():
            response = self._send("GET", path, query, {}, None, limit)
        try:
            with translate_errors():
                raise_refusal(response)
                allow_silence(response, silence)
            yield ResponseLines(response)
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
        headers = {"Accept": "application/json", "User-Agent": self._user_agent, **headers}
        try:
            self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        except Exception as error:
            raise ApiUnreachable(f"the credentials for the API server cannot be renewed ({describe(error)})") from error
        # The token of a pod is taken from its file as it is, with a line break that may be at its end.
        headers = {name: value.strip() for name, value in headers.items()}
        url = f"{self._host}{path}" + (f"?{urlencode(query)}" if query else "")
        response: urllib3.BaseHTTPResponse = self._pools.request(
            method, url, body=body, headers=headers, timeout=limit, retries=False, redirect=False, preload_content=False
        )
        return response
