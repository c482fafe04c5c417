"""What the engine reports about a container is read with care."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.docker.containers.facts import Facts, UnreadableContainer


def test_an_unreadable_container_says_so() -> None:
    with pytest.raises(UnreadableContainer):
        Facts.of({"Id": "x", "State": None})
