"""JSON requests to a forge, within limits and without its token in any message."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from watch_cluster.adapters.git.forge.forge import ForgeError
from watch_cluster.domain.printable import printable

TIMEOUT_SECONDS: Final = 30.0
MAX_BYTES: Final = 4 * 2**20
_LONGEST_MESSAGE: Final = 200


@dataclass(frozen=True, slots=True)
class JsonApi:
    """An API below a URL, whose certificate the system's authorities vouch for. `headers` hold the credentials."""

    url: str
    headers: Mapping[str, str] = field(repr=False)

    def __call__(self, method: str, path: str, *, query: Sequence[tuple[str, str]] = (), body: object = None) -> Any:
        """Send a request and return the parsed response. Raises `ForgeError`."""
        url = self.url + path
        try:
            with (
                httpx.Client(
                    timeout=TIMEOUT_SECONDS, headers=dict(self.headers), verify=ssl.create_default_context()
                ) as client,
                client.stream(method, url, params=httpx.QueryParams(tuple(query)), json=body) as response,
            ):
                content = _read(response)
                if not response.is_success:
                    raise ForgeError(f"{method} {url} failed with status {response.status_code}: {_message(content)}")
        except httpx.HTTPError as error:
            raise ForgeError(f"{method} {url} failed: {str(error) or type(error).__name__}") from None
        return _parsed(content)


def _read(response: httpx.Response) -> bytes:
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise ForgeError(f"the response to {response.request.url} has more than {MAX_BYTES} bytes")
    return content


def _parsed(content: bytes) -> Any:
    import json

    try:
        return json.loads(content) if content else None
    except (ValueError, RecursionError):
        raise ForgeError("the forge does not respond with JSON: is the address that of its API?") from None


def _message(content: bytes) -> str:
    """The forge's own words."""
    text = content[: 10 * _LONGEST_MESSAGE].decode(errors="replace")
    return printable(text)[:_LONGEST_MESSAGE]
