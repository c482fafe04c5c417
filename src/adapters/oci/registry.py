"""The registry client: one door to all registries that speak the OCI distribution protocol.

Source: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from importlib.metadata import version
from ipaddress import ip_address
from typing import Final, TypeVar

import httpx

from watch_cluster.adapters.oci.access import Access
from watch_cluster.adapters.oci.exchange import Exchanger
from watch_cluster.adapters.oci.faults import Fault
from watch_cluster.adapters.oci.manifests import contents_of, tag_digest
from watch_cluster.adapters.oci.network import Resolve, resolve_by_system
from watch_cluster.adapters.oci.patience import PatientExchanger
from watch_cluster.adapters.oci.tags import list_tags
from watch_cluster.adapters.oci.timing import Timing
from watch_cluster.adapters.oci.tokens import Tokens
from watch_cluster.application.ports.image_registry import RegistryRefused, RegistryUnauthorised, RepositoryNotFound
from watch_cluster.domain.credential import Credential
from watch_cluster.domain.image import DOCKER_HUB, Repository

_Answer = TypeVar("_Answer")

_DOCKER_HUB_API: Final = "registry-1.docker.io"


class OciImageRegistry:
    """Answers over HTTPS, and over plain HTTP for loopback and the registries that are named for it.

    `plain_http_hosts` has registries as they stand in image references, `host` or `host:port`. `deadline_seconds` is
    the time for one question with its redirects and its whole body; `resolve` gives a host's addresses.
    """

    def __init__(
        self,
        *,
        plain_http_hosts: frozenset[str] = frozenset(),
        deadline_seconds: float = 30.0,
        timing: Timing | None = None,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        self._plain_http_hosts = frozenset(host.lower() for host in plain_http_hosts)
        self._timing = timing or Timing()
        self._exchanger = Exchanger(
            user_agent=f"watch-cluster/{version('watch-cluster')}",
            deadline_seconds=deadline_seconds,
            timing=self._timing,
            tls=tls or ssl.create_default_context(),
            resolve=resolve,
        )
        self._patient = PatientExchanger(self._exchanger, self._timing)
        self._tokens = Tokens(self._patient, self._timing)

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        """Give every valid tag, all pages, sorted; see `ImageRegistry` for what is raised."""
        return self._first(
            repository, credentials, "tags/list", lambda access, url: list_tags(access, url, self._timing)
        )

    def digest(self, repository: Repository, tag: str, credentials: tuple[Credential, ...] = ()) -> str:
        """Give the digest of what the tag names; see `ImageRegistry` for what is raised."""
        return self._first(repository, credentials, "manifests", lambda access, url: tag_digest(access, url, tag))

    def contents(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        configs: bool = False,
    ) -> frozenset[str]:
        """Give the digests of what lies below; see `ImageRegistry` for what is raised."""
        return self._first(
            repository, credentials, "manifests", lambda access, url: contents_of(access, url, digest, configs=configs)
        )

    def close(self) -> None:
        """Close the connections."""
        self._exchanger.close()

    def _first(
        self,
        repository: Repository,
        credentials: tuple[Credential, ...],
        path: str,
        ask: Callable[[Access, httpx.URL], _Answer],
    ) -> _Answer:
        """Ask with one credential after the other, until one opens the repository."""
        registry = self._url(repository)
        url = registry.copy_with(path=f"/v2/{repository.path}/{path}")
        *earlier, last = credentials or (None,)
        for credential in earlier:
            try:
                return self._ask(registry, repository, credential, lambda access: ask(access, url))
            except (RegistryUnauthorised, RepositoryNotFound):
                # Absent to one may be there for another: some registries hide what may not be read.
                continue
        return self._ask(registry, repository, last, lambda access: ask(access, url))

    def _ask(
        self,
        registry: httpx.URL,
        repository: Repository,
        credential: Credential | None,
        ask: Callable[[Access], _Answer],
    ) -> _Answer:
        try:
            return ask(Access(registry, repository, credential, self._patient, self._tokens))
        except Fault as fault:
            raise fault.about(repository) from fault

    def _url(self, repository: Repository) -> httpx.URL:
        host = _DOCKER_HUB_API if repository.registry == DOCKER_HUB else repository.registry.lower()
        try:
            url = httpx.URL(f"https://{host}")
        except httpx.InvalidURL as error:
            raise RegistryRefused(f"{repository}: the registry is no host name or address: check the image") from error
        plain = host in self._plain_http_hosts or _is_loopback(url)
        return url.copy_with(scheme="http") if plain else url


def _is_loopback(url: httpx.URL) -> bool:
    host = url.raw_host.decode("ascii")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
