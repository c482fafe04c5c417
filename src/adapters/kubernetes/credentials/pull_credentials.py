"""The credentials of a workload's own pull secrets, found by the rules by which its kubelet finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final, NamedTuple

import msgspec
import structlog

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiTooLarge, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.credentials.pull_secrets import keyring_of, pull_secrets_of
from watch_cluster.adapters.kubernetes.watch.listing import remedy
from watch_cluster.application.ports.clock import Clock
from watch_cluster.application.ports.registry.pull_credentials import PullCredentialsUnavailable
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.keyring import InvalidDockerConfig, Keyring
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.fair_turns import FairTurns, acting_for
from watch_cluster.tools.ongoing import Ongoing
from watch_cluster.tools.single_flight import SingleFlightCache
from watch_cluster.tools.time_limit import seconds_left

REQUEST_SECONDS: Final = 10.0
CACHED_SECONDS: Final = 60.0
"""How long a Secret is used without being read again."""
MAX_CACHED: Final = 512
MAX_CACHED_BYTES: Final = 8 * 1024 * 1024
"""What all cached keyrings hold together, about; so many bytes also the names of all cached ServiceAccounts."""
MAX_SECRET_BYTES: Final = 1024 * 1024
"""A larger Secret is not read to its end."""
MAX_SECRETS: Final = 64
"""How many pull secrets of one workload are read: each is a request, and tenants write the list."""
MAX_READERS: Final = 8
"""How many Secrets and ServiceAccounts are in memory as they came at the same time."""
_RESERVED_READERS: Final = 1
"""How many of them are only for namespaces that read nothing yet."""
_MAX_LOGGED: Final = 4096
_ENTRY_BYTES: Final = 400
"""What an entry of a keyring takes besides its text."""
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
"""A DNS subdomain, as names of Secrets are. The API server takes any text in a pod's references to them, and a path
that is made of `../` would lead into another namespace."""


class _Name(NamedTuple):
    namespace: str
    name: str


class KubernetesPullCredentials:
    """Implements the port `PullCredentials`: the pod template's pull secrets, else those of its ServiceAccount.

    They are read when they are needed, by name, in the workload's own namespace. What does not exist is ignored, and
    so is what may not be read, is too large or cannot be parsed, which is logged once until it is fixed. Namespaces
    take turns in reading, and one with many Secrets displaces only its own from the cache.
    """

    def __init__(self, api: KubernetesApi, clock: Clock) -> None:
        self._api = api
        self._log = structlog.get_logger()
        self._failures = Ongoing(_MAX_LOGGED)
        self._readers = FairTurns(MAX_READERS, _RESERVED_READERS)
        self._clock = clock
        self._secrets: SingleFlightCache[_Name, Keyring] = SingleFlightCache(
            CACHED_SECONDS, MAX_CACHED, weigh=_size, max_weight=MAX_CACHED_BYTES, owner=_namespace
        )
        self._accounts: SingleFlightCache[_Name, tuple[str, ...]] = SingleFlightCache(
            CACHED_SECONDS, MAX_CACHED, weigh=_length, max_weight=MAX_CACHED_BYTES, owner=_namespace
        )

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Return what of the workload's secrets opens the repository; raises `PullCredentialsUnavailable`."""
        namespace = workload.key.namespace
        # The API server gives a pod the secrets of its account only where the pod has none (admission plugin
        # ServiceAccount).
        names = workload.pull_secrets or self._account(_Name(namespace, workload.service_account))
        if len(names) > MAX_SECRETS:
            self._log_once(("workload", str(workload.key)), f"{workload.key}: only {MAX_SECRETS} pull secrets are read")
        keyrings = [self._secret(_Name(namespace, name)) for name in names[:MAX_SECRETS]]
        # One keyring of all: its order is that of the keys, whichever secret they come from.
        return Keyring(tuple(entry for each in keyrings for entry in each.entries)).candidates(repository)

    def _account(self, named: _Name) -> tuple[str, ...]:
        return self._accounts.get(named, self._clock.monotonic(), lambda: self._read_account(named))

    def _secret(self, named: _Name) -> Keyring:
        return self._secrets.get(named, self._clock.monotonic(), lambda: self._read_secret(named))

    def _read_account(self, named: _Name) -> tuple[str, ...]:
        try:
            with self._turn(named.namespace):
                body = self._read("ServiceAccount", named)
                return () if body is None else pull_secrets_of(body)
        except msgspec.DecodeError as error:
            raise _unavailable("ServiceAccount", named, "the API server's answer cannot be read") from error

    def _read_secret(self, named: _Name) -> Keyring:
        about = ("Secret", *named)
        try:
            with self._turn(named.namespace):
                body = self._read("Secret", named)
                keyring = Keyring() if body is None else keyring_of(body)
        except InvalidDockerConfig as error:
            self._log_once(
                about, f"the pull secret {named.name} in namespace {named.namespace} is passed over: {error}"
            )
            return Keyring()
        except msgspec.DecodeError as error:
            raise _unavailable("Secret", named, "the API server's answer cannot be read") from error
        self._failures.ends(about)
        return keyring

    @contextmanager
    def _turn(self, namespace: str) -> Iterator[None]:
        with acting_for(namespace), self._readers.turn():
            yield

    def _read(self, kind: str, named: _Name) -> bytes | None:
        """Read the object, None if there is none, or none for us to see."""
        if not _NAME.fullmatch(named.name):
            return None
        namespace, name = named
        about = (kind, namespace)
        try:
            path = f"/api/v1/namespaces/{namespace}/{kind.lower()}s/{name}"
            timeout = seconds_left(REQUEST_SECONDS)
            body = self._api.request("GET", path, timeout=timeout, max_bytes=MAX_SECRET_BYTES)
        except ApiTooLarge as error:
            self._log_once(
                (kind, *named, "size"), f"the {kind} {name} in namespace {namespace} is passed over: {error}"
            )
            return None
        except ApiUnreachable as error:
            raise _unavailable(kind, named, str(error)) from error
        except ApiRefused as error:
            if error.status == HTTPStatus.FORBIDDEN:
                self._log_once(
                    about,
                    f"no permission to read {kind}s in namespace {namespace}: its private images are queried"
                    " anonymously; see docs/operating.md",
                )
                return None
            if error.status != HTTPStatus.NOT_FOUND:
                raise _unavailable(kind, named, f"{error}{remedy(error)}") from error
            body = None
        self._failures.ends(about)
        return body

    def _log_once(self, about: tuple[str, ...], line: str) -> None:
        """Log a failure when it begins, not each time that it is met."""
        if self._failures.begins(about):
            self._log.warning(line)


def _unavailable(kind: str, named: _Name, why: str) -> PullCredentialsUnavailable:
    return PullCredentialsUnavailable(f"the {kind} {named.name} in namespace {named.namespace} cannot be read: {why}")


def _namespace(named: _Name) -> str:
    return named.namespace


def _length(names: tuple[str, ...]) -> int:
    return sum(map(len, names))


def _size(keyring: Keyring) -> int:
    """About how many bytes a keyring takes."""
    return sum(
        _ENTRY_BYTES
        + len(key)
        + len(credential.username)
        + len(credential.password or "")
        + len(credential.identity_token or "")
        for key, credential in keyring.entries
    )
