"""What all stories share: nobody reads what their processes log, and none remembers what another has chosen."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from watch_cluster.domain.versions import strategy


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """Log nothing, which makes a story half as long."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Forget choices, which the stories that break the code on purpose make in another way."""
    strategy._chosen.cache_clear()
    yield
    strategy._chosen.cache_clear()
