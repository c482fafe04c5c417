"""Whatever happens, in whatever order: the rules hold at every write, and in the end nothing is left undone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.story import Broken, shortest, spelt, told

_OUTLINE = """
import logging, structlog
from tests.simulation.story import told
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
print("\\n".join(told(11, range(2000), to_the_end=False).told))
"""
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


def test_a_story_is_the_same_in_every_process() -> None:
    outlines = {
        subprocess.run(
            [sys.executable, "-c", _OUTLINE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outlines) == 1
    assert "Deployment" in outlines.pop()
