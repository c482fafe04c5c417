"""Tells a story again: `python -m tests.simulation SEED STEP...`, with the numbers of the steps that are told."""

from __future__ import annotations

import logging
import sys

import structlog

from tests.simulation.story import read_steps, told

if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print("\n".join(told(int(sys.argv[1]), read_steps(sys.argv[2:])).told))  # noqa: T201 - what it is for
