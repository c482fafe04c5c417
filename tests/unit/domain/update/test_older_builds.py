"""An image that was built long before what runs is no update, where both dates are believable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.update.decision import HoldReason
from watch_cluster.domain.update.rejections import reject_older_build
from watch_cluster.domain.workload import annotation

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RUNNING = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("built", "running", "held"),
    [
        pytest.param(RUNNING - 90 * DAY - SECOND, RUNNING, True, id="more than 90 days before"),
        pytest.param(RUNNING - 90 * DAY, RUNNING, False, id="90 days before"),
        pytest.param(RUNNING + DAY, RUNNING, False, id="after it"),
        pytest.param(None, RUNNING, False, id="the candidate tells no date"),
        pytest.param(RUNNING - 400 * DAY, None, False, id="what runs tells no date"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), RUNNING, False, id="a reproducible build"),
        pytest.param(datetime(1980, 1, 1, tzinfo=UTC), RUNNING, False, id="the first day of archives"),
        pytest.param(datetime(2013, 3, 1, tzinfo=UTC), RUNNING, True, id="the first images"),
        pytest.param(datetime(2013, 2, 28, tzinfo=UTC), RUNNING, False, id="before the first images"),
        pytest.param(RUNNING - 400 * DAY, NOW + DAY, True, id="a clock that is a day ahead"),
        pytest.param(RUNNING - 400 * DAY, NOW + DAY + SECOND, False, id="what runs is from the future"),
        pytest.param(NOW + 2 * DAY, NOW + 200 * DAY, False, id="both are from the future"),
    ],
)
def test_a_candidate_is_held_for_its_date(built: datetime | None, running: datetime | None, *, held: bool) -> None:
    rejection = reject_older_build(built, running, NOW)
    assert (rejection is not None) is held
    if rejection is not None:
        assert rejection.reason is HoldReason.BUILT_BEFORE_WHAT_RUNS
        assert not rejection.final
        assert annotation.APPROVED in rejection.message
        assert built is not None
        assert str(built.date()) in rejection.why


dates = st.none() | st.datetimes(timezones=st.just(UTC))


@given(dates, dates)
def test_no_date_holds_an_image_that_is_not_older(built: datetime | None, running: datetime | None) -> None:
    rejection = reject_older_build(built, running, NOW)
    if rejection is not None:
        assert built is not None
        assert running is not None
        assert built < running <= NOW + DAY
