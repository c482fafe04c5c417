"""Notifications go to the channels that a workload names, and are settled when they are everywhere."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.fakes.outbox import RecordingOutbox
from tests.unit.application.shop import NOON, SHOP, WATCHED, TracedOrchestrator, app
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.application.reconcile.route_notifications import RoutedOutbox
from watch_cluster.domain.policy.values.channels import ChannelNames
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload import annotation

DONE = Notification("1", NotificationType.IMAGE_ROLLOUT_COMPLETED, SHOP, (app(),), NOON)


class Routes:
    """An outbox with two channels, one of them for another namespace."""

    def __init__(self, orchestrator: TracedOrchestrator, default: str = "") -> None:
        self.webhook, self.team, self.other = RecordingOutbox(), RecordingOutbox(), RecordingOutbox()
        channels = {"team": self.team, "other": self.other}
        names = ChannelNames({"team": (), "other": ("elsewhere",), "daily": ()})
        self.outbox = RoutedOutbox(self.webhook, channels, names, orchestrator, default)

    def delivered(self) -> list[int]:
        return [len(each.delivered) for each in (self.webhook, self.team, self.other)]


@pytest.mark.parametrize(
    ("written", "inherited", "default", "delivered"),
    [
        pytest.param({}, {}, "", [1, 0, 0], id="nobody named one"),
        pytest.param({annotation.NOTIFY: "team"}, {}, "", [1, 1, 0], id="the workload"),
        pytest.param({}, {annotation.NOTIFY: "team"}, "", [1, 1, 0], id="its namespace"),
        pytest.param({}, {}, "team", [1, 1, 0], id="the operator"),
        pytest.param({annotation.NOTIFY: "other"}, {}, "team", [1, 0, 0], id="one that it may not use"),
        pytest.param({annotation.NOTIFY: "unknown, team"}, {}, "", [1, 1, 0], id="one that there is not, and another"),
        pytest.param({annotation.NOTIFY: "daily, team"}, {}, "", [1, 1, 0], id="one with a digest, and another"),
        pytest.param({annotation.NOTIFY: "https://evil.example"}, {}, "team", [1, 0, 0], id="an address"),
    ],
)
def test_goes_to_the_channels_that_are_named_and_allowed(
    orchestrator: TracedOrchestrator,
    written: Mapping[str, str],
    inherited: Mapping[str, str],
    default: str,
    delivered: list[int],
) -> None:
    orchestrator.create(SHOP, [app()], {**WATCHED, **written})
    orchestrator.annotate_namespace(SHOP.namespace, dict(inherited))
    routes = Routes(orchestrator, default)
    routes.outbox.put(DONE)
    assert routes.delivered() == delivered
    assert routes.outbox.status_of(DONE.id) is DeliveryStatus.SETTLED


def test_is_put_again_only_where_it_is_missing(orchestrator: TracedOrchestrator) -> None:
    orchestrator.create(SHOP, [app()], WATCHED | {annotation.NOTIFY: "team"})
    routes = Routes(orchestrator)
    routes.team.open = False
    routes.outbox.put(DONE)
    assert routes.outbox.status_of(DONE.id) is DeliveryStatus.FAILED
    routes.team.open = True
    routes.outbox.put(DONE)
    assert routes.delivered() == [1, 1, 0]
    assert routes.outbox.status_of(DONE.id) is DeliveryStatus.SETTLED


def test_another_process_knows_nothing_of_it_and_puts_it_again(orchestrator: TracedOrchestrator) -> None:
    assert Routes(orchestrator).outbox.status_of(DONE.id) is DeliveryStatus.UNKNOWN
