"""HTTP to the API server: the one module that knows the Kubernetes client, and all of its ways to fail."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import urlencode

import msgspec
import urllib3

_ERROR_BYTES: Final = 64 * 1024
_CONNECT_SECONDS: Final = 5.0


class NoApiServer(Exception):  # noqa: N818 - a kind of answer, not a defect
    """Nothing says where the API server is, or what says so cannot be used; one line for a person."""


class ApiUnreachable(Exception):  # noqa: N818
    """No answer, or only half of one. A request that writes may have taken effect all the same."""


class ApiRefused(Exception):  # noqa: N818
    """The API server answered, and the answer is no.

    `reason` is the machine's word for it and `message` the person's, both from the Status object; `retry_after` is the
    server's wish in seconds, 0 for none.
    """

    def __init__(self, status: int, reason: str, message: str, retry_after: float = 0) -> None:
        super().__init__(f"the API server answers {status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


class _Status(msgspec.Struct):
    """The parts of a Status object (meta/v1) that are used."""

    reason: str = ""
    message: str = ""


class Lines(Protocol):
    """The lines of an answer that goes on, as they come."""

    def __iter__(self) -> Iterator[bytes]:
        """Each line without its end. Raises `ApiUnreachable` when the stream breaks off."""

    def interrupt(self) -> None:
        """End the stream, from another thread."""


class _ResponseLines:
    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        with _translated():
            for chunk in self._response.stream(64 * 1024):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line for line in lines if line)

    def interrupt(self) -> None:
        with _translated():
            self._response.shutdown()


class KubernetesApi:
    """Sends requests with the credentials of a kubeconfig or of the pod. Safe for threads."""

    def __init__(self, client: Any) -> None:
        """Take an `ApiClient`; `connect` makes one."""
        self._client = client
        self._pools = client.rest_client.pool_manager
        self._host = client.configuration.host.rstrip("/")

    @classmethod
    def connect(cls, kubeconfig: str | None = None, connections: int = 32) -> Self:
        """Use that kubeconfig; without one the pod's own credentials, and outside of a pod the default kubeconfig.

        Tokens that are renewed in files, and credential plugins, are followed by the client. No request is sent.
        Raises `NoApiServer`.
        """
        from kubernetes import client, config
        from yaml import YAMLError

        configuration = client.Configuration()
        try:
            if kubeconfig is None and os.environ.get("KUBERNETES_SERVICE_HOST"):
                config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                config.load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=kubeconfig, client_configuration=configuration
                )
        except (config.ConfigException, OSError, YAMLError, ValueError, TypeError, KeyError) as error:
            where = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
            words = " ".join(str(error).split())[:300]
            raise NoApiServer(
                f"no cluster to talk to: {where} cannot be used ({words}): set KUBECONFIG to a kubeconfig"
            ) from error
        configuration.connection_pool_maxsize = connections
        return cls(client.ApiClient(configuration))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        content_type: str | None = None,
        timeout: float,
    ) -> bytes:
        """Send one request and return the body of a good answer, within about that many seconds.

        Nothing is tried twice. Raises `ApiRefused` and `ApiUnreachable`, nothing else.
        """
        limit = urllib3.Timeout(connect=min(_CONNECT_SECONDS, timeout), read=timeout, total=timeout)
        headers = {} if content_type is None else {"Content-Type": content_type}
        with _translated():
            response = self._send(method, path, query, headers, body, limit)
            try:
                self._refuse(response)
                data: bytes = response.data
            finally:
                response.release_conn()
        return data

    @contextmanager
    def stream(self, path: str, *, query: Sequence[tuple[str, str]] = (), silence: float) -> Iterator[Lines]:
        """Open an answer that goes on; when nothing comes for `silence` seconds it counts as broken.

        Raises `ApiRefused` and `ApiUnreachable`, nothing else.
        """
        limit = urllib3.Timeout(connect=_CONNECT_SECONDS, read=silence)
        with _translated():
            response = self._send("GET", path, query, {}, None, limit)
        try:
            with _translated():
                self._refuse(response)
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
        self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
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
            " ".join(status.message.split()) or "it gives no reason",
            float(delay) if delay.isascii() and delay.isdigit() else 0,
        )


class _translated:  # noqa: N801 - reads as a word after `with`
    """Turns whatever the client raises into `ApiUnreachable`. A class, because it also wraps generators."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # urllib3 lets OSError and http.client's errors through where a stream breaks off; ValueError is a read of a
        # response that another thread has shut down.
        if isinstance(error, urllib3.exceptions.HTTPError | OSError | http.client.HTTPException | ValueError):
            cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason else error
            raise ApiUnreachable(f"the API server cannot be reached ({_words(cause)})") from error


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    # urllib3 puts the connection object before the words.
    return text.rpartition(">: ")[2][:300]
