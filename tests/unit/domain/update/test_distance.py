"""How far behind an image is."""

from __future__ import annotations

import pytest

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.update.decision import Update
from watch_cluster.domain.update.distance import Distance, Level
from watch_cluster.domain.versions.choice import EvaluatedTag


def distance(old: str, new: str, *tags: EvaluatedTag) -> Distance:
    before, after = (ImageReference.parse(f"shop:{tag}") for tag in (old, new))
    return Distance.of(Update("app", before, after, tags))


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("1.2.3", "2.0.0", Level.MAJOR),
        ("1.2.3", "1.3.0", Level.MINOR),
        ("v1.2.3-alpine", "v1.2.4-alpine", Level.PATCH),
        ("15", "18", Level.MAJOR),
        ("1.2.3.4", "1.2.3.5", Level.OTHER),
        ("1.0.0-rc1", "1.0.0", Level.OTHER),
        ("latest", f"latest@sha256:{'a' * 64}", Level.DIGEST),
        ("edge", "stable", Level.OTHER),
    ],
)
def test_the_first_part_that_differs_counts(old: str, new: str, level: Level) -> None:
    assert distance(old, new).level is level


def test_only_versions_that_the_rules_accept_are_counted() -> None:
    tags = (EvaluatedTag("1.2", kept=True, reason=""), EvaluatedTag("1.1", True, ""), EvaluatedTag("9", False, "no"))
    assert distance("1.0", "1.2", *tags) == Distance(Level.MINOR, 2)
