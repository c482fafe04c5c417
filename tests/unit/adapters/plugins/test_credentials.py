"""Credentials from plugins, which are real programs here."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
import structlog.testing
import yaml

from tests.cluster.processes import wait_until
from tests.fakes.timing import FakeClock
from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.plugins.credentials import PluginCredentials
from watch_cluster.application.ports.registry.pull_credentials import (
    PullCredentials,
    PullCredentialsUnavailable,
    PullCredentialsUnreadable,
)
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.tools.time_limit import TimeLimitExceeded, time_limit

SHOP = a_workload("ghcr.io/a")
SECRET = "hunter2"
ROBOT = Credential("robot", SECRET)
V1 = "credentialprovider.kubelet.k8s.io/v1"
OTHERS = {"Image": [1, 0, 1, 1], "Registry": [1, 0, 0, 1], "Global": [1, 0, 0, 0]}


class Plugins:
    """A folder with one plugin, `robot`, which notes each run, and its configuration."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder = folder
        self.clock = clock
        self.config = folder / "providers.json"
        self.runs = folder / "runs"
        self.write_config()

    def write_config(self, **changes: object) -> None:
        provider = {
            "name": "robot",
            "apiVersion": V1,
            "matchImages": ["*.io"],
            "defaultCacheDuration": "10m",
            **changes,
        }
        document = {
            "apiVersion": "kubelet.config.k8s.io/v1",
            "kind": "CredentialProviderConfig",
            "providers": [provider],
        }
        self.config.write_text(json.dumps(document))

    def install(self, body: str) -> None:
        program = self.folder / "robot"
        program.write_text(
            f"#!{sys.executable} -SE\nimport json, os, sys, time\nrequest = json.load(sys.stdin)\n"
            f"open({str(self.runs)!r}, 'a').write(json.dumps(request) + '\\n')\n{body}\n"
        )
        program.chmod(0o700)

    def answer(self, **changes: object) -> None:
        auth = {"*.io": {"username": "robot", "password": SECRET}}
        document = {"apiVersion": V1, "kind": "CredentialProviderResponse", "cacheKeyType": "Registry", "auth": auth}
        self.install(f"print({json.dumps(document | changes)!r})")

    def asked(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.runs.read_text().splitlines()] if self.runs.exists() else []

    def source(self, seconds: float = 60.0) -> PluginCredentials:
        return PluginCredentials(self.config, self.folder, self.clock.monotonic, seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def plugins(tmp_path: Path, clock: FakeClock) -> Plugins:
    return Plugins(tmp_path, clock)


def candidates(source: PullCredentials, image: str = "ghcr.io/a") -> tuple[Credential, ...]:
    return source.candidates(SHOP, ImageReference.parse(image).repository)


def test_a_plugin_returns_credentials_for_the_image(plugins: Plugins) -> None:
    plugins.answer()
    assert candidates(plugins.source(), "ghcr.io/a/b:1") == (ROBOT,)
    assert plugins.asked() == [{"apiVersion": V1, "kind": "CredentialProviderRequest", "image": "ghcr.io/a/b"}]


def test_a_plugin_is_not_run_for_other_images(plugins: Plugins) -> None:
    plugins.answer()
    assert candidates(plugins.source(), "a.b.io/a") == ()
    assert plugins.asked() == []


def test_credentials_of_other_repositories_are_not_sent(plugins: Plugins) -> None:
    plugins.answer(auth={"quay.io": {"username": "a", "password": "b"}})
    assert candidates(plugins.source()) == ()


def test_a_plugin_gets_its_arguments_and_its_environment(plugins: Plugins) -> None:
    plugins.write_config(args=["--say", "x"], env=[{"name": "WHO", "value": "me"}])
    answer = {"apiVersion": V1, "kind": "CredentialProviderResponse", "cacheKeyType": "Global"}
    plugins.install(
        "who = ' '.join(sys.argv[1:]) + os.environ['WHO'] + str('PATH' in os.environ)\n"
        "auth = {'ghcr.io': {'username': who, 'password': 'p'}}\n"
        f"print(json.dumps({answer!r} | {{'auth': auth}}))"
    )
    assert candidates(plugins.source()) == (Credential("--say xmeTrue", "p"),)


@pytest.mark.parametrize("kind", ["Image", "Registry", "Global"])
def test_a_response_is_cached_for_what_it_declares(plugins: Plugins, kind: str) -> None:
    plugins.answer(cacheKeyType=kind)
    source = plugins.source()
    runs = []
    for image in ("ghcr.io/a", "ghcr.io/a", "ghcr.io/b", "quay.io/a"):
        before = len(plugins.asked())
        assert candidates(source, image) == (ROBOT,)
        runs.append(len(plugins.asked()) - before)
    assert runs == OTHERS[kind]


@pytest.mark.parametrize(
    ("changes", "seconds", "runs"),
    [
        pytest.param({"cacheDuration": "1m30s"}, 89, 1, id="as long as it says"),
        pytest.param({"cacheDuration": "1m30s"}, 90, 2, id="and no longer"),
        pytest.param({}, 599, 1, id="by default as long as the configuration says"),
        pytest.param({"cacheDuration": None}, 600, 2, id="and no longer by default"),
        pytest.param({"cacheDuration": "0s"}, 0, 2, id="not at all"),
        pytest.param({"auth": {}, "cacheDuration": "1h"}, 4, 1, id="a moment without credentials"),
        pytest.param({"auth": None, "cacheDuration": "1h"}, 5, 2, id="and no longer without credentials"),
    ],
)
def test_a_response_is_cached(
    plugins: Plugins, clock: FakeClock, changes: dict[str, object], seconds: float, runs: int
) -> None:
    plugins.answer(**changes)
    source = plugins.source()
    candidates(source)
    clock.advance(timedelta(seconds=seconds))
    candidates(source)
    assert len(plugins.asked()) == runs


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        pytest.param("print('no'); sys.exit(3)", "it exited with status 3; the log", id="a status"),
        pytest.param(f"print('{SECRET}')", "its response is not a CredentialProviderResponse", id="no JSON"),
        pytest.param(f"print(json.dumps(dict(auth='{SECRET}')))", "is not a Cred", id="another document"),
        pytest.param("sys.stdout.write('x' * 2_000_000)", "more than 1048576 bytes", id="too much"),
        pytest.param("time.sleep(60)", "did not exit within 0.5 s", id="too long"),
        pytest.param("os.close(1), os.close(2), time.sleep(60)", "did not exit within 0.5 s", id="silent, too long"),
    ],
)
def test_a_failure_is_one_line_without_secrets_and_may_pass(
    plugins: Plugins, clock: FakeClock, body: str, complaint: str
) -> None:
    plugins.install(body)
    # A machine under load takes its time to start a process.
    source = plugins.source(0.5 if "did not exit" in complaint else 60)
    for _ in range(2):
        with pytest.raises(PullCredentialsUnavailable, match=r"^the credential provider 'robot' failed: ") as caught:
            candidates(source)
        message = str(caught.value)
        assert complaint in message
        assert message.splitlines() == [message]
        assert SECRET not in "".join(traceback.format_exception(caught.value))
    plugins.answer()
    clock.advance(timedelta(seconds=5))
    assert candidates(plugins.source()) == (ROBOT,)


def test_standard_error_of_a_plugin_appears_only_in_the_log(plugins: Plugins) -> None:
    plugins.install("sys.exit('no\\nrole of account 4711 ' + 'x' * 900)")
    with structlog.testing.capture_logs() as logged, pytest.raises(PullCredentialsUnavailable) as caught:
        candidates(plugins.source())
    assert "4711" not in "".join(traceback.format_exception(caught.value))
    [line] = logged
    assert (line["name"], line["event"]) == ("robot", "a credential provider failed")
    assert line["stderr"] == f"no role of account 4711 {'x' * 900}"[:200]


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        pytest.param({"tokenAttributes": {"requireServiceAccount": True}}, "tokenAttributes", id="tokens of pods"),
        pytest.param({"apiVersion": "credentialprovider.kubelet.k8s.io/v2"}, "apiVersion", id="another version"),
        pytest.param({"defaultCacheDuration": "soon"}, "defaultCacheDuration", id="no duration"),
    ],
)
def test_one_provider_that_cannot_be_used_spoils_no_other_one(
    plugins: Plugins, other: dict[str, object], complaint: str
) -> None:
    plugins.answer()
    config = json.loads(plugins.config.read_text())
    config["providers"].insert(0, {**config["providers"][0], "name": "other", **other})
    config["providers"].insert(0, "no provider at all")
    plugins.config.write_text(json.dumps(config))
    source = plugins.source()
    with structlog.testing.capture_logs() as logged:
        assert candidates(source) == (ROBOT,)
    assert [line["name"] for line in logged] == ["without a name", "other"]
    plugins.answer(auth={})
    with pytest.raises(PullCredentialsUnreadable, match=f"the credential provider 'other' cannot be used: {complaint}"):
        candidates(plugins.source())


def test_a_plugin_that_fails_takes_nothing_from_another_one(plugins: Plugins) -> None:
    plugins.answer()
    config = json.loads(plugins.config.read_text())
    config["providers"].insert(0, {**config["providers"][0], "name": "absent"})
    plugins.config.write_text(json.dumps(config))
    assert candidates(plugins.source()) == (ROBOT,)


def test_names_a_missing_plugin(plugins: Plugins) -> None:
    with pytest.raises(
        PullCredentialsUnavailable, match=r"^the credential provider .robot. failed: it cannot be run: No such file"
    ):
        candidates(plugins.source())


def test_concurrent_callers_share_one_run(plugins: Plugins) -> None:
    plugins.answer()
    source = plugins.source()
    found: list[tuple[Credential, ...]] = []
    threads = [threading.Thread(target=lambda: found.append(candidates(source))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(ROBOT,)] * 4
    assert len(plugins.asked()) == 1


def test_a_run_ends_with_the_time_of_the_check_and_is_no_failure_for_others(plugins: Plugins) -> None:
    plugins.install("time.sleep(60)")
    source = plugins.source()
    began = time.monotonic()
    with time_limit(0.5, time.monotonic), pytest.raises(TimeLimitExceeded):
        candidates(source)
    assert time.monotonic() - began < 10
    plugins.answer()
    assert candidates(source) == (ROBOT,), "no failure is kept"


def test_waiting_for_a_plugin_ends_with_the_time_limit_of_the_check(plugins: Plugins) -> None:
    plugins.install("time.sleep(5)")
    source = plugins.source(seconds=5.0)
    hanging = threading.Thread(target=lambda: suppressed(source))
    hanging.start()
    wait_until(lambda: len(plugins.asked()) == 1, "the plugin runs")
    began = time.monotonic()
    with time_limit(0.2, time.monotonic), pytest.raises(TimeLimitExceeded):
        candidates(source)
    assert time.monotonic() - began < 4
    hanging.join()


def test_a_failure_for_one_image_is_none_for_the_images_of_others(plugins: Plugins) -> None:
    document = {"apiVersion": V1, "kind": "CredentialProviderResponse", "cacheKeyType": "Global"}
    auth = {"*.io": {"username": "robot", "password": SECRET}}
    plugins.install(
        f"if request['image'] == 'ghcr.io/evil': sys.exit(1)\nprint({json.dumps(document | {'auth': auth})!r})"
    )
    source = plugins.source()
    with pytest.raises(PullCredentialsUnavailable):
        candidates(source, "ghcr.io/evil")
    assert candidates(source, "ghcr.io/a") == (ROBOT,)


def test_a_namespace_whose_runs_hang_leaves_runs_to_the_others(plugins: Plugins, tmp_path: Path) -> None:
    document = {"apiVersion": V1, "kind": "CredentialProviderResponse", "cacheKeyType": "Image"}
    auth = {"*.io": {"username": "robot", "password": SECRET}}
    end = tmp_path / "end"
    plugins.install(
        f"while 'hang' in request['image'] and not os.path.exists({str(end)!r}): time.sleep(0.05)\n"
        f"print({json.dumps(document | {'auth': auth})!r})"
    )
    source = plugins.source()
    tenant = replace(SHOP, key=SHOP.key._replace(namespace="tenant"))
    threads = [
        threading.Thread(target=source.candidates, args=(tenant, ImageReference.parse(f"hang{n}.io/a").repository))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(plugins.asked()) == 2, "two of them run")
    try:
        assert candidates(source, "ghcr.io/a") == (ROBOT,)
        assert len(plugins.asked()) == 3, "the others of the tenant wait"
    finally:
        end.touch()
        for thread in threads:
            thread.join()


def suppressed(source: PullCredentials) -> None:
    with suppress(PullCredentialsUnavailable):
        candidates(source)


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        pytest.param(lambda plugins: plugins.config.unlink(), "No such file", id="absent"),
        pytest.param(
            lambda plugins: plugins.config.write_text(f"a: {SECRET}"),
            "apiVersion: Field required",
            id="no configuration",
        ),
        pytest.param(lambda plugins: plugins.config.write_text(f"a: [{SECRET}"), "neither YAML nor JSON", id="no YAML"),
        pytest.param(lambda plugins: plugins.write_config(name="../robot"), "used: name", id="a path"),
        pytest.param(
            lambda plugins: plugins.write_config(apiVersion="x/v1"),
            "used: apiVersion",
            id="a version",
        ),
        pytest.param(lambda plugins: plugins.write_config(defaultCacheDuration="-1s"), "no duration", id="a duration"),
        pytest.param(lambda plugins: plugins.write_config(tokenAttributes={}), "tokenAttributes", id="tokens of pods"),
    ],
)
def test_an_unusable_configuration_is_reported_until_it_is_fixed(
    plugins: Plugins, write: Callable[[Plugins], object], complaint: str
) -> None:
    plugins.answer()
    source = plugins.source()
    assert candidates(source) == (ROBOT,)
    write(plugins)
    for _ in range(2):
        with pytest.raises(PullCredentialsUnreadable, match=complaint) as caught:
            candidates(source)
        assert str(caught.value).splitlines() == [str(caught.value)]
        assert SECRET not in "".join(traceback.format_exception(caught.value))
    plugins.write_config()
    assert candidates(source) == (ROBOT,)


def test_a_configuration_may_be_yaml_as_kubelets_have_it(plugins: Plugins) -> None:
    plugins.answer()
    plugins.config.write_text(yaml.safe_dump(json.loads(plugins.config.read_text())))
    assert candidates(plugins.source()) == (ROBOT,)
