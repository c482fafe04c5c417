"""The limits of the controller's operator, which no owner exceeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.rollouts import BEGUN, COMPLETE, NEW, a_record, replica, shop
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.caps import Caps, limited_checks
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.rollout.evaluation.evaluation import Failed, Healthy, evaluate
from watch_cluster.domain.rollout.evaluation.in_progress import InProgress

CAPS = Caps(soak=timedelta(hours=1), rollout_timeout=timedelta(hours=2))
FOREVER = RolloutSettings(timedelta(seconds=8e8), timedelta(days=9999))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(
            {"soak": "9999d"},
            "watch-cluster.io/soak: '9999d' is not valid, at most 1h is allowed (MAX_SOAK)",
            id="a soak that never ends",
        ),
        pytest.param(
            {"rollout_timeout": "2h1s"},
            "watch-cluster.io/rollout-timeout: '2h1s' is not valid, at most 2h is allowed (MAX_ROLLOUT_TIMEOUT)",
            id="a timeout that is too long",
        ),
    ],
)
def test_the_owner_is_notified_of_settings_above_the_operators_limits(settings: dict[str, str], expected: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        PolicyReader(compile_tag_pattern, caps=CAPS)(shop(BEGUN, NEW, **settings))
    assert str(caught.value) == expected


def test_a_text_of_exactly_the_allowed_length_is_no_error() -> None:
    policy = PolicyReader(compile_tag_pattern, caps=CAPS)(shop(soak="1h", rollout_timeout="2h"))
    assert policy.rollout_settings == RolloutSettings(timedelta(hours=2), timedelta(hours=1))


def test_unset_defaults_are_no_error() -> None:
    policy = PolicyReader(compile_tag_pattern, caps=Caps(timedelta(seconds=5), timedelta(seconds=60)))(shop())
    assert policy.rollout_settings == RolloutSettings(timedelta(seconds=60), timedelta(seconds=5))


def test_a_forged_record_that_never_fails_fails_at_the_cap() -> None:
    record = replace(a_record(), rollout_settings=FOREVER)
    first = evaluate(record, shop(BEGUN), (), None, 0, CAPS)
    assert isinstance(first, InProgress)
    assert isinstance(evaluate(record, shop(BEGUN), (), first, 2 * 3600 - 1, CAPS), InProgress)
    assert isinstance(evaluate(record, shop(BEGUN), (), first, 2 * 3600, CAPS), Failed)


def test_a_progress_deadline_of_the_workload_ends_at_the_cap_too() -> None:
    patient = replace(BEGUN, deadline=timedelta(seconds=2**31))
    first = evaluate(a_record(), shop(patient), (), None, 0, CAPS)
    assert isinstance(first, InProgress)
    assert isinstance(evaluate(a_record(), shop(patient), (), first, 2 * 3600, CAPS), Failed)


def test_a_forged_record_that_soaks_for_ever_is_done_at_the_cap() -> None:
    record = replace(a_record(), rollout_settings=FOREVER)
    replicas = (replica("one"), replica("two"))
    first = evaluate(record, shop(COMPLETE), replicas, None, 0, CAPS)
    assert isinstance(first, InProgress)
    assert evaluate(record, shop(COMPLETE), replicas, first, 3600, CAPS) == Healthy()


def test_the_owner_is_notified_how_often_the_workload_is_checked() -> None:
    assert limited_checks(timedelta(seconds=90)) == (
        "watch-cluster.io/cron fires more often than the controller allows: it is checked every 1m30s at most"
        " (MIN_CHECK_INTERVAL)"
    )
