"""The promises and scenarios that Docker Engine cannot have, each with its reason."""

from __future__ import annotations

from typing import Final

CANNOT: Final = {
    "test_earlier_revisions_keep_their_annotations": "containers have no earlier revisions",
    "test_exactly_one_replica_is_replaced_and_never_twice": "no broken container blocks the next one",
}
"""Tests by name."""
