"""The certificate authorities that are trusted for registries."""

from __future__ import annotations

import ssl
from pathlib import Path


class UnusableAuthorities(ValueError):  # noqa: N818 - the name says what is wrong
    """The file contains no usable certificate; the message is one line."""


def tls_context(authorities: Path | None = None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities and those in a PEM file; raises `UnusableAuthorities`."""
    context = ssl.create_default_context()
    if authorities is not None:
        check_authorities(authorities)
        context.load_verify_locations(cafile=authorities)
    return context


def check_authorities(path: Path) -> None:
    """Raise `UnusableAuthorities` if the PEM file cannot be read or contains no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise _unusable(path, "holds no certificate that can be read") from error
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror})") from error
    if not context.cert_store_stats()["x509"]:
        raise _unusable(path, "holds no certificate")


def _unusable(path: Path, why: str) -> UnusableAuthorities:
    return UnusableAuthorities(f"{str(path)!r} {why}: give a PEM file with the authorities to trust")
