"""The controller's settings, read from environment variables and checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_HOST: Final = re.compile(r"(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?", re.ASCII)


class InvalidSettings(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """One line for each environment variable that cannot be used."""


def _names(text: object) -> object:
    """Split at commas; blanks and repeats do not matter."""
    if not isinstance(text, str):
        return text
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _namespace(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a namespace: use lower-case letters, digits and '-'")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host: write registry.example or registry.example:5000")
    return text


Namespace = Annotated[str, BeforeValidator(_namespace)]
Host = Annotated[str, BeforeValidator(_host)]


class Settings(BaseModel):
    """What can be set, under the names of the environment variables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    WATCH_NAMESPACES: Annotated[tuple[Namespace, ...], BeforeValidator(_names)] = ()
    """The namespaces to watch, comma separated; all when empty."""

    REGISTRY_PLAIN_HTTP: Annotated[tuple[Host, ...], BeforeValidator(_names)] = ()
    """Registries that are spoken to without TLS, `host` or `host:port`, comma separated. Loopback needs no entry."""

    REGISTRY_CONFIG: Path | None = None
    """A Docker `config.json` with credentials for registries."""

    REGISTRY_TIMEOUT: Annotated[int, Field(gt=0, le=600_000)] = 30_000
    """The longest that one answer of a registry may take, with everything that it needs, in milliseconds."""

    CHECK_WORKERS: Annotated[int, Field(gt=0, le=256)] = 8
    """How many checks may be under way at once."""

    LOG_LEVEL: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are logged."""

    LOG_FORMAT: Literal["auto", "json", "console"] = "auto"
    """`json`, `console`, or `auto`: for people on a terminal, JSON elsewhere."""

    POD_NAMESPACE: Namespace = "watch-cluster"
    """The namespace of Watch-Cluster itself, where its Lease is kept."""

    KUBECONFIG: str | None = None
    """The kubeconfig to use outside of a cluster."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """Take the known variables out of the environment; one that is empty counts as not set.

        Raises `InvalidSettings` with all faults.
        """
        given = {name: environment[name] for name in cls.model_fields if environment.get(name)}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise InvalidSettings("\n".join(_lines(error))) from None


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False, include_context=False):
        message = fault["msg"].removeprefix("Value error, ")
        value = "" if repr(fault["input"]) in message else f"{fault['input']!r}: "
        lines.append(f"{fault['loc'][0]}: {value}{message[0].lower()}{message[1:]}")
    return lines
