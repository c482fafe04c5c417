from __future__ import annotations

import pytest

from watch_cluster.domain.images.rate_limit import RateLimit


@pytest.mark.parametrize(
    ("remaining", "spent"),
    [
        pytest.param(0, True, id="nothing remains"),
        pytest.param(1, False, id="one question remains"),
        pytest.param(None, False, id="nobody says what remains"),
    ],
)
def test_a_quota_is_spent_when_nothing_remains(remaining: int | None, *, spent: bool) -> None:
    assert RateLimit(100, remaining, None, None).spent is spent
