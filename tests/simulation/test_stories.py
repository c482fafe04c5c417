"""Whatever happens, in whatever order: the rules hold at every write, and in the end nothing is left undone."""

from __future__ import annotations

import pytest

from tests.simulation.story import Broken, shortest, spelt, told

STORIES = 20
STEPS = 5000
OPEN = {11: "taken again after somebody went back from it, by an undo and another image at once; not understood yet"}
"""Stories that have broken a rule, with what is known of the defect."""
SEEDS = [
    pytest.param(
        each, marks=[pytest.mark.xfail(raises=Broken, strict=False, reason=OPEN[each])] if each in OPEN else []
    )
    for each in range(STORIES)
]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_ends_well(seed: int) -> None:
    try:
        story = told(seed, range(STEPS))
    except Broken as broken:
        steps = shortest(seed, range(STEPS))
        broken.add_note(f"told again in its shortest form by: python -m tests.simulation {seed} {spelt(steps)}")
        raise
    assert story.rules.started, "nothing was rolled out"
