"""Where a setting comes from, and what means nothing where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.policy.resolver import Setting
from watch_cluster.domain.policy.setting_specs import Source
from watch_cluster.domain.versions.strategy import LatestStrategy, VersionStrategy
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

LATEST = "latest"
KEY = annotation.STRATEGY


def a_shop(
    *, container: str | None = None, own: str | None = None, namespace: str | None = None, **written: str
) -> Workload:
    """The shop, watched, with a strategy at each place where one is given."""
    workload = a_workload("shop:1.0.0", "proxy:2.0.0", enabled="true", **written)
    places = {annotation.of_container(KEY, "app"): container, KEY: own}
    said = {**workload.annotations, **{key: value for key, value in places.items() if value is not None}}
    return replace(workload, annotations=said, inherited={} if namespace is None else {KEY: namespace})


def read(workload: Workload, **of_controller: str) -> dict[str, Setting]:
    """What counts for the first container, by the short key."""
    defaults = {f"{annotation.DOMAIN}/{key}": value for key, value in of_controller.items()}
    policy = PolicyReader(compile_tag_pattern, defaults)(workload)
    return {annotation.short(each.key): each for each in policy.settings}


@pytest.mark.parametrize(
    ("workload", "of_controller", "value", "source"),
    [
        pytest.param(a_shop(), {}, "version", Source.DEFAULT, id="nothing is set"),
        pytest.param(a_shop(), {"strategy": LATEST}, LATEST, Source.CONTROLLER, id="the controller"),
        pytest.param(
            a_shop(namespace="version-lock-major"),
            {"strategy": LATEST},
            "version-lock-major",
            Source.NAMESPACE,
            id="the namespace before the controller",
        ),
        pytest.param(
            a_shop(own="version-lock-minor", namespace="nonsense"),
            {},
            "version-lock-minor",
            Source.WORKLOAD,
            id="the workload before the namespace",
        ),
        pytest.param(
            a_shop(container=LATEST, own="nonsense"), {}, LATEST, Source.CONTAINER, id="the container before all"
        ),
    ],
)
def test_the_most_specific_setting_counts(
    workload: Workload, of_controller: dict[str, str], value: str, source: Source
) -> None:
    setting = read(workload, **of_controller)["strategy"]
    assert (setting.value, setting.source) == (value, source)


def test_each_container_has_a_value_of_its_own() -> None:
    workload = a_shop(container=LATEST, own="version-lock-major", containers="*")
    app, proxy = PolicyReader(compile_tag_pattern)(workload).targets
    assert app.strategy == LatestStrategy()
    assert proxy.strategy == VersionStrategy(locked=1)


def test_a_value_for_a_container_does_not_opt_it_in() -> None:
    workload = a_workload("shop:1.0.0", "proxy:2.0.0", enabled="true")
    said = {**workload.annotations, annotation.of_container(KEY, "app1"): LATEST}
    [target] = PolicyReader(compile_tag_pattern)(replace(workload, annotations=said)).targets
    assert target.container == "app"


@pytest.mark.parametrize(
    ("workload", "where", "words"),
    [
        pytest.param(a_shop(own="x"), "watch-cluster.io/strategy", '"version"', id="of the workload"),
        pytest.param(a_shop(container="x"), "app.watch-cluster.io/strategy", '"version"', id="of a container"),
        pytest.param(
            a_shop(namespace="x"), "watch-cluster.io/strategy of the namespace", '"version"', id="of the namespace"
        ),
        pytest.param(
            replace(a_shop(), annotations={**a_shop().annotations, "side.watch-cluster.io/strategy": LATEST}),
            "side.watch-cluster.io/strategy",
            "there is no container 'side': the containers are app, app1",
            id="of a container that is not there",
        ),
        pytest.param(
            replace(a_shop(), annotations={**a_shop().annotations, "app.watch-cluster.io/cron": "* * * * *"}),
            "app.watch-cluster.io/cron",
            "only allow-tags, behind, constraint, git-field, ignore-tags, pin, prerelease, strategy, tag-pattern",
            id="what no container has of its own",
        ),
        pytest.param(
            replace(a_shop(), annotations={**a_shop().annotations, annotation.FREEZE: "x"}),
            "watch-cluster.io/freeze",
            "it is set on a namespace",
            id="a freeze on a workload",
        ),
        pytest.param(
            replace(a_shop(), inherited={annotation.ENABLED: "true"}),
            "watch-cluster.io/enabled of the namespace",
            "a namespace cannot set it",
            id="opting in a whole namespace",
        ),
        pytest.param(
            replace(a_shop(), inherited={f"{annotation.DOMAIN}/windwo": "x"}),
            "watch-cluster.io/windwo of the namespace",
            "a namespace cannot set it",
            id="a misspelt key on the namespace",
        ),
    ],
)
def test_an_error_names_its_place(workload: Workload, where: str, words: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(workload)
    [fault] = caught.value.errors
    assert fault.where == where
    assert words in fault.allowed


def test_a_freeze_on_the_namespace_is_no_error() -> None:
    read(replace(a_shop(), inherited={annotation.FREEZE: "release week"}))


def test_reports_an_error_of_the_workload_once_for_all_containers() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(a_shop(own="x", containers="*"))
    assert [fault.where for fault in caught.value.errors] == ["watch-cluster.io/strategy"]
