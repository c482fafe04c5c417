"""The controller's settings, from environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

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
            "REGISTRY_CREDENTIAL_PROVIDERS": "/etc/registry/providers.json",
            "REGISTRY_CREDENTIAL_PROVIDERS_BIN": "/opt/plugins",
            "REGISTRY_TIMEOUT": "5000",
            "CHECK_WORKERS": "2",
            "HEALTH_PORT": "8080",
            "WEBHOOK_URL": "https://hooks.example/a?token=hidden",
            "WEBHOOK_ENABLE_DEPLOYMENT_DETECTED": "false",
            "WEBHOOK_ENABLE_IMAGE_ROLLOUT_STARTED": "True",
            "WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED": "TRUE",
            "WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED": "true",
            "WEBHOOK_HEADERS": " Authorization = Bearer a=b== , X-Team=blue,",
            "WEBHOOK_TIMEOUT": "5000",
            "WEBHOOK_RETRY_COUNT": "0",
            "WEBHOOK_SECRET": "hidden",
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
        REGISTRY_CREDENTIAL_PROVIDERS=Path("/etc/registry/providers.json"),
        REGISTRY_CREDENTIAL_PROVIDERS_BIN=Path("/opt/plugins"),
        REGISTRY_TIMEOUT=5000,
        CHECK_WORKERS=2,
        HEALTH_PORT=8080,
        WEBHOOK_URL="https://hooks.example/a?token=hidden",
        WEBHOOK_ENABLE_IMAGE_ROLLOUT_STARTED=True,
        WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED=True,
        WEBHOOK_ENABLE_IMAGE_ROLLOUT_FAILED=True,
        WEBHOOK_HEADERS=(("Authorization", SecretStr("Bearer a=b==")), ("X-Team", SecretStr("blue"))),
        WEBHOOK_TIMEOUT=5000,
        WEBHOOK_RETRY_COUNT=0,
        WEBHOOK_SECRET=SecretStr("hidden"),
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
        ("HEALTH_PORT", "70000", "'70000': input should be less than or equal to 65535"),
        ("WEBHOOK_ENABLE_DEPLOYMENT_DETECTED", "1", "'1' is neither true nor false"),
        ("WEBHOOK_TIMEOUT", "10s", "'10s': input should be a valid integer"),
        ("WEBHOOK_RETRY_COUNT", "-1", "'-1': input should be greater than or equal to 0"),
    ],
)
def test_a_fault_is_one_line_with_the_name_the_value_and_what_is_allowed(name: str, value: str, words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: value})

    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: {words}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK_URL", "hidden"),
        ("WEBHOOK_URL", "ftp://hidden.example"),
        ("WEBHOOK_URL", "https://"),
        ("WEBHOOK_URL", "https://me:hidden@hooks.example"),
        ("WEBHOOK_HEADERS", "hidden"),
        ("WEBHOOK_HEADERS", "X-Team=blue,X Y=hidden"),
        ("WEBHOOK_HEADERS", "X-Team=hid\nden"),
        ("WEBHOOK_HEADERS", "=hidden"),
    ],
)
def test_what_may_be_a_secret_is_never_quoted(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: value})
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert "hid" not in line


def test_settings_can_be_shown_without_their_secrets() -> None:
    settings = Settings.read({"WEBHOOK_SECRET": "hidden", "WEBHOOK_HEADERS": "Authorization=hidden"})
    assert "hidden" not in repr(settings)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({"CHECK_WORKERS": "many", "LOG_FORMAT": "xml", "POD_NAMESPACE": "A"})

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "CHECK_WORKERS",
        "LOG_FORMAT",
        "POD_NAMESPACE",
    ]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("REGISTRY_CREDENTIAL_PROVIDERS", "REGISTRY_CREDENTIAL_PROVIDERS_BIN"),
        ("REGISTRY_CREDENTIAL_PROVIDERS_BIN", "REGISTRY_CREDENTIAL_PROVIDERS"),
    ],
)
def test_plugins_are_of_no_use_without_their_folder_and_the_folder_without_them(given: str, missing: str) -> None:
    with pytest.raises(InvalidSettings, match=rf"^{missing}: it is not set: .* go together$"):
        Settings.read({given: "/x"})
