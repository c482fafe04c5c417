"""A client of the Engine API with time limits and a limit on the size of each answer.

Source: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
import msgspec

from watch_cluster.adapters.docker.engine.address import EngineAddress
from watch_cluster.adapters.docker.engine.errors import EngineUnavailable, error_of
from watch_cluster.application.ports.reporting.tracing import Call

SECONDS: Final = 30.0
"""How long an ordinary request may take."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest answer that is read; a list of 10,000 containers has about half of it."""
_ERROR_BYTES: Final = 64 * 1024
_LONGEST_LINE: Final = 1024 * 1024
_CREATED_OR_UNCHANGED: Final = frozenset({200, 201, 204, 304})


class EngineApi:
    """Requests to one engine. Safe for threads. Raises the errors of `engine.errors`."""

    def __init__(self, address: EngineAddress, called: Callable[[Call], None] = lambda _call: None) -> None:
        self.address = address
        self._called = called
        transport = (
            httpx.HTTPTransport(uds=address.socket, verify=False, trust_env=False)
            if address.socket is not None
            else httpx.HTTPTransport(verify=address.tls(), trust_env=False)
        )
        limits = httpx.Timeout(SECONDS)
        self._http = httpx.Client(base_url=address.url, transport=transport, timeout=limits, trust_env=False)
        self._version = ""

    def get(self, path: str, **params: str) -> Any:
        """Read an object."""
        return msgspec.json.decode(self.read("GET", path, params) or b"null")

    def items(self, path: str, **params: str) -> list[msgspec.Raw]:
        """Read a list, whose entries are decoded one by one."""
        return msgspec.json.decode(self.read("GET", path, params), type=list[msgspec.Raw])

    def post(
        self, path: str, body: object = None, *, seconds: float = SECONDS, params: Mapping[str, str] | None = None
    ) -> Any:
        """Change something; 304 (it is so already) counts as done."""
        answer = self.read("POST", path, params or {}, body, seconds)
        return msgspec.json.decode(answer) if answer.strip() else None

    def delete(self, path: str, **params: str) -> None:
        """Remove something."""
        self.read("DELETE", path, params)

    def read(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: object = None,
        seconds: float = SECONDS,
        most: int = MOST_BYTES,
    ) -> bytes:
        """Send a request and read its whole answer, at most `most` bytes."""
        with self._open(method, path, params, body, seconds) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > most:
                    raise EngineUnavailable(f"docker: {method} {path}: the answer has more than {most:,} bytes")
            return bytes(content)

    def stream(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        silence: float = SECONDS,
    ) -> Iterator[Mapping[str, Any]]:
        """Read the JSON objects that the engine sends one by one; ends when it is silent for that many seconds."""
        with self._open(method, path, params, None, silence, headers) as response:
            try:
                for line in _lines(response):
                    decoded = msgspec.json.decode(line)
                    if isinstance(decoded, dict):
                        yield decoded
            except httpx.ReadTimeout:
                return
            except msgspec.DecodeError as error:
                raise EngineUnavailable(f"docker: {method} {path}: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @contextmanager
    def _open(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: object,
        seconds: float,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        url = f"{self._prefix()}{path}" if path != "/version" else path
        content = None if body is None else msgspec.json.encode(body)
        limits = httpx.Timeout(SECONDS, read=seconds)
        sent = {"Content-Type": "application/json", **(headers or {})} if method == "POST" else dict(headers or {})
        started, status = time.monotonic(), None
        try:
            with self._http.stream(
                method, url, params=dict(params), content=content, headers=sent, timeout=limits
            ) as response:
                status = response.status_code
                if status not in _CREATED_OR_UNCHANGED:
                    raise error_of(status, _message(response), f"{method} {path}")
                yield response
        except httpx.ReadTimeout as error:
            raise EngineUnavailable(f"docker: {method} {path}: no answer within {seconds:g} s") from error
        except httpx.TransportError as error:
            raise EngineUnavailable(f"docker: the engine at {self.address.shown} cannot be reached: {error}") from error
        finally:
            took = time.monotonic() - started
            self._called(Call("docker", method, path, "none" if status is None else str(status), took))

    def _prefix(self) -> str:
        """The version that the engine itself speaks: what it reports can then be given back to it as it is."""
        if not self._version:
            version = self.get("/version").get("ApiVersion", "")
            self._version = f"/v{version}"
        return self._version


def _lines(response: httpx.Response) -> Iterator[bytes]:
    rest = b""
    for chunk in response.iter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line.strip())
        if len(rest) > _LONGEST_LINE:
            raise EngineUnavailable(f"docker: a line of the answer has more than {_LONGEST_LINE:,} bytes")
    if rest.strip():
        yield rest


def _message(response: httpx.Response) -> str:
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > _ERROR_BYTES:
            break
    try:
        return str(msgspec.json.decode(content)["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return content[:200].decode(errors="replace") or f"status {response.status_code}"
