"""Types of the registry variables: mirrors, internal hosts, CA certificates, proxies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from watch_cluster.adapters.http.proxies import Proxy
from watch_cluster.adapters.http.tls import check_authorities
from watch_cluster.adapters.oci.http.routing.reach import InternalHosts
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.entrypoints.settings.values import Names, split


def _mirrors(value: object) -> object:
    if not isinstance(value, str):
        return value
    mirrors = tuple(Mirror.parse(part) for part in split(value))
    registries = [each.registry.lower() for each in mirrors]
    twice = next((each for each in registries if registries.count(each) > 1), None)
    if twice is not None:
        raise ValueError(f"the registry {twice!r} has several mirrors: name one")
    return mirrors


def _internal_hosts(entries: tuple[str, ...]) -> tuple[str, ...]:
    InternalHosts.parse(entries)
    return entries


def _authorities(path: Path) -> Path:
    check_authorities(path)
    return path


def _proxy(value: object) -> object:
    return Proxy.parse(value) if isinstance(value, str) else value


InternalHostNames = Annotated[Names, AfterValidator(_internal_hosts)]
Mirrors = Annotated[tuple[Mirror, ...], BeforeValidator(_mirrors)]
AuthoritiesFile = Annotated[Path, AfterValidator(_authorities)]
RegistryProxy = Annotated[Proxy, BeforeValidator(_proxy)]
