"""A misspelled variable is a fault at the start; one that belongs to somebody else is none."""

from __future__ import annotations

import pytest

from watch_cluster.entrypoints.settings.errors import InvalidSettings
from watch_cluster.entrypoints.settings.settings import Settings


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("WATCH_NAMESPACE", "WATCH_NAMESPACES"),
        ("WEBHOOK_HEADER", "WEBHOOK_HEADERS"),
        ("WEBHOOK_SECRETS", "WEBHOOK_SECRET"),
        ("WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILURE", "WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED"),
        ("REGISTRY_MIRROR", "REGISTRY_MIRRORS"),
        ("DEFAULT_STRATGEY", "DEFAULT_STRATEGY"),
        ("DEFAULT_MINAGE", "DEFAULT_MIN_AGE"),
        ("LOG_LEVLE", "LOG_LEVEL"),
        ("MAX_CONCURRENT_ROLLOUT", "MAX_CONCURRENT_ROLLOUTS"),
        ("CHECK_WORKER", "CHECK_WORKERS"),
        ("HEALTH_PORTS", "HEALTH_PORT"),
    ],
)
def test_suggests_the_variable_for_a_misspelled_one(name: str, meant: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: "s3cret"})
    assert str(caught.value) == f'{name}: there is no such variable, did you mean "{meant}"? (rename it or unset it)'


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("WATCH_CLUSTER_SERVICE_HOST", id="the host of our own Service"),
        pytest.param("WATCH_CLUSTER_SERVICE_PORT", id="its port"),
        pytest.param("WATCH_CLUSTER_SERVICE_PORT_HEALTH", id="its port by name"),
        pytest.param("WATCH_CLUSTER_PORT", id="its link"),
        pytest.param("WATCH_CLUSTER_PORT_8080_TCP", id="its link by port"),
        pytest.param("WATCH_CLUSTER_PORT_8080_TCP_PROTO", id="its protocol"),
        pytest.param("WATCH_CLUSTER_PORT_8080_TCP_ADDR", id="its address"),
        pytest.param("WATCH_NAMESPACE_SERVICE_HOST", id="a Service that is called almost like a variable"),
        pytest.param("WEBHOOK_URLS_PORT", id="another one"),
        pytest.param("REGISTRY_AUTH_FILE", id="of podman"),
        pytest.param("LOG_FILE", id="of anything"),
        pytest.param("DEFAULT_REGION", id="of a cloud"),
        pytest.param("MAX_WORKERS", id="of a web server"),
        pytest.param("OTEL_SERVICE_NAME", id="of OpenTelemetry"),
        pytest.param("POD_NAMESPACES", id="a prefix that others use"),
        pytest.param("webhook_header", id="in lower case"),
    ],
)
def test_annotations_of_others_are_no_error(name: str) -> None:
    assert Settings.read({name: "tcp://10.0.0.1:8080"}) == Settings()


def test_an_empty_one_counts_as_not_set() -> None:
    assert Settings.read({"WATCH_NAMESPACE": ""}) == Settings()


def test_suggests_the_value_for_a_misspelled_one() -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({"LOG_LEVEL": "warn", "DEFAULT_STRATEGY": "lastest"})
    level, strategy = str(caught.value).splitlines()
    assert (
        level == "LOG_LEVEL: 'warn': input should be 'debug', 'info', 'warning' or 'error'; did you mean \"warning\"?"
    )
    assert strategy.startswith(
        "DEFAULT_STRATEGY: 'lastest' is not valid, did you mean \"latest\"? (allowed values are "
    )
