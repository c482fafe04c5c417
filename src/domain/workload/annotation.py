"""The annotation keys of Watch-Cluster: those that people write and those that it writes itself."""

from __future__ import annotations

from typing import Final

DOMAIN: Final = "watch-cluster.io"

ENABLED: Final = f"{DOMAIN}/enabled"
CRON: Final = f"{DOMAIN}/cron"
TIMEZONE: Final = f"{DOMAIN}/timezone"
STRATEGY: Final = f"{DOMAIN}/strategy"
CONSTRAINT: Final = f"{DOMAIN}/constraint"
ALLOW_TAGS: Final = f"{DOMAIN}/allow-tags"
IGNORE_TAGS: Final = f"{DOMAIN}/ignore-tags"
PRERELEASE: Final = f"{DOMAIN}/prerelease"
VARIANT: Final = f"{DOMAIN}/variant"
TAG_PATTERN: Final = f"{DOMAIN}/tag-pattern"
BEHIND: Final = f"{DOMAIN}/behind"
PIN: Final = f"{DOMAIN}/pin"
MIN_AGE: Final = f"{DOMAIN}/min-age"
CONTAINERS: Final = f"{DOMAIN}/containers"
WINDOW: Final = f"{DOMAIN}/window"
MODE: Final = f"{DOMAIN}/mode"
APPROVAL: Final = f"{DOMAIN}/approval"
APPROVED: Final = f"{DOMAIN}/approved"
ROLLOUT_TIMEOUT: Final = f"{DOMAIN}/rollout-timeout"
SOAK: Final = f"{DOMAIN}/soak"
ROLLBACK: Final = f"{DOMAIN}/rollback"
CHECK_NOW: Final = f"{DOMAIN}/check-now"

FREEZE: Final = f"{DOMAIN}/freeze"
"""On a namespace: no rollout starts there, for the reason that the value tells."""

LAST_UPDATE: Final = f"{DOMAIN}/last-update"
LAST_UPDATE_IMAGE: Final = f"{DOMAIN}/last-update-image"
CHANGE: Final = f"{DOMAIN}/change"
ROLLOUT: Final = f"{DOMAIN}/rollout"
QUARANTINE: Final = f"{DOMAIN}/quarantine"
FIRST_SEEN: Final = f"{DOMAIN}/first-seen"
PENDING: Final = f"{DOMAIN}/pending"

TEMPLATE_DIGEST: Final = f"{DOMAIN}/digest"
"""On the template of a workload that stays unpinned: the digest that its instances were started for."""

OF_CONTAINERS: Final = frozenset(
    {STRATEGY, CONSTRAINT, ALLOW_TAGS, IGNORE_TAGS, PRERELEASE, VARIANT, TAG_PATTERN, BEHIND, PIN}
)
"""What a container may have a value of its own for: `sidecar.watch-cluster.io/strategy`."""
OF_NAMESPACES: Final = OF_CONTAINERS | {
    CRON,
    TIMEZONE,
    MIN_AGE,
    CONTAINERS,
    WINDOW,
    MODE,
    APPROVAL,
    ROLLOUT_TIMEOUT,
    SOAK,
    ROLLBACK,
}
"""What a namespace, and the controller, may give to the workloads that say nothing themselves."""
READ: Final = OF_NAMESPACES | {ENABLED, APPROVED, CHECK_NOW}
WRITTEN: Final = frozenset({LAST_UPDATE, LAST_UPDATE_IMAGE, CHANGE, ROLLOUT, QUARANTINE, FIRST_SEEN, PENDING})


def of_container(key: str, container: str) -> str:
    """The key by which one container has a value of its own.

    >>> of_container(STRATEGY, "sidecar")
    'sidecar.watch-cluster.io/strategy'
    """
    return f"{container}.{key}"


def short(key: str) -> str:
    """The key without our domain, as people say it: `min-age`."""
    return key.partition("/")[2]


def is_ours(key: str) -> bool:
    """Whether the key is in our domain, or in it for one container (`sidecar.watch-cluster.io/strategy`)."""
    domain, slash, _ = key.partition("/")
    return bool(slash) and (domain == DOMAIN or domain.endswith(f".{DOMAIN}"))
