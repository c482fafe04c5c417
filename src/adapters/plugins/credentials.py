"""Credentials of the whole controller from credential provider plugins, as the kubelet gets them of clouds.

Source: pkg/credentialprovider/plugin/plugin.go of https://github.com/kubernetes/kubernetes
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
import yaml
from pydantic import ValidationError

from watch_cluster.adapters.plugins.documents import (
    Config,
    Plugin,
    Response,
    UnusablePlugin,
    describe_error,
    read_plugin,
    request_for,
)
from watch_cluster.adapters.plugins.execution import PluginFailed, run_plugin
from watch_cluster.adapters.plugins.keyed_limit import KeyedLimit
from watch_cluster.application.ports.registry.pull_credentials import (
    PullCredentialsUnavailable,
    PullCredentialsUnreadable,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.keyring import Keyring, key_matches
from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.lru import Lru
from watch_cluster.tools.time_limit import held, seconds_left

_LONGEST_RUN_SECONDS: Final = 60.0
_NEGATIVE_SECONDS: Final = 5.0
"""How long a failure, or a response without credentials, is cached: those who waited for it do not run it again."""
_MOST_KEPT: Final = 1000
_MOST_RUNS: Final = 4
_MOST_RUNS_OF_A_NAMESPACE: Final = 2

_Key = tuple[str, str, str]
"""A plugin, the scope of its response (`Image`, `Registry`, `Global`), and the image or registry."""


class PluginCredentials:
    """Implements the port `PullCredentials` by running plugins; a changed configuration is read again.

    `config` is a kubelet's CredentialProviderConfig, YAML or JSON, `folder` has the executables. One run at a time is
    under way for what one answer holds for, few in total, since each is a program of its own, and fewer for one
    namespace, since a plugin may hang for what somebody there names.
    """

    def __init__(
        self,
        config: Path,
        folder: Path,
        monotonic: Callable[[], float],
        longest_run_seconds: float = _LONGEST_RUN_SECONDS,
    ) -> None:
        self._config = config
        self._folder = folder
        self._monotonic = monotonic
        self._longest_run_seconds = longest_run_seconds
        self._log = structlog.get_logger()
        self._lock = threading.Lock()
        self._text = b""
        self._plugins: tuple[Plugin | UnusablePlugin, ...] = ()
        self._kept: Lru[_Key, tuple[float, Keyring | PluginFailed]] = Lru(_MOST_KEPT)
        self._kinds: dict[str, str] = {}
        self._answers = KeyedLimit(1)
        self._namespaces = KeyedLimit(_MOST_RUNS_OF_A_NAMESPACE)
        self._runs = threading.BoundedSemaphore(_MOST_RUNS)

    def candidates(self, workload: Workload, repository: Repository) -> tuple[Credential, ...]:
        """Return the credentials that the plugins for the image return.

        Raises the port's errors when a plugin for the image fails or cannot be used, and no other one has credentials.
        """
        entries: list[tuple[str, Credential]] = []
        failure: PullCredentialsUnavailable | PullCredentialsUnreadable | None = None
        for plugin in self._read():
            if any(key_matches(pattern, repository) for pattern in plugin.matchImages):
                try:
                    entries += self._keyring(plugin, repository, workload.key.namespace).entries
                except (PullCredentialsUnavailable, PullCredentialsUnreadable) as error:
                    failure = failure or error
        found = Keyring(tuple(entries)).candidates(repository)
        if failure is not None and not found:
            raise failure
        return found

    def _read(self) -> tuple[Plugin | UnusablePlugin, ...]:
        where = f"the credential providers in {str(self._config)!r} are unusable"
        try:
            text = self._config.read_bytes()
        except OSError as error:
            raise PullCredentialsUnreadable(f"{where}: {error.strerror or 'the file cannot be read'}") from error
        with self._lock:
            if text != self._text:
                try:
                    # Of which JSON is a part.
                    entries = Config.model_validate(yaml.safe_load(text)).providers
                except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
                    # Without its cause, which quotes what it read.
                    raise PullCredentialsUnreadable(f"{where}: the file is neither YAML nor JSON") from None
                except ValidationError as error:
                    raise PullCredentialsUnreadable(f"{where}: {describe_error(error)}") from None
                self._text, self._plugins = text, tuple(read_plugin(entry) for entry in entries)
                self._kept.clear()
                for plugin in self._plugins:
                    if isinstance(plugin, UnusablePlugin):
                        self._log.warning("a credential provider cannot be used", name=plugin.name, error=plugin.why)
            return self._plugins

    def _keyring(self, plugin: Plugin | UnusablePlugin, repository: Repository, namespace: str) -> Keyring:
        if isinstance(plugin, UnusablePlugin):
            raise PullCredentialsUnreadable(f"the credential provider {plugin.name!r} cannot be used: {plugin.why}")
        found = self._found(plugin, repository)
        if found is None:
            # The scope of a response is only known after the first one.
            key = _key(plugin, self._kinds.get(plugin.name, "Registry"), repository)
            with held(self._namespaces.of(namespace)), held(self._answers.of(key)):
                found = self._found(plugin, repository)
                if found is None:
                    with held(self._runs):
                        found = self._query(plugin, repository)
        if isinstance(found, PluginFailed):
            raise PullCredentialsUnavailable(f"the credential provider {plugin.name!r} failed: {found}")
        return found

    def _found(self, plugin: Plugin, repository: Repository) -> Keyring | PluginFailed | None:
        now = self._monotonic()
        with self._lock:
            for kind in ("Image", "Registry", "Global"):
                kept = self._kept.get(_key(plugin, kind, repository))
                if kept is not None and now < kept[0]:
                    return kept[1]
        return None

    def _query(self, plugin: Plugin, repository: Repository) -> Keyring | PluginFailed:
        # Plugins need the variables of the cloud, but not those with secrets of webhooks.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("WEBHOOK_")}
        environment = {**ours, **{each.name: each.value for each in plugin.env or ()}}
        command = (str(self._folder / plugin.name), *(plugin.args or ()))
        try:
            seconds = seconds_left(self._longest_run_seconds)
            text = run_plugin(command, request_for(str(repository)), environment, seconds)
            response = Response.model_validate_json(text)
        except ValidationError:
            # Without its cause, which carries what it read.
            return self._failed(plugin, repository, PluginFailed("its response is not a CredentialProviderResponse"))
        except PluginFailed as failure:
            # A run that this check had no more time for says nothing about the plugin.
            seconds_left(self._longest_run_seconds)
            return self._failed(plugin, repository, failure)
        auth = response.auth or {}
        keyring = Keyring(tuple((key, Credential(each.username, each.password)) for key, each in auth.items()))
        duration = plugin.defaultCacheDuration if response.cacheDuration is None else response.cacheDuration
        seconds = duration.total_seconds() if auth else min(_NEGATIVE_SECONDS, duration.total_seconds())
        self._keep(_key(plugin, response.cacheKeyType, repository), seconds, keyring)
        with self._lock:
            self._kinds[plugin.name] = response.cacheKeyType
        return keyring

    def _failed(self, plugin: Plugin, repository: Repository, failure: PluginFailed) -> PluginFailed:
        # What it wrote may be meant for operators alone, while the error reaches every tenant's Events.
        self._log.warning(
            "a credential provider failed", name=plugin.name, error=str(failure), stderr=failure.stderr or None
        )
        # It may succeed for another image, whose owner is not responsible for this one.
        self._keep(_key(plugin, "Image", repository), _NEGATIVE_SECONDS, failure)
        return failure

    def _keep(self, key: _Key, seconds: float, answer: Keyring | PluginFailed) -> None:
        with self._lock:
            self._kept.put(key, (self._monotonic() + seconds, answer))


def _key(plugin: Plugin, kind: str, repository: Repository) -> _Key:
    which = {"Image": str(repository), "Registry": repository.registry}
    return plugin.name, kind, which.get(kind, "")
