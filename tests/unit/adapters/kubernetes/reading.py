"""Documents of an API server, as the adapter reads them."""

from __future__ import annotations

import json
from typing import Any

from watch_cluster.adapters.kubernetes.resources.workloads.kinds import DEPLOYMENT
from watch_cluster.domain.workload.workload import Workload


def read(document: dict[str, Any]) -> Workload:
    """Read a Deployment that carries annotations of ours."""
    _, _, watched = DEPLOYMENT.read(json.dumps(document).encode())
    assert watched is not None
    return watched.workload
