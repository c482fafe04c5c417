"""`python -m watch_cluster` is `watch-cluster`."""

from __future__ import annotations

from watch_cluster.entrypoints.main import main

main()
