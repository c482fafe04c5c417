"""What these tests share."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from watch_cluster.entrypoints.logs import QUIET


@pytest.fixture
def logs_put_back() -> Iterator[None]:
    """Undo what `configure_logs` does to the whole process."""
    root = logging.getLogger()
    handlers = root.handlers
    loggers = [root, *(logging.getLogger(name) for name in QUIET)]
    levels = [each.level for each in loggers]
    yield
    root.handlers = handlers
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
    structlog.reset_defaults()
