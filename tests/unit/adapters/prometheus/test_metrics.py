"""Metrics in the Prometheus text format."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.prometheus.metrics import IDLE_SECONDS, MAX_HOSTS, OTHERS, PrometheusMetrics


@pytest.fixture
def metrics() -> PrometheusMetrics:
    return PrometheusMetrics()


def samples(metrics: PrometheusMetrics) -> dict[str, float]:
    """Return the samples by name and labels."""
    lines = [line for line in metrics.render().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_counts_events(metrics: PrometheusMetrics) -> None:
    metrics.count_check(["update", "up to date"])
    metrics.count_check(["registry unreachable"])
    metrics.observe_rollout("done", 42.0)
    metrics.count_registry_request("registry.example", "200")
    metrics.set_rate_limit_remaining("docker.io", 7)
    metrics.count_webhook("delivered")
    metrics.count_hook("harbor", "accepted")
    metrics.count_watch_restart("pods")
    metrics.count_unreadable_object("deployments")
    found = samples(metrics)
    assert found["watch_cluster_checks_total"] == 2
    assert found['watch_cluster_decisions_total{decision="up to date"}'] == 1
    assert found['watch_cluster_decisions_total{decision="registry unreachable"}'] == 1
    assert found['watch_cluster_rollouts_total{result="done"}'] == 1
    assert found['watch_cluster_rollout_duration_seconds_sum{result="done"}'] == 42
    assert found['watch_cluster_registry_requests_total{host="registry.example",status="200"}'] == 1
    assert found['watch_cluster_registry_quota_left{registry="docker.io"}'] == 7
    assert found['watch_cluster_webhooks_total{result="delivered"}'] == 1
    assert found['watch_cluster_hooks_total{result="accepted",source="harbor"}'] == 1
    assert found['watch_cluster_watch_restarts_total{resource="pods"}'] == 1
    assert found['watch_cluster_unreadable_objects_total{resource="deployments"}'] == 1


def test_computes_gauges_on_each_scrape(metrics: PrometheusMetrics) -> None:
    values = iter((1.0, 0.0))
    metrics.gauge("watch_cluster_leader", "whether it leads", lambda: next(values))
    assert samples(metrics)["watch_cluster_leader"] == 1
    assert samples(metrics)["watch_cluster_leader"] == 0


def test_hosts_beyond_the_first_hundred_are_counted_together(metrics: PrometheusMetrics) -> None:
    for number in range(MAX_HOSTS + 5):
        metrics.count_registry_request(f"registry{number}.example", "200")
    found = samples(metrics)
    assert found[f'watch_cluster_registry_requests_total{{host="{OTHERS}",status="200"}}'] == 5
    metrics.count_registry_request("registry3.example", "200")
    assert samples(metrics)['watch_cluster_registry_requests_total{host="registry3.example",status="200"}'] == 2


def test_a_host_that_is_no_longer_queried_gives_its_label_to_another() -> None:
    now = 0.0
    metrics = PrometheusMetrics(lambda: now)
    metrics.set_rate_limit_remaining("junk0.example", 5)
    for number in range(MAX_HOSTS):
        metrics.count_registry_request(f"junk{number}.example", "no connection")
    now = IDLE_SECONDS - 1
    metrics.count_registry_request("junk1.example", "no connection")
    metrics.count_registry_request("registry.example", "200")
    now = IDLE_SECONDS + 1
    metrics.count_registry_request("registry.example", "200")

    found = samples(metrics)

    assert found[f'watch_cluster_registry_requests_total{{host="{OTHERS}",status="200"}}'] == 1
    assert found['watch_cluster_registry_requests_total{host="registry.example",status="200"}'] == 1
    assert found['watch_cluster_registry_requests_total{host="junk1.example",status="no connection"}'] == 2
    assert [name for name in found if "junk0." in name] == []


def test_a_label_is_short_and_printable(metrics: PrometheusMetrics) -> None:
    metrics.count_registry_request("\x1b[2J" + "a" * 300, "200")

    [name] = [name for name in samples(metrics) if "registry_requests_total" in name]

    assert name == f'watch_cluster_registry_requests_total{{host=" [2J{"a" * 96}",status="200"}}'


def test_exports_process_metrics(metrics: PrometheusMetrics) -> None:
    assert samples(metrics)["process_resident_memory_bytes"] > 0
