"""Translates errors of the network layer into messages for people."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpcore

from watch_cluster.adapters.http.proxies import Proxy
from watch_cluster.adapters.http.tunnels import ProxyRefused
from watch_cluster.adapters.oci.http.errors import NoResponse, Remedy, RequestError, quote
from watch_cluster.adapters.oci.http.routing.network import ForbiddenAddress, Unresolved
from watch_cluster.adapters.oci.http.routing.reach import Role
from watch_cluster.tools.deadline import Deadline

_FORBIDDEN: Final = 403
_PROXY_AUTHENTICATION_REQUIRED: Final = 407


@contextmanager
def translated_errors(host: str, deadline: Deadline, proxy: Proxy | None = None) -> Iterator[None]:
    """Raise a `RequestError` for every error of the network layer, including errors of the proxy."""
    # With a proxy, only its own name is resolved and connected to; TLS is end to end.
    nearest = host if proxy is None else f"the proxy {proxy}"
    far = host if proxy is None else f"{host}, asked through the proxy {proxy},"
    try:
        yield
    except httpcore.TimeoutException as error:
        raise NoResponse(
            f"{far} did not answer in full within {deadline.seconds:g} s",
            "check that it can be reached from the cluster and is not overloaded",
            Remedy.LATER,
        ) from error
    except ForbiddenAddress as error:
        raise _forbidden_error(host, error) from error
    except Unresolved as error:
        raise RequestError(
            f"the host name of {nearest} cannot be resolved ({error})",
            "check its spelling, and the cluster's DNS",
            Remedy.RETRY,
        ) from error
    except ProxyRefused as error:
        raise _proxy_error(host, nearest, error) from error
    except httpcore.ConnectError as error:
        raise _connect_error(host, nearest, error) from error
    except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        raise RequestError(
            f"{far} closed the connection ({quote(str(error))})",
            "check that it is well, and that nothing between it and the cluster cuts connections",
            Remedy.RETRY,
        ) from error


def _forbidden_error(host: str, error: ForbiddenAddress) -> RequestError:
    if error.role is Role.REGISTRY:
        # Without the address: people who can set an image must not learn what only the cluster's DNS knows.
        return RequestError(
            f"{host} has an address that is not public",
            "if it is a registry of yours, name it in REGISTRY_INTERNAL_HOSTS",
            Remedy.CHANGE,
        )
    return RequestError(
        f"{host} has the address {error}, which is not public, and is not the registry's own host",
        "if it belongs to your registry, name it in REGISTRY_INTERNAL_HOSTS; a registry of others must not lead inside",
        Remedy.CHANGE,
    )


def _proxy_error(host: str, proxy: str, error: ProxyRefused) -> RequestError:
    what = f"{proxy} cannot connect to {host} ({error})"
    if error.status == _PROXY_AUTHENTICATION_REQUIRED:
        return RequestError(what, "check the user name and password in HTTPS_PROXY and HTTP_PROXY", Remedy.CHANGE)
    if error.status == _FORBIDDEN:
        return RequestError(what, "have it allowed there, or name the host in NO_PROXY", Remedy.CHANGE)
    return RequestError(what, "check that it can reach the host, or name the host in NO_PROXY", Remedy.RETRY)


def _connect_error(host: str, nearest: str, error: httpcore.ConnectError) -> RequestError:
    # The pool drops `__cause__`; the original error is an argument of the error.
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RequestError(
            f"the certificate of {host} is not trusted ({cause.verify_message})",
            "check that it is valid for this host; an authority of your own belongs in REGISTRY_CA_FILE",
            Remedy.CHANGE,
        )
    if isinstance(cause, ssl.SSLError):
        return RequestError(
            f"{host} does not speak TLS ({cause.reason or 'the handshake failed'})",
            "check the registry's port; plain HTTP is used only for the registries named in REGISTRY_PLAIN_HTTP",
            Remedy.CHANGE,
        )
    if isinstance(cause, ConnectionRefusedError):
        return RequestError(
            f"{nearest} refused the connection", "check that it runs and that the port is right", Remedy.RETRY
        )
    return RequestError(
        f"no connection to {nearest} could be made ({cause})",
        "check that it can be reached from the cluster, and its network policies",
        Remedy.RETRY,
    )
