"""The real process on a real engine: updates, rollbacks, commands, and the faults that users of other tools know."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.processes import free_port, wait_until
from tests.cluster.registry.images import LAST_WORD
from tests.docker.engine import DockerEngine
from tests.e2e.process import WatchCluster, command, process_environment
from tests.servers.webhook_receiver import WebhookReceiver

SECONDS: Final = 120.0
EVERY_SECOND: Final = "* * * * * ?"


class Owner:
    """Somebody with containers, and Watch-Cluster beside them."""

    def __init__(self, engine: DockerEngine, folder: Path) -> None:
        self.engine = engine
        self._folder = folder
        self._processes: list[WatchCluster] = []
        self.state = folder / "state"
        self.state.mkdir()
        self.environment = {
            "ORCHESTRATOR": "docker",
            "DOCKER_HOST": f"unix://{engine.socket}",
            "STATE_FOLDER": str(self.state),
            "HOME": str(folder),
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            "DEFAULT_CRON": EVERY_SECOND,
            "DEFAULT_SOAK": "1s",
        }

    def image(self, tag: str) -> str:
        return f"{self.engine.registry}/{self._folder.name.lower()}:{tag}"

    def publish(self, tag: str, behavior: str = "good", **rest: Any) -> str:
        return self.engine.publish(self._folder.name.lower(), tag, behavior, **rest)

    def run(self, name: str, *options: str, tag: str = "1.0.0") -> None:
        label = "--label=watch-cluster.io/enabled=true"
        self.engine.cli("run", "--detach", f"--name={name}", label, *options, self.image(tag))

    def start(self, **environment: str) -> WatchCluster:
        process = WatchCluster(self._folder / "log", self.environment | environment)
        self._processes.append(process)
        return process

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = process_environment(self.environment)
        return subprocess.run(
            command(*arguments), env=environment, check=False, capture_output=True, text=True, timeout=SECONDS
        )

    def runs(self, name: str, tag: str) -> bool:
        try:
            found = self.engine.inspect(name)
        except AssertionError:
            return False
        return bool(found["Config"]["Image"] == self.image(tag) and found["State"]["Running"])

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def eventually(self, condition: Callable[[], bool], what: str) -> None:
        try:
            wait_until(condition, what, SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-4000:]}") from None

    def end(self) -> None:
        for process in self._processes:
            process.kill()
        self.engine.clean()


@pytest.fixture
def owner(engine: DockerEngine, tmp_path: Path) -> Iterator[Owner]:
    made = Owner(engine, tmp_path)
    made.publish("1.0.0")
    yield made
    made.end()


def test_an_update_is_rolled_out_verified_and_reported(owner: Owner) -> None:
    owner.run("web")
    owner.publish("1.0.1")
    port = str(free_port())
    with WebhookReceiver() as receiver:
        process = owner.start(WEBHOOK_URL=receiver.url, WEBHOOK_ENABLE_IMAGE_ROLLOUT_COMPLETED="true", HEALTH_PORT=port)
        owner.eventually(lambda: owner.runs("web", "1.0.1"), "the update")
        body = json.loads(receiver.receive().body)
        assert body["eventType"] == "IMAGE_ROLLOUT_COMPLETED"
        assert body["deployment"]["name"] == "web"
        owner.eventually(lambda: owner.engine.names() == {"web"}, "the old container is removed")
        assert process.probe("readyz")[0] == 200
        assert "watch_cluster_" in process.probe("metrics")[1]
        assert process.stop() == 0


def test_a_crashing_image_is_rolled_back_to_the_very_container_and_never_tried_again(owner: Owner) -> None:
    owner.run("web", "--restart=unless-stopped")
    before = owner.engine.inspect("web")["Id"]
    owner.publish("1.0.1", "crash")
    process = owner.start()
    owner.eventually(lambda: '"reason": "ImageRolledBack"' in owner.log(), "the rollback is reported")
    assert LAST_WORD in owner.log()
    assert owner.engine.inspect("web")["Id"] == before
    assert owner.runs("web", "1.0.0")
    owner.eventually(lambda: owner.engine.names() == {"web"}, "the failed container is removed")
    started = owner.log().count('"reason": "ImageUpdateStarted"')
    process.kill()
    owner.start()
    owner.publish("1.0.2")
    owner.eventually(lambda: owner.runs("web", "1.0.2"), "a later image is taken")
    assert started == 1


def test_a_container_that_ends_without_a_restart_policy_is_rolled_back(owner: Owner) -> None:
    owner.run("web")
    owner.publish("1.0.1", "crash")
    owner.start()
    owner.eventually(lambda: '"reason": "ImageRolledBack"' in owner.log(), "the rollback is reported")
    assert owner.runs("web", "1.0.0")


def test_a_health_check_that_fails_is_rolled_back(owner: Owner) -> None:
    owner.run("web", "--label=watch-cluster.io/rollout-timeout=3s")
    owner.publish("1.0.1", "never-ready", healthcheck=True)
    owner.start()
    owner.eventually(lambda: '"reason": "ImageRolledBack"' in owner.log(), "the rollback is reported")
    assert owner.runs("web", "1.0.0")


def test_services_of_compose_are_updated_one_after_another_with_their_dependents(owner: Owner) -> None:
    project = "--label=com.docker.compose.project=shop"
    for number in (1, 2):
        owner.run(f"shop-db-{number}", project, "--label=com.docker.compose.service=db")
    depends = (
        "--label=com.docker.compose.depends_on=db:service_started:true",
        "--label=com.docker.compose.service=web",
    )
    owner.engine.cli("run", "--detach", "--name=shop-web-1", project, *depends, owner.image("1.0.0"))
    web = owner.engine.inspect("shop-web-1")
    owner.publish("1.0.1")
    owner.start()
    owner.eventually(lambda: all(owner.runs(f"shop-db-{number}", "1.0.1") for number in (1, 2)), "both are updated")
    owner.eventually(lambda: len(owner.engine.names()) == 3, "the old ones are removed")
    after = owner.engine.inspect("shop-web-1")
    assert after["Id"] == web["Id"]
    assert after["State"]["StartedAt"] > web["State"]["StartedAt"]


def test_a_container_in_the_network_of_an_updated_one_follows_it(owner: Owner) -> None:
    owner.run("vpn")
    owner.engine.cli("run", "--detach", "--name=client", "--network=container:vpn", owner.image("1.0.0"))
    owner.publish("1.0.1")
    owner.start()
    owner.eventually(lambda: owner.runs("vpn", "1.0.1"), "the update")

    def shares() -> bool:
        mode = owner.engine.inspect("client")["HostConfig"]["NetworkMode"]
        return mode in {"container:vpn", f"container:{owner.engine.inspect('vpn')['Id']}"}

    owner.eventually(lambda: owner.engine.names() == {"vpn", "client"}, "what was replaced is removed")
    owner.eventually(lambda: shares() and owner.runs("client", "1.0.0"), "the client shares the new network")


def test_a_hold_says_why(owner: Owner) -> None:
    owner.run("web", "--rm")
    owner.run("paused")
    owner.engine.cli("pause", "paused")
    owner.publish("1.0.1")
    table = owner.ask("check", "--output", "json")
    assert table.returncode == 0, table.stderr
    assert "docker run --rm" in table.stdout
    assert "docker unpause paused" in table.stdout
    owner.engine.cli("unpause", "paused")


def test_a_stopped_container_is_updated_and_stays_stopped(owner: Owner) -> None:
    owner.run("web")
    owner.engine.cli("stop", "web")
    owner.publish("1.0.1")
    owner.start()

    def updated() -> bool:
        found = owner.engine.inspect("web")
        return bool(found["Config"]["Image"] == owner.image("1.0.1"))

    owner.eventually(updated, "the update")
    owner.eventually(lambda: owner.engine.names() == {"web"}, "the old container is removed")
    assert owner.engine.inspect("web")["State"]["Status"] == "created"


def test_the_commands_work(owner: Owner) -> None:
    owner.run("web")
    owner.publish("1.0.1")
    machine = json.loads(owner.engine.cli("info", "--format", "{{json .Name}}")).lower()
    table = owner.ask("check")
    assert "1.0.1" in table.stdout, table.stderr
    explained = owner.ask("explain", f"{machine}/Container/web")
    assert "1.0.1" in explained.stdout, explained.stderr
    frozen = owner.ask("freeze", "--reason", "release week")
    assert frozen.returncode == 0, frozen.stderr
    assert "release week" in owner.ask("check", "--output", "json").stdout
    assert owner.ask("unfreeze").returncode == 0
    assert owner.engine.inspect("web")["Config"]["Image"] == owner.image("1.0.0")


def test_reports_an_unreachable_engine_in_one_line(owner: Owner) -> None:
    owner.environment["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    answer = owner.ask("check")
    assert answer.returncode == 1
    [line] = answer.stderr.splitlines()
    assert line.startswith("watch-cluster: docker: the engine at unix:///nowhere/docker.sock cannot be reached")


def test_a_mutable_tag_is_followed_by_digest(owner: Owner) -> None:
    owner.publish("latest")
    owner.run("web", "--label=watch-cluster.io/strategy=latest", tag="latest")
    before = owner.engine.inspect("web")["Id"]
    digest = owner.publish("latest", edition=2)
    owner.start(CLEANUP_IMAGES="true")
    owner.eventually(lambda: owner.engine.inspect("web")["Config"]["Image"].endswith(f"@{digest}"), "the update")
    assert owner.engine.inspect("web")["Id"] != before


def test_a_process_that_is_killed_again_and_again_finishes_the_update(owner: Owner) -> None:
    owner.run("web", "--label=watch-cluster.io/soak=3s")
    owner.publish("1.0.1")
    for _ in range(3):
        owner.start().leads().kill()
    owner.start()
    owner.eventually(lambda: owner.runs("web", "1.0.1"), "the update")
    owner.eventually(lambda: owner.engine.names() == {"web"}, "the old container is removed")
    assert "Traceback" not in owner.log()
