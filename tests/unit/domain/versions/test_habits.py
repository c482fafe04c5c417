"""How the makers of images that people run write their tags, and which one a person would take next.

`data/habits.tsv` has a few tags of each image, and some that could mislead: drafts, architectures, other editions.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from watch_cluster.domain.versions.choice import ChoiceHold
from watch_cluster.domain.versions.strategy import VersionStrategy

HABITS = [line.split("\t") for line in (Path(__file__).parent / "data" / "habits.tsv").read_text().splitlines()[1:]]


@pytest.mark.parametrize(
    ("current", "others", "chosen"),
    [pytest.param(current, others.split(), chosen, id=image) for image, current, others, chosen in HABITS],
)
def test_the_next_tag_is_the_one_that_a_person_would_take(current: str, others: list[str], chosen: str) -> None:
    listed = [current, *others]
    assert VersionStrategy().choose(current, listed).chosen == chosen
    assert VersionStrategy().choose(chosen, listed).chosen is None


@pytest.mark.parametrize(
    ("current", "others", "names"),
    [
        pytest.param(
            "12.4.1-base-ubuntu22.04",
            "12.5.0-base-ubuntu22.04 12.5.1-base-ubuntu24.04 12.5.1-base-ubi9",
            "12.5.1-base-ubuntu24.04",
            id="cuda",
        ),
        pytest.param(
            "0.64.1-istio-3", "0.65.0-istio-4 0.65.0-istio 0.65.0-istio-2", "0.65.0-istio-4", id="opa, for Istio"
        ),
    ],
)
def test_a_tag_without_a_safe_successor_is_held(current: str, others: str, names: str) -> None:
    choice = VersionStrategy().choose(current, [current, *others.split()])
    assert choice.chosen is None
    assert choice.hold is ChoiceHold.LEFT_BEHIND
    assert names in choice.message
