"""The controller's settings, from environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from watch_cluster.entrypoints.settings import InvalidSettings, Settings


def test_nothing_has_to_be_set() -> None:
    settings = Settings.read({"PATH": "/usr/bin", "WATCH_NAMESPACES": "", "CHECK_WORKERS": ""})

    assert settings == Settings()
    assert settings.WATCH_NAMESPACES == ()
    assert settings.POD_NAMESPACE == "watch-cluster"


def test_every_variable_is_read() -> None:
    settings = Settings.read(
        {
            "WATCH_NAMESPACES": " team-a, team-b,,team-a ",
            "REGISTRY_PLAIN_HTTP": "registry.example:5000,10.0.0.1,[::1]:5000",
            "REGISTRY_CONFIG": "/etc/registry/config.json",
            "REGISTRY_TIMEOUT": "5000",
            "CHECK_WORKERS": "2",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            "POD_NAMESPACE": "tools",
            "KUBECONFIG": "/home/me/.kube/config",
        }
    )

    assert settings == Settings(
        WATCH_NAMESPACES=("team-a", "team-b"),
        REGISTRY_PLAIN_HTTP=("registry.example:5000", "10.0.0.1", "[::1]:5000"),
        REGISTRY_CONFIG=Path("/etc/registry/config.json"),
        REGISTRY_TIMEOUT=5000,
        CHECK_WORKERS=2,
        LOG_LEVEL="debug",
        LOG_FORMAT="json",
        POD_NAMESPACE="tools",
        KUBECONFIG="/home/me/.kube/config",
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WATCH_NAMESPACES", "Team A", "'Team A' is no name of a namespace"),
        ("WATCH_NAMESPACES", "a,b_c", "'b_c' is no name of a namespace"),
        ("REGISTRY_PLAIN_HTTP", "http://registry.example", "'http://registry.example' is no host"),
        ("REGISTRY_TIMEOUT", "0", "'0': input should be greater than 0"),
        ("REGISTRY_TIMEOUT", "30s", "'30s': input should be a valid integer"),
        ("CHECK_WORKERS", "1000", "'1000': input should be less than or equal to 256"),
        ("LOG_LEVEL", "verbose", "'verbose': input should be 'debug', 'info', 'warning' or 'error'"),
        ("POD_NAMESPACE", "-", "'-' is no name of a namespace"),
    ],
)
def test_a_fault_is_one_line_with_the_name_the_value_and_what_is_allowed(name: str, value: str, words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: value})

    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: {words}")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({"CHECK_WORKERS": "many", "LOG_FORMAT": "xml", "POD_NAMESPACE": "A"})

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "CHECK_WORKERS",
        "LOG_FORMAT",
        "POD_NAMESPACE",
    ]
