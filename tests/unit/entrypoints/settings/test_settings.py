"""The controller's settings, from environment variables."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from watch_cluster.adapters.http.proxies import Proxies, Proxy
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.mirror import Mirror
from watch_cluster.entrypoints.settings.errors import InvalidSettings
from watch_cluster.entrypoints.settings.settings import Settings


def test_nothing_has_to_be_set() -> None:
    settings = Settings.read({"PATH": "/usr/bin", "WATCH_NAMESPACES": "", "CHECK_WORKERS": ""})

    assert settings == Settings()
    assert settings.WATCH_NAMESPACES == ()
    assert settings.POD_NAMESPACE == "watch-cluster"


def test_every_variable_is_read(tmp_path: Path) -> None:
    authorities = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(authorities))
    settings = Settings.read(
        {
            "WATCH_NAMESPACES": " team-a, team-b,,team-a ",
            "REGISTRY_PLAIN_HTTP": "registry.example:5000,10.0.0.1,[::1]:5000",
            "REGISTRY_CONFIG": "/etc/registry/config.json",
            "REGISTRY_CA_FILE": str(authorities),
            "REGISTRY_MIRRORS": " docker.io=mirror.example:5000, ghcr.io=proxy.example/ghcr,",
            "REGISTRY_CREDENTIAL_PROVIDERS": "/etc/registry/providers.json",
            "REGISTRY_CREDENTIAL_PROVIDERS_BIN": "/opt/plugins",
            "REGISTRY_TIMEOUT": "5000",
            "HTTPS_PROXY": "http://me:hidden@proxy.example:3128",
            "http_proxy": "proxy.example",
            "no_proxy": "10.0.0.0/8, .svc",
            "CHECK_TIMEOUT": "5000",
            "CHECK_WORKERS": "2",
            "MAX_ROLLOUT_TIMEOUT": "2h",
            "MAX_SOAK": "1h30m",
            "MIN_CHECK_INTERVAL": "30s",
            "AFTER_OTHER_NAMESPACES": "false",
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
        REGISTRY_CA_FILE=authorities,
        REGISTRY_MIRRORS=(Mirror("docker.io", "mirror.example:5000"), Mirror("ghcr.io", "proxy.example", "ghcr")),
        REGISTRY_CREDENTIAL_PROVIDERS=Path("/etc/registry/providers.json"),
        REGISTRY_CREDENTIAL_PROVIDERS_BIN=Path("/opt/plugins"),
        REGISTRY_TIMEOUT=5000,
        HTTPS_PROXY=Proxy("proxy.example", 3128, Credential("me", "hidden")),
        HTTP_PROXY=Proxy("proxy.example", 80),
        NO_PROXY=("10.0.0.0/8", ".svc"),
        CHECK_TIMEOUT=5000,
        CHECK_WORKERS=2,
        MAX_ROLLOUT_TIMEOUT=timedelta(hours=2),
        MAX_SOAK=timedelta(hours=1, minutes=30),
        MIN_CHECK_INTERVAL=timedelta(seconds=30),
        AFTER_OTHER_NAMESPACES=False,
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
        ("WATCH_NAMESPACES", "Team A", "'Team A' is not a namespace name"),
        ("WATCH_NAMESPACES", "a,b_c", "'b_c' is not a namespace name"),
        ("REGISTRY_PLAIN_HTTP", "http://registry.example", "'http://registry.example' is not a host"),
        ("REGISTRY_CA_FILE", "/nowhere/ca.pem", "'/nowhere/ca.pem' cannot be read (No such file or directory): give"),
        ("REGISTRY_CA_FILE", __file__, f"{__file__!r} holds no certificate that can be read: give a PEM file"),
        (
            "REGISTRY_MIRRORS",
            "docker.io=https://m.example",
            "'docker.io=https://m.example' is not a mirror: write REGIS",
        ),
        ("REGISTRY_MIRRORS", "a.io=m.io,A.io=n.io", "'a.io=m.io,A.io=n.io': the registry 'a.io' has several mirrors"),
        ("REGISTRY_TIMEOUT", "0", "'0': input should be greater than 0"),
        ("REGISTRY_TIMEOUT", "30s", "'30s': input should be a valid integer"),
        ("CHECK_WORKERS", "1000", "'1000': input should be less than or equal to 256"),
        ("LOG_LEVEL", "verbose", "'verbose': input should be 'debug', 'info', 'warning' or 'error'"),
        ("POD_NAMESPACE", "-", "'-' is not a namespace name"),
        ("HEALTH_PORT", "70000", "'70000': input should be less than or equal to 65535"),
        ("WEBHOOK_ENABLE_DEPLOYMENT_DETECTED", "1", "'1' is neither true nor false"),
        ("WEBHOOK_TIMEOUT", "10s", "'10s': input should be a valid integer"),
        ("WEBHOOK_RETRY_COUNT", "-1", "'-1': input should be greater than or equal to 0"),
    ],
)
def test_an_error_is_one_line_with_the_name_the_value_and_what_is_allowed(name: str, value: str, words: str) -> None:
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
        ("HTTPS_PROXY", "socks5://me:hidden@proxy.example"),
        ("HTTP_PROXY", "http://me:hidden@proxy.example/path"),
        ("WEBHOOK_HEADERS", "hidden"),
        ("WEBHOOK_HEADERS", "X-Team=blue,X Y=hidden"),
        ("WEBHOOK_HEADERS", "X-Team=hid\nden"),
        ("WEBHOOK_HEADERS", "=hidden"),
    ],
)
def test_possible_secrets_are_never_quoted(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: value})
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert "hid" not in line


def test_settings_can_be_shown_without_their_secrets() -> None:
    proxy = "http://me:hidden@proxy.example"
    settings = Settings.read(
        {"WEBHOOK_SECRET": "hidden", "WEBHOOK_HEADERS": "Authorization=hidden", "HTTPS_PROXY": proxy}
    )
    assert "hidden" not in repr(settings)


def test_all_errors_are_reported_at_once() -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({"CHECK_WORKERS": "many", "LOG_FORMAT": "xml", "POD_NAMESPACE": "A"})

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "CHECK_WORKERS",
        "LOG_FORMAT",
        "POD_NAMESPACE",
    ]


def test_the_upper_case_variable_takes_precedence() -> None:
    settings = Settings.read({"HTTPS_PROXY": "upper.example", "https_proxy": "lower.example", "NO_PROXY": "a,b"})
    assert settings.proxies == Proxies(Proxy("upper.example", 80), None, ("a", "b"))


def test_no_other_variable_is_read_in_lower_case() -> None:
    assert Settings.read({"check_workers": "2"}) == Settings()


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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            {"MAX_SOAK": "soon"}, "MAX_SOAK: 'soon' is not a duration: write 30s, 10m, 1h30m or 3d", id="no duration"
        ),
        pytest.param({"MAX_ROLLOUT_TIMEOUT": "0"}, "MAX_ROLLOUT_TIMEOUT: '0': it must be longer than zero", id="zero"),
        pytest.param(
            {"DEFAULT_SOAK": "2h", "MAX_SOAK": "1h"},
            "DEFAULT_SOAK: '2h' is not valid, at most 1h is allowed (MAX_SOAK)",
            id="a default beyond its limit",
        ),
    ],
)
def test_limits_of_all_workloads_are_checked(given: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read(given)
    assert str(caught.value) == message


def test_an_interactive_command_has_shorter_timeouts_unless_they_are_set() -> None:
    by_default = Settings.read({}).while_somebody_waits()
    settings = Settings.read({"CHECK_WORKERS": "2", "REGISTRY_TIMEOUT": "60000"}).while_somebody_waits()
    assert (by_default.CHECK_WORKERS, by_default.REGISTRY_TIMEOUT) == (64, 4000)
    assert (settings.CHECK_WORKERS, settings.REGISTRY_TIMEOUT) == (2, 60_000)
