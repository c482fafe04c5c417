"""The commands that answer why, and those that hold everything back, on a real cluster and a real registry."""

from __future__ import annotations

import json

from tests.cluster.cluster import deployment
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import BEHAVIOUR_LABEL, SOURCE_LABEL, push
from tests.e2e.conftest import Team
from tests.e2e.process import PATIENCE_SECONDS


def test_explain_shows_settings_tags_and_rules_and_changes_nothing(team: Team) -> None:
    for tag in ("1.0.0", "1.1.0", "1.0.1-alpine"):
        team.push(tag)
    labels = {BEHAVIOUR_LABEL: "good", SOURCE_LABEL: "https://github.com/example/shop"}
    push(team.cluster.registry, f"{team.namespace}/shop", "1.0.1", configuration={"Labels": labels})
    team.deploy("shop", team.image("1.0.0"), min_age="1h", cron="0 0 3 * * ?")
    team.kubectl("annotate", "namespace", team.namespace, "watch-cluster.io/strategy=version-lock-minor")
    before = team.annotations("shop")
    name = f"{team.namespace}/deployment/shop"

    text = team.run("explain", name, DEFAULT_TIMEZONE="Asia/Seoul")
    document = json.loads(team.run("explain", name, "--output", "json").stdout)
    nobody = team.run("explain", f"{team.namespace}/Deployment/nobody")

    assert text.returncode == 0, text.stderr
    lines = [line.split() for line in text.stdout.splitlines()]
    assert ["strategy", "version-lock-minor", "namespace"] in lines
    assert ["min-age", "1h", "workload"] in lines
    assert ["timezone", "Asia/Seoul", "controller"] in lines
    assert ["release", "notes:", "https://github.com/example/shop/releases"] in lines
    [container] = document["containers"]
    assert container["origin"]["source"] == "https://github.com/example/shop"
    assert (container["decision"], container["chosen"]) == ("held back: too young", team.image("1.0.1"))
    assert [(each["tag"], each["kept"]) for each in container["candidates"]] == [
        ("1.1.0", False),
        ("1.0.1", False),
        ("1.0.1-alpine", False),
    ]
    assert (nobody.returncode, len(nobody.stderr.splitlines())) == (1, 1)
    assert (team.annotations("shop"), team.runs("shop")) == (before, team.image("1.0.0"))


def test_a_freeze_stops_what_would_start_and_ends_when_it_is_taken_away(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    person = {"KUBECONFIG": str(team.cluster.admin_kubeconfig)}
    assert team.run("freeze", "--reason", "release week", **person).stdout == "rollouts frozen in all namespaces\n"
    team.deploy("shop", team.image("1.0.0"))
    team.start().leads()

    assert "is frozen: release week" in team.wait_for_event("shop", "UpdateHeld")
    assert team.runs("shop") == team.image("1.0.0")

    refused = team.run("unfreeze", team.namespace)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), "Watch-Cluster itself has no such right"
    assert team.run("unfreeze", team.namespace, **person).returncode == 0
    team.ends("shop", "done")


def test_all_containers_that_change_change_at_once(team: Team) -> None:
    for repository in ("shop", "proxy", "tool"):
        for tag in ("1.0.0", "1.0.1", "2.0.0"):
            team.push(tag, repository=repository)
    document = deployment("shop", team.image("1.0.0"))
    pod = document["spec"]["template"]["spec"]
    pod["containers"].append({"name": "proxy", "image": team.image("1.0.0", "proxy")})
    pod["initContainers"] = [{"name": "migrate", "image": team.image("1.0.0", "tool")}]
    said = {
        "enabled": "true",
        "cron": "* * * * * ?",
        "containers": "app,proxy,migrate",
        "strategy": "version-lock-major",
    }
    annotations = {f"watch-cluster.io/{key}": value for key, value in said.items()}
    annotations["proxy.watch-cluster.io/strategy"] = "version"
    document["metadata"] = {"name": "shop", "namespace": team.namespace, "annotations": annotations}
    team.cluster.kubectl.apply(document)
    team.start().leads()

    team.ends("shop", "done")

    path = f"/apis/apps/v1/namespaces/{team.namespace}/deployments/shop"
    spec = team.cluster.read(path)["spec"]["template"]["spec"]
    images = {each["name"]: each["image"] for each in [*spec["containers"], *spec["initContainers"]]}
    assert images == {
        "app": team.image("1.0.1"),
        "proxy": team.image("2.0.0", "proxy"),
        "migrate": team.image("1.0.1", "tool"),
    }
    wait_until(lambda: len(team.events("shop", "ImageUpdated")) == 1, "one end is told", PATIENCE_SECONDS)
    assert len(team.events("shop", "ImageUpdateStarted")) == 1


def test_a_registry_can_be_tried_without_a_cluster(team: Team) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag)
    told = team.run("tags", team.image("1.0.0"), "--output", "json", KUBECONFIG="/nowhere")
    lost = team.run("tags", team.image("1.0.0", "nowhere"), KUBECONFIG="/nowhere")
    assert json.loads(told.stdout)["chosen"] == "1.0.1", told.stderr
    assert (lost.returncode, len(lost.stderr.splitlines())) == (1, 1)
