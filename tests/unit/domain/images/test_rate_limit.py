from __future__ import annotations

import pytest

from watch_cluster.domain.images.rate_limit import RateLimit


@pytest.mark.parametrize(
    ("remaining", "exhausted"),
    [
        pytest.param(0, True, id="nothing remains"),
        pytest.param(1, False, id="one request remains"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_a_rate_limit_is_exhausted_when_nothing_remains(remaining: int | None, *, exhausted: bool) -> None:
    assert RateLimit(100, remaining, None, None).exhausted is exhausted
