"""The annotation keys of Watch-Cluster: those that people write and those that it writes itself."""

from __future__ import annotations

from typing import Final

DOMAIN: Final = "watch-cluster.io"

ENABLED: Final = f"{DOMAIN}/enabled"
CRON: Final = f"{DOMAIN}/cron"
TIMEZONE: Final = f"{DOMAIN}/timezone"
STRATEGY: Final = f"{DOMAIN}/strategy"
PIN: Final = f"{DOMAIN}/pin"
ROLLOUT_TIMEOUT: Final = f"{DOMAIN}/rollout-timeout"
CHECK_NOW: Final = f"{DOMAIN}/check-now"

LAST_UPDATE: Final = f"{DOMAIN}/last-update"
LAST_UPDATE_IMAGE: Final = f"{DOMAIN}/last-update-image"
CHANGE: Final = f"{DOMAIN}/change"
ROLLOUT: Final = f"{DOMAIN}/rollout"

TEMPLATE_DIGEST: Final = f"{DOMAIN}/digest"
"""On the template of a workload that stays unpinned: the digest that its instances were started for."""

READ: Final = frozenset({ENABLED, CRON, TIMEZONE, STRATEGY, PIN, ROLLOUT_TIMEOUT, CHECK_NOW})
WRITTEN: Final = frozenset({LAST_UPDATE, LAST_UPDATE_IMAGE, CHANGE, ROLLOUT})


def is_ours(key: str) -> bool:
    """Whether the key is in our domain, or in it for one container (`sidecar.watch-cluster.io/strategy`)."""
    domain, slash, _ = key.partition("/")
    return bool(slash) and (domain == DOMAIN or domain.endswith(f".{DOMAIN}"))
