"""Whatever happens, in whatever order: the rules hold at every write, and in the end nothing is left undone."""

from __future__ import annotations

import pytest

from tests.simulation.story import Broken, Story

STEPS = 250


@pytest.mark.parametrize("seed", range(12))
def test_a_story_ends_well(seed: int) -> None:
    story = Story(seed)
    try:
        for _ in range(STEPS):
            story.step()
        story.end()
    except Broken as broken:
        broken.add_note(f"seed {seed}; the story so far:\n" + "\n".join(story.told[-40:]))
        raise
    assert story.rules.started, "nothing was rolled out"
