"""What is sent to a registry, what comes back, and to which URLs it may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import httpx

from watch_cluster.adapters.oci.http.errors import Remedy, RequestError, quote

KIBIBYTE: Final = 1024
JSON: Final = "application/json"
Method = Literal["GET", "HEAD", "POST"]

_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Request:
    """A request on behalf of `registry`, a URL.

    Other hosts than the registry's own must be public and, unless the registry itself is plain HTTP, use TLS.
    `max_bytes` limits the body of the response. `accept` is the value of the header. `authorizations` has the value of
    `Authorization` for each origin; no other origin gets any. `form` is a secret body: a redirect of it to another
    origin is not followed.
    """

    url: httpx.URL
    registry: httpx.URL
    max_bytes: int
    method: Method = "GET"
    accept: str = JSON
    authorizations: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """A response with any status; `url` is where it came from, after all redirects."""

    url: httpx.URL
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def host(self) -> str:
        """The host that responded, with its port unless it is the default one."""
        return self.url.netloc.decode("ascii")


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether two URLs have the same scheme, host and port, so that both may get the same secrets."""
    return (one.raw_scheme, one.netloc) == (other.raw_scheme, other.netloc)


def origin(url: httpx.URL) -> str:
    """Return the scheme, host and port of a URL."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def check_url(url: httpx.URL, registry: httpx.URL) -> None:
    """Raise `RequestError` for a URL that a registry must not refer to."""
    if url.userinfo:
        complaint = "with a user name or password in it"
    elif not url.raw_host:
        complaint = "without a host"
    elif url.scheme != "https" and not (url.scheme == registry.scheme == "http"):
        complaint = "that is not https"
    elif url.port is not None and not 0 < url.port <= _MAX_PORT:
        complaint = "with an invalid port"
    else:
        return
    raise RequestError(
        f"{registry.netloc.decode()} refers to a URL at {quote(url.raw_host.decode('ascii'))} {complaint}",
        "its operator must fix it",
        Remedy.CHANGE,
    )
