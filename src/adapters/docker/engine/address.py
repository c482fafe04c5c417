"""Where the engine listens, from the variables that the Docker command line uses."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEFAULT_SOCKET: Final = "/var/run/docker.sock"


class InvalidAddress(ValueError):  # noqa: N818 - the name says what is wrong
    """The address of the engine cannot be used; one line for a person."""


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """A Unix socket, or a TCP host with or without TLS. `shown` is the address as a person wrote it."""

    shown: str
    socket: str | None = None
    url: str = "http://docker"
    certificates: Path | None = None

    @classmethod
    def parse(cls, host: str, certificates: Path | None = None, *, tls: bool = False) -> EngineAddress:
        """Parse a value of `DOCKER_HOST`. `certificates` has `ca.pem`, `cert.pem` and `key.pem`.

        Source: https://docs.docker.com/reference/cli/docker/#environment-variables. Raises `InvalidAddress`.

        >>> EngineAddress.parse("unix:///run/user/1000/docker.sock").socket
        '/run/user/1000/docker.sock'
        """
        scheme, separator, rest = host.partition("://")
        if separator and scheme == "unix" and rest.startswith("/"):
            return cls(host, socket=rest)
        if separator and scheme in {"tcp", "http", "https"} and rest:
            secure = tls or scheme == "https"
            return cls(host, None, f"{'https' if secure else 'http'}://{rest}", certificates if secure else None)
        raise InvalidAddress(f"{host!r} is not an address of an engine: write unix:///PATH or tcp://HOST:PORT")

    def tls(self) -> ssl.SSLContext:
        """The TLS context with the client's certificate, if there is one. Raises `InvalidAddress`."""
        context = ssl.create_default_context()
        if self.certificates is None:
            return context
        try:
            context.load_verify_locations(self.certificates / "ca.pem")
            context.load_cert_chain(self.certificates / "cert.pem", self.certificates / "key.pem")
        except OSError as error:
            why = error.strerror or "not a PEM certificate"
            raise InvalidAddress(f"DOCKER_CERT_PATH: {str(self.certificates)!r} is unusable: {why}") from error
        return context
