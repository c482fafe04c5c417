"""What the engine reports about a container is read with care."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.docker.containers.facts import Facts, UnreadableContainer


def test_reports_an_unreadable_container() -> None:
    with pytest.raises(UnreadableContainer):
        Facts.of({"Id": "x", "State": None})
