"""Types of environment variables: lists of names, namespaces, hosts, flags, URLs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator

from watch_cluster.domain.policy.values.limits import Limits
from watch_cluster.domain.schedule.duration import parse_duration

LIMITS: Final = Limits(65_536, entries=1000)
"""Limits of every variable."""
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_HOST: Final = re.compile(r"(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?", re.ASCII)


def split(text: str) -> tuple[str, ...]:
    """Split at commas, without blanks and empty entries. Raises `ValueError` if there are too many."""
    LIMITS.check(text)
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _names(value: object) -> object:
    return tuple(dict.fromkeys(split(value))) if isinstance(value, str) else value


def _namespace(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError(f"{text!r} is not a namespace name: use lower-case letters, digits and '-'")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is not a host: write registry.example or registry.example:5000")
    return text


def _flag(value: object) -> object:
    if isinstance(value, str) and value.lower() not in {"true", "false"}:
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("it must be longer than zero")
    return value


def _collector(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"{without_login(text)!r} is not a URL of a collector: write http://HOST:4318")
    return text


def without_login(url: str) -> str:
    """Hide the parts of a URL that can hold secrets: the user information and the query.

    >>> without_login("https://me:pass@collector.example/v1?key=x")
    'https://(hidden)@collector.example/v1?(hidden)'
    """
    rest, query, _ = url.partition("?")
    before, at, host = rest.rpartition("@")
    scheme, slashes, _ = before.partition("//")
    shown = f"{scheme if slashes else ''}{slashes}(hidden)@{host}" if at else rest
    return f"{shown}?(hidden)" if query else shown


Flag = Annotated[bool, BeforeValidator(_flag)]
Namespace = Annotated[str, BeforeValidator(_namespace)]
Host = Annotated[str, BeforeValidator(_host)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Namespaces = Annotated[tuple[Namespace, ...], BeforeValidator(_names)]
Hosts = Annotated[tuple[Host, ...], BeforeValidator(_names)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
Collector = Annotated[str, BeforeValidator(_collector)]
