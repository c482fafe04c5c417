"""The annotation keys of Watch-Cluster: settings that users write and records that Watch-Cluster writes."""

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
AFTER: Final = f"{DOMAIN}/after"
VERIFY: Final = f"{DOMAIN}/verify"
VERIFY_KEY: Final = f"{DOMAIN}/verify-key"
CONTAINERS: Final = f"{DOMAIN}/containers"
WINDOW: Final = f"{DOMAIN}/window"
MODE: Final = f"{DOMAIN}/mode"
APPROVAL: Final = f"{DOMAIN}/approval"
APPROVED: Final = f"{DOMAIN}/approved"
ROLLOUT_TIMEOUT: Final = f"{DOMAIN}/rollout-timeout"
SOAK: Final = f"{DOMAIN}/soak"
ROLLBACK: Final = f"{DOMAIN}/rollback"
GITOPS: Final = f"{DOMAIN}/gitops"
WRITE_BACK: Final = f"{DOMAIN}/write-back"
GIT_PATH: Final = f"{DOMAIN}/git-path"
GIT_FIELD: Final = f"{DOMAIN}/git-field"
PROPOSAL_TIMEOUT: Final = f"{DOMAIN}/proposal-timeout"
NOTIFY: Final = f"{DOMAIN}/notify"
CHECK_NOW: Final = f"{DOMAIN}/check-now"

FREEZE: Final = f"{DOMAIN}/freeze"
"""On a namespace: no rollout starts there. The value is the reason."""

LAST_UPDATE: Final = f"{DOMAIN}/last-update"
LAST_UPDATE_IMAGE: Final = f"{DOMAIN}/last-update-image"
CHANGE: Final = f"{DOMAIN}/change"
ROLLOUT: Final = f"{DOMAIN}/rollout"
QUARANTINE: Final = f"{DOMAIN}/quarantine"
FIRST_SEEN: Final = f"{DOMAIN}/first-seen"
PENDING: Final = f"{DOMAIN}/pending"
HISTORY: Final = f"{DOMAIN}/history"

TEMPLATE_DIGEST: Final = f"{DOMAIN}/digest"
"""On the template of an unpinned workload: the digest that its replicas were started for."""

WRITTEN: Final = frozenset({LAST_UPDATE, LAST_UPDATE_IMAGE, CHANGE, ROLLOUT, QUARANTINE, FIRST_SEEN, PENDING, HISTORY})


def of_container(key: str, container: str) -> str:
    """Return the key of a setting for one container.

    >>> of_container(STRATEGY, "sidecar")
    'sidecar.watch-cluster.io/strategy'
    """
    return f"{container}.{key}"


def short(key: str) -> str:
    """Return the key without its domain, such as `min-age`."""
    return key.partition("/")[2]


def is_watch_cluster_key(key: str) -> bool:
    """Whether the key is in the domain of Watch-Cluster, or in that of a container: `app.watch-cluster.io/mode`."""
    domain, slash, _ = key.partition("/")
    return bool(slash) and (domain == DOMAIN or domain.endswith(f".{DOMAIN}"))
