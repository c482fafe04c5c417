"""Turns what the network layer raises into faults that tell a person the difference."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore
import httpx

from watch_cluster.adapters.deadline import Deadline
from watch_cluster.adapters.oci.faults import Fault, Remedy, quote
from watch_cluster.adapters.oci.network import ForbiddenAddress, Unresolved


@contextmanager
def explained(url: httpx.URL, deadline: Deadline) -> Iterator[None]:
    """Raise a `Fault` for whatever keeps an answer from coming."""
    host = url.netloc.decode("ascii")
    try:
        yield
    except httpcore.TimeoutException as error:
        raise Fault(
            f"{host} did not answer in full within {deadline.seconds:g} s",
            "check that it can be reached from the cluster and is not overloaded",
            Remedy.LATER,
        ) from error
    except ForbiddenAddress as error:
        raise Fault(
            f"{host} has the address {error}, which is not public, and is not the registry's own host",
            "a registry must not send us into an internal network; its operator must correct that",
            Remedy.CHANGE,
        ) from error
    except Unresolved as error:
        raise Fault(
            f"the host name of {host} cannot be resolved ({error})",
            "check its spelling, and the cluster's DNS",
            Remedy.RETRY,
        ) from error
    except httpcore.ConnectError as error:
        raise _connect_fault(host, error) from error
    except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        raise Fault(
            f"{host} broke the connection off ({quote(str(error))})",
            "check that it is well, and that nothing between it and the cluster cuts connections",
            Remedy.RETRY,
        ) from error


def _connect_fault(host: str, error: httpcore.ConnectError) -> Fault:
    # The pool cuts the chain of causes; the error itself still holds the one that it stands for.
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Fault(
            f"the certificate of {host} is not trusted ({cause.verify_message})",
            "check that it is valid for this host; an authority of your own belongs in REGISTRY_CA_FILE",
            Remedy.CHANGE,
        )
    if isinstance(cause, ssl.SSLError):
        return Fault(
            f"{host} does not speak TLS as it must ({cause.reason or 'the handshake failed'})",
            "check the registry's port; plain HTTP is used only for the registries named in REGISTRY_PLAIN_HTTP",
            Remedy.CHANGE,
        )
    if isinstance(cause, ConnectionRefusedError):
        return Fault(
            f"{host} refused the connection", "check that the registry runs and that the port is right", Remedy.RETRY
        )
    return Fault(
        f"no connection to {host} could be made ({cause})",
        "check that it can be reached from the cluster, and its network policies",
        Remedy.RETRY,
    )
