"""The registry client: queries every registry that supports the OCI distribution protocol.

Source: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from importlib.metadata import version
from ipaddress import ip_address
from threading import Lock
from typing import Final, TypeVar

import httpx
import structlog

from watch_cluster.adapters.http.proxies import Proxies
from watch_cluster.adapters.http.tls import tls_context
from watch_cluster.adapters.oci.api.description import read_description
from watch_cluster.adapters.oci.api.manifests import list_contents, read_digest
from watch_cluster.adapters.oci.api.platforms import list_platforms
from watch_cluster.adapters.oci.api.statements import read_statements
from watch_cluster.adapters.oci.api.tags import list_tags
from watch_cluster.adapters.oci.auth.access import RepositoryClient
from watch_cluster.adapters.oci.auth.tokens import Tokens
from watch_cluster.adapters.oci.http.bodies import DIGEST
from watch_cluster.adapters.oci.http.client import HttpClient
from watch_cluster.adapters.oci.http.errors import RequestError, quote
from watch_cluster.adapters.oci.http.routing.network import Resolve, resolve_by_system
from watch_cluster.adapters.oci.http.routing.reach import DEFAULT_INTERNAL_HOSTS, InternalHosts
from watch_cluster.adapters.oci.http.routing.routes import Routes
from watch_cluster.adapters.oci.http.timing import Timing
from watch_cluster.adapters.oci.retry.rate_limits import DOCKER_HUB_API, LatestRateLimits
from watch_cluster.adapters.oci.retry.retrying_client import RetryingClient
from watch_cluster.application.ports.registry.image_registry import (
    RegistryError,
    RegistryRefused,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryNotFound,
)
from watch_cluster.application.ports.registry.rate_limits import RateLimits
from watch_cluster.application.ports.reporting.tracing import Call
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.description import ImageDescription
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import DOCKER_HUB, Repository
from watch_cluster.domain.images.statement import SignedStatement
from watch_cluster.tools.lru import Lru

_MAX_CACHED: Final = 4096
MAX_PLATFORMS: Final = 8192
"""How many platforms are cached, of all images together; they take at most 10 MB of memory."""
MAX_CREDENTIALS: Final = 8
"""How many credentials one query tries at most."""

_NO_PROXIES: Final = Proxies()

ResultT = TypeVar("ResultT")
_Image = tuple[Repository, str, tuple[Credential, ...]]
"""An image by digest, and who asks for it."""


def _ignore(_call: Call) -> None:
    """The default, which records nothing."""


class OciImageRegistry:
    """Implements the port `ImageRegistry` over HTTPS, and over plain HTTP for loopback and `plain_http_hosts`.

    `plain_http_hosts` are registries as in image references, `host` or `host:port`. `deadline_seconds` is the timeout
    of a request with its redirects and whole body. `resolve` resolves proxies, and hosts that are reached without one.
    The limits that registries report are recorded in `rate_limits`. Each request is reported to `on_request`. Hosts
    whose address is not public must be permitted by `internal_hosts`. `several` says that more than one namespace
    queries registries: none may have all requests that are sent to a host at once.
    """

    def __init__(
        self,
        *,
        plain_http_hosts: frozenset[str] = frozenset(),
        deadline_seconds: float = 30.0,
        timing: Timing | None = None,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve_by_system,
        rate_limits: RateLimits | None = None,
        proxies: Proxies = _NO_PROXIES,
        on_request: Callable[[Call], None] = _ignore,
        internal_hosts: InternalHosts = DEFAULT_INTERNAL_HOSTS,
        several: bool = False,
    ) -> None:
        self._plain_http_hosts = frozenset(host.lower() for host in plain_http_hosts)
        self._timing = timing or Timing()
        # A registry that is configured for plain HTTP is permitted.
        internal = internal_hosts.with_hosts(self._plain_http_hosts)
        self._routes = Routes(tls or tls_context(), resolve, proxies, internal)
        self._log = structlog.get_logger()
        self._client = HttpClient(
            user_agent=f"watch-cluster/{version('watch-cluster')}",
            deadline_seconds=deadline_seconds,
            timing=self._timing,
            routes=self._routes,
            on_request=on_request,
            several=several,
        )
        self._retrying = RetryingClient(self._client, self._timing, rate_limits or LatestRateLimits())
        self._tokens = Tokens(self._retrying, self._timing)
        self._lock = Lock()
        self._platforms: Lru[_Image, frozenset[Platform]] = Lru(_MAX_CACHED, weigh=len, max_weight=MAX_PLATFORMS)
        self._descriptions: Lru[_Image, ImageDescription] = Lru(_MAX_CACHED)

    def tags(self, repository: Repository, credentials: tuple[Credential, ...] = ()) -> tuple[str, ...]:
        """Return every valid tag of all pages, sorted; see `ImageRegistry` for errors."""
        return self._query(repository, "", credentials, lambda access: list_tags(access, self._timing))

    def digest(self, repository: Repository, tag: str, credentials: tuple[Credential, ...] = ()) -> str:
        """Return the current digest of the tag; see `ImageRegistry` for errors."""
        return self._query(repository, f":{tag}", credentials, lambda access: read_digest(access, tag))

    def platforms(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> frozenset[Platform]:
        """Return the platforms of the image, from verified manifests; see `ImageRegistry` for errors."""
        _check_digest(repository, digest)
        image = (repository, digest, credentials)
        return self._once(self._platforms, image, lambda access: list_platforms(access, digest, self._timing))

    def contents(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        configs: bool = False,
    ) -> frozenset[str]:
        """Return the digests in the image, from verified manifests; see `ImageRegistry` for errors."""
        _check_digest(repository, digest)

        def query(access: RepositoryClient) -> frozenset[str]:
            return list_contents(access, digest, self._timing, configs=configs)

        return self._query(repository, f"@{digest}", credentials, query)

    def statements(
        self,
        repository: Repository,
        digest: str,
        credentials: tuple[Credential, ...] = (),
        *,
        attestations: bool = False,
    ) -> tuple[SignedStatement, ...]:
        """Return what was signed about the image; see `ImageRegistry` for what is raised."""
        _check_digest(repository, digest)

        def query(access: RepositoryClient) -> tuple[SignedStatement, ...]:
            return read_statements(access, digest, attestations=attestations)

        return self._query(repository, f"@{digest}", credentials, query)

    def description(
        self, repository: Repository, digest: str, credentials: tuple[Credential, ...] = ()
    ) -> ImageDescription:
        """Return what the image says about itself, from a verified configuration; see `ImageRegistry` for errors."""
        _check_digest(repository, digest)
        image = (repository, digest, credentials)
        return self._once(self._descriptions, image, lambda access: read_description(access, digest))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _once(
        self, known: Lru[_Image, ResultT], image: _Image, query: Callable[[RepositoryClient], ResultT]
    ) -> ResultT:
        """Query once what a digest stands for: its content never changes."""
        with self._lock:
            found = known.get(image)
        if found is None:
            repository, digest, credentials = image
            found = self._query(repository, f"@{digest}", credentials, query)
            with self._lock:
                known.put(image, found)
        return found

    def _query(
        self,
        repository: Repository,
        image: str,
        credentials: tuple[Credential, ...],
        query: Callable[[RepositoryClient], ResultT],
    ) -> ResultT:
        registry = self._url(repository)

        limited: RegistryError | None = None
        failure: RegistryError | None = None
        for credential in credentials[:MAX_CREDENTIALS] or (None,):
            access = RepositoryClient(registry, repository, image, credential, self._retrying, self._tokens)
            try:
                return query(access)
            except (RegistryUnauthorized, RepositoryNotFound) as error:
                # Another credential may find it: some registries hide repositories that may not be read.
                failure = self._error_for_owner(error, access)
            except RegistryError as error:
                raise self._error_for_owner(error, access) from error
            except RequestError as error:
                if not error.too_many:
                    raise self._error_for_owner(error.about(access.subject), access) from error
                # Rate limits are counted per user.
                limited = limited or self._error_for_owner(error.about(access.subject), access)
        raise limited or failure or AssertionError("no request was sent")

    def _error_for_owner(self, error: RegistryError, access: RepositoryClient) -> RegistryError:
        """Return the error for the owner of a workload, who may have set any host."""
        if access.recognized or not self._routes.conceals(access.registry):
            return error
        self._log.warning("an internal host did not answer as a registry", error=str(error))
        return RegistryUnavailable(
            f"{access.subject}: no answer of a registry came from there, and the log of Watch-Cluster says why: name"
            " the host in REGISTRY_INTERNAL_HOSTS to be told here",
            getattr(error, "retry_at", None),
        )

    def _url(self, repository: Repository) -> httpx.URL:
        host = DOCKER_HUB_API if repository.registry == DOCKER_HUB else repository.registry.lower()
        try:
            url = httpx.URL(f"https://{host}")
        except httpx.InvalidURL as error:
            raise RegistryRefused(
                f"{repository}: the registry is not a host name or address: check the image"
            ) from error
        plain = host in self._plain_http_hosts or _is_loopback(url)
        return url.copy_with(scheme="http") if plain else url


def _check_digest(repository: Repository, digest: str) -> None:
    if DIGEST.fullmatch(digest) is None:
        raise RegistryRefused(
            f"{repository}: {quote(digest)} is not a digest: one is 'sha256:' and 64 lowercase hexadecimal digits"
        )


def _is_loopback(url: httpx.URL) -> bool:
    host = url.raw_host.decode("ascii")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
