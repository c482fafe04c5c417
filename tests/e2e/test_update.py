"""From a push to the registry to what people see with `kubectl`: the real process on the real cluster."""

from __future__ import annotations

import json
import time

from tests.cluster.processes import free_port, wait_until
from tests.cluster.registry.images import push_index
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS


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
    team.wait_for_event("shop", "ImageUpdated")
    listed = team.kubectl("get", "events", "--field-selector=reason=ImageUpdated", "--no-headers").splitlines()
    assert len(listed) == 1
    assert listed[0].endswith(f"deployment/shop   Updated {written['change']}")

    lease = team.cluster.kubectl.json("-n", "watch-cluster", "get", "lease", "watch-cluster")
    assert lease["spec"]["holderIdentity"]
    assert process.stop() == 0
    lease = team.cluster.kubectl.json("-n", "watch-cluster", "get", "lease", "watch-cluster")
    assert not lease["spec"].get("holderIdentity")
    assert lease["metadata"]["annotations"]["watch-cluster.io/last-tick"]


def test_a_stop_in_mid_rollout_is_quick_and_the_next_process_continues(team: Team) -> None:
    for tag, behavior in (("1.0.0", "good"), ("1.0.1", "slow")):
        team.push(tag, behavior)
    team.deploy("shop", team.image("1.0.0"))
    process = team.start().leads()
    team.comes_to_run("shop", team.image("1.0.1"))

    began = time.monotonic()
    assert process.stop() == 0
    assert time.monotonic() - began < 10
    assert team.rollout("shop")["state"] == "running"

    team.start()
    team.ends("shop", "done")
    team.wait_for_event("shop", "ImageUpdated")


def test_check_reports_what_would_happen_and_changes_nothing(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    team.deploy("lost", team.image("1.0.0", "nowhere"))
    before = team.kubectl("get", "deployment", "-o", "yaml")

    table = team.run("check")
    document = team.run("check", "--output", "json")

    assert (table.returncode, document.returncode) == (0, 0), table.stderr + document.stderr
    assert table.stdout.splitlines()[:2] == ["1 update, 1 held, 0 up to date", "Updates"]
    repository = team.image("1.0.0").removesuffix(":1.0.0")
    assert f"{team.namespace}/Deployment/shop (app)  {repository} 1.0.0 → 1.0.1" in table.stdout
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
    assert set(team.annotations("theirs")) == {"enabled", "cron", "soak"}


def test_a_moved_tag_becomes_a_pinned_rollout(team: Team) -> None:
    before = team.push("edge")
    team.deploy("shop", team.image("edge"), strategy="latest")
    wait_until(lambda: team.running_digests("shop") == {before}, "the old image runs", PATIENCE_SECONDS)
    team.start().leads()

    after = team.push("edge", edition=2)

    team.comes_to_run("shop", f"{team.image('edge')}@{after}")
    team.ends("shop", "done")
    wait_until(lambda: team.running_digests("shop") == {after}, "the new image runs", PATIENCE_SECONDS)
    assert team.annotations("shop")["change"] == f"{team.image('edge')}@{before} -> {team.image('edge')}@{after}"


def test_an_index_is_the_same_as_the_platform_that_runs(team: Team) -> None:
    part = team.push("amd64")
    name = f"{team.namespace}/shop"
    push_index(team.cluster.registry, name, "edge", part)
    team.deploy("shop", f"{team.image('edge')}@{part}", strategy="latest")
    team.push("1.0.0", repository="mark")
    team.push("1.0.1", repository="mark")
    team.start().leads()
    team.deploy("mark", team.image("1.0.0", "mark"))
    team.ends("mark", "done")

    assert team.runs("shop") == f"{team.image('edge')}@{part}"
    assert "rollout" not in team.annotations("shop")


def test_a_requested_check_is_answered(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"), cron="0 0 0 1 1 ?")
    team.start().leads()

    team.kubectl("annotate", "deployment", "shop", "watch-cluster.io/check-now=now")

    team.comes_to_run("shop", team.image("1.0.1"))
    assert f"update to {team.image('1.0.1')}" in team.wait_for_event("shop", "ManualCheckDone")
    wait_until(lambda: "check-now" not in team.annotations("shop"), "the question is taken away", PATIENCE_SECONDS)


def test_namespaces_may_be_written_untidily_and_need_not_exist(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"))
    team.start(WATCH_NAMESPACES=f" {team.namespace} ,,{team.namespace},no-such-namespace")
    team.ends("shop", "done")


def test_probes_are_answered(team: Team) -> None:
    process = team.start(HEALTH_PORT=str(free_port())).leads()
    for path in ("healthz", "readyz"):
        assert process.probe(path) == (200, "ok")
