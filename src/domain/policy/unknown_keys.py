"""Finds unknown annotations in our domain: a typo in `strategy` must not silently select the default strategy."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from watch_cluster.domain.policy.errors import SettingError
from watch_cluster.domain.policy.setting_specs import CONTAINER_KEYS, NAMESPACE_KEYS, WORKLOAD_KEYS, Source
from watch_cluster.domain.policy.values.suggestion import no_such_container, with_suggestion
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

_KNOWN_ON_WORKLOADS: Final = WORKLOAD_KEYS | annotation.WRITTEN
_MAX_DESCRIBED: Final = 20
"""A workload can have thousands of keys, and finding a suggestion takes time."""


def unknown_keys(workload: Workload) -> Iterator[SettingError]:
    """Yield an error for each unknown key of the workload and its namespace; after the first 20, only their number."""
    names = {each.name: None for each in workload.containers}
    own = sorted(key for key in workload.annotations if key not in _KNOWN_ON_WORKLOADS and _is_unknown(key, names))
    inherited = sorted(workload.inherited.keys() - NAMESPACE_KEYS)
    for key in own[:_MAX_DESCRIBED]:
        yield SettingError(key, workload.annotations[key], _problem(key, names), about_value=False)
    for key in inherited[: _MAX_DESCRIBED - min(len(own), _MAX_DESCRIBED)]:
        allowed = _only("a namespace cannot set it", key, NAMESPACE_KEYS)
        yield SettingError(f"{key} of the {Source.NAMESPACE}", workload.inherited[key], allowed, about_value=False)
    rest = len(own) + len(inherited) - _MAX_DESCRIBED
    if rest > 0:
        yield SettingError(annotation.DOMAIN, "", f"{rest:,} more unknown annotations", about_value=False)


def _is_unknown(key: str, names: Collection[str]) -> bool:
    container, plain = _split(key)
    return plain not in CONTAINER_KEYS or container not in names


def _problem(key: str, names: Collection[str]) -> str:
    container, plain = _split(key)
    if key == annotation.FREEZE:
        return "it is set on a namespace, not on a workload"
    if not container:
        known = _short(WORKLOAD_KEYS)
        return with_suggestion(
            "there is no such setting", f"known settings are {', '.join(known)}", annotation.short(key), known
        )
    if container not in names:
        return no_such_container(container, names)
    return _only("a container has no such setting of its own", plain, CONTAINER_KEYS)


def _only(problem: str, key: str, keys: Collection[str]) -> str:
    """Return a message with the keys that can be set there, and a suggestion if the key exists nowhere."""
    known = _short(keys)
    only = f"only {', '.join(known)}"
    if key in WORKLOAD_KEYS:
        return f"{problem}, {only}"
    return with_suggestion(problem, only, annotation.short(key), known)


def _split(key: str) -> tuple[str, str]:
    """Split off the container's name, which is empty for a key without one."""
    domain, _, name = key.partition("/")
    return domain.removesuffix(annotation.DOMAIN).removesuffix("."), f"{annotation.DOMAIN}/{name}"


def _short(keys: Collection[str]) -> list[str]:
    return sorted(annotation.short(key) for key in keys)
