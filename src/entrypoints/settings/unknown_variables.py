"""Finds misspelled variables: with a typo in `WATCH_NAMESPACES`, all namespaces would be watched."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from watch_cluster.domain.policy.values.suggestion import nearest

_PREFIXES: Final = ("CHECK_", "DEFAULT_", "HEALTH_", "HOOKS_", "LOG_", "MAX_", "REGISTRY_", "WATCH_", "WEBHOOK_")
"""Our other prefixes are shared with variables of others, such as `OTEL_SERVICE_NAME` and `POD_NAME`."""
_SIMILARITY: Final = 0.8
"""With a lower value, `REGISTRY_AUTH_FILE` of other programs would match `REGISTRY_CA_FILE`."""
_OF_SERVICE: Final = re.compile(
    r".*_(?:SERVICE_(?:HOST|PORT(?:_.+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?)?)", re.ASCII
)
"""Variables that Kubernetes sets for each Service of the namespace.

Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
"""


def unknown_variables(environment: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    """Yield one line for each variable that is not `known` but similar to one that is.

    Values can be secrets and are not quoted. An empty one counts as not set.
    """
    for name in sorted(environment):
        if environment[name] and name not in known and not _OF_SERVICE.fullmatch(name):
            meant = _meant(name, known)
            if meant is not None:
                yield f'{name}: there is no such variable, did you mean "{meant}"? (rename it or unset it)'


def _meant(name: str, known: Collection[str]) -> str | None:
    prefix = next((each for each in _PREFIXES if name.startswith(each)), None)
    if prefix is None:
        return None
    endings = [each.removeprefix(prefix) for each in known if each.startswith(prefix)]
    ending = nearest(name.removeprefix(prefix), endings, _SIMILARITY)
    return None if ending is None else f"{prefix}{ending}"
