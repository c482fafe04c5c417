"""From a push to the registry to what people see with `kubectl`: the real process on the real cluster."""

from __future__ import annotations

import json
import time

from tests.e2e.conftest import Team


def test_a_push_becomes_a_running_deployment(team: Team) -> None:
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    process = team.start(POD_NAMESPACE="watch-cluster").leads()

    team.push("1.0.1")
    began = time.time()

    team.comes_to_run("shop", team.image("1.0.1"))
    team.ends("shop", "done")
    team.kubectl("rollout", "status", "deployment/shop", "--timeout=10s")
    written = json.loads(
        team.kubectl("get", "deployment", "shop", "-o", "jsonpath={.metadata.annotations}").replace(
            "watch-cluster.io/", ""
        )
    )
    assert written["last-update-image"] == team.image("1.0.1")
    assert written["change"] == f"{team.image('1.0.0')} -> {team.image('1.0.1')}"
    assert began - 1 <= int(written["last-update"]) / 1000 <= time.time()
    listed = team.kubectl("get", "events", "--field-selector=reason=ImageUpdated", "--no-headers").splitlines()
    assert len(listed) == 1
    assert listed[0].endswith(f"deployment/shop   Updated {written['change']}")

    lease = team.cluster.kubectl.json("-n", "watch-cluster", "get", "lease", "watch-cluster")
    assert lease["spec"]["holderIdentity"]
    assert process.stop() == 0
    lease = team.cluster.kubectl.json("-n", "watch-cluster", "get", "lease", "watch-cluster")
    assert not lease["spec"].get("holderIdentity")
    assert lease["metadata"]["annotations"]["watch-cluster.io/last-tick"]


def test_a_stop_in_mid_rollout_is_quick_and_the_next_process_goes_on(team: Team) -> None:
    for tag, behaviour in (("1.0.0", "good"), ("1.0.1", "slow")):
        team.push(tag, behaviour)
    team.deploy("shop", team.image("1.0.0"))
    process = team.start().leads()
    team.comes_to_run("shop", team.image("1.0.1"))

    began = time.monotonic()
    assert process.stop() == 0
    assert time.monotonic() - began < 10
    assert team.rollout("shop")["state"] == "running"

    team.start()
    team.ends("shop", "done")
    assert len(team.events("shop", "ImageUpdated")) == 1


def test_check_tells_what_would_happen_and_changes_nothing(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    team.deploy("lost", team.image("1.0.0", "nowhere"))
    before = team.kubectl("get", "deployment", "-o", "yaml")

    table = team.run("check")
    document = team.run("check", "--output", "json")

    assert (table.returncode, document.returncode) == (0, 0), table.stderr + document.stderr
    [row] = [line.split() for line in table.stdout.splitlines() if "Deployment/shop " in line]
    assert row[:5] == [f"{team.namespace}/Deployment/shop", "app", team.image("1.0.0"), team.image("1.0.1"), "update"]
    assert '"decision": "held back: repository not found"' in document.stdout
    assert f'"decision": "update to {team.image("1.0.1")}"' in document.stdout
    assert team.kubectl("get", "deployment", "-o", "yaml") == before


def test_an_opted_out_deployment_is_none_of_our_business(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("theirs", team.image("1.0.0"), enabled="false")
    team.deploy("shop", team.image("1.0.0"))
    team.start()

    team.ends("shop", "done")

    assert team.runs("theirs") == team.image("1.0.0")
    assert set(team.annotations("theirs")) == {"enabled", "cron"}
