"""Whatever happens, in whatever order: the rules hold at every write, and in the end nothing is left undone."""

from __future__ import annotations

import pytest

from tests.simulation.story import Broken, shortest, spelt, told

STORIES = 20
STEPS = 5000


@pytest.mark.parametrize("seed", range(STORIES))
def test_a_story_ends_well(seed: int) -> None:
    try:
        story = told(seed, range(STEPS))
    except Broken as broken:
        steps = shortest(seed, range(STEPS))
        broken.add_note(f"told again in its shortest form by: python -m tests.simulation {seed} {spelt(steps)}")
        raise
    assert story.rules.started, "nothing was rolled out"
