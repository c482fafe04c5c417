"""What a workload's owner wrote, as settings; and everything that is wrong with it, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.policy.errors import InvalidConfiguration, SettingError
from watch_cluster.domain.policy.policy import Target, is_opted_in
from watch_cluster.domain.policy.rollout_settings import RolloutSettings
from watch_cluster.domain.policy.setting_specs import CONTROLLER_KEYS, SPECS, WORKLOAD_KEYS
from watch_cluster.domain.schedule import Schedule
from watch_cluster.domain.schedule.window import parse_windows
from watch_cluster.domain.versions.strategy import VersionStrategy
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        pytest.param({}, False, id="nothing written"),
        pytest.param({"cron": "@daily"}, False, id="settings without enabled"),
        pytest.param({"enabled": "false"}, False, id="opted out"),
        pytest.param({"enabled": "true"}, True, id="opted in"),
        pytest.param({"enabled": "True"}, True, id="tried to opt in, in capitals"),
        pytest.param({"enabled": ""}, True, id="tried to opt in, empty"),
    ],
)
def test_workloads_that_opt_in_or_try_to_are_watched(settings: dict[str, str], *, wanted: bool) -> None:
    assert is_opted_in(a_workload("shop:1.0.0", **settings)) is wanted


def test_opting_in_alone_gives_the_defaults() -> None:
    policy = read_policy(a_workload("shop:1.0.0", enabled="true"))

    assert policy.schedule == Schedule.parse("0 */5 * * * ?")
    assert policy.zone == ZoneInfo("UTC")
    assert policy.rollout_settings == RolloutSettings(timedelta(minutes=10), timedelta(seconds=30), rollback=True)
    assert policy.targets == (Target("app", ImageReference.parse("shop:1.0.0"), VersionStrategy()),)


def test_every_setting_is_read() -> None:
    written = {
        "enabled": "true",
        "cron": "0 0 9 * * ?",
        "timezone": "Asia/Seoul",
        "strategy": "version",
        "rollout_timeout": "1h30m",
        "soak": "2m",
        "rollback": "false",
        "quarantine": "shop:1.2.3",
    }
    policy = read_policy(a_workload("shop:1.0.0", **written))

    assert policy.schedule == Schedule.parse("0 0 9 * * ?")
    assert policy.zone == ZoneInfo("Asia/Seoul")
    assert str(policy.quarantine) == "shop:1.2.3"
    assert policy.rollout_settings == RolloutSettings(timedelta(minutes=90), timedelta(minutes=2), rollback=False)


def test_what_holds_updates_back_is_read() -> None:
    written = {
        "min_age": "36h",
        "window": "0 0 2 ? * SUN 4h",
        "mode": "notify",
        "approval": "required",
        "approved": f"1.0.1, {DIGEST}",
    }
    policy = read_policy(a_workload("shop:1.0.0", enabled="true", **written))

    assert policy.min_age == timedelta(hours=36)
    assert policy.windows == parse_windows("0 0 2 ? * SUN 4h")
    assert (policy.notify_only, policy.approval_required) == (True, True)
    assert policy.approved == {"1.0.1", DIGEST}


def test_updates_are_held_only_by_settings_of_the_owner() -> None:
    policy = read_policy(a_workload("shop:1.0.0", enabled="true", mode="update"))
    assert (policy.min_age, policy.windows, policy.approved) == (timedelta(), (), frozenset())
    assert (policy.notify_only, policy.approval_required) == (False, False)


def test_annotations_of_watch_cluster_itself_are_no_error() -> None:
    read_policy(a_workload("shop:1.0.0", enabled="true", last_update="1", change="a -> b", rollout="{}"))


def test_the_first_container_is_the_one_that_is_kept_up_to_date() -> None:
    policy = read_policy(a_workload("shop:1.0.0", "mesh:latest@", enabled="true"))
    assert [target.container for target in policy.targets] == ["app"]


@pytest.mark.parametrize(
    ("settings", "key", "value", "words"),
    [
        pytest.param({"enabled": "yes"}, "enabled", "yes", '"true" and "false"', id="enabled"),
        pytest.param({"strategy": "newest"}, "strategy", "newest", '"version"', id="strategy"),
        pytest.param({"cron": "every night"}, "cron", "every night", "", id="cron"),
        pytest.param({"cron": ""}, "cron", "", "", id="an empty cron"),
        pytest.param({"cron": "0 0 0 30 2 ?"}, "cron", "0 0 0 30 2 ?", "", id="a cron that never comes"),
        pytest.param({"timezone": "Seoul"}, "timezone", "Seoul", "Asia/Seoul", id="timezone"),
        pytest.param({"timezone": "../etc/passwd"}, "timezone", "../etc/passwd", "IANA", id="a path for a timezone"),
        pytest.param({"timezone": ""}, "timezone", "", "IANA", id="an empty timezone"),
        pytest.param({"rollout_timeout": "ten minutes"}, "rollout-timeout", "ten minutes", "10m", id="timeout"),
        pytest.param({"rollout_timeout": "0s"}, "rollout-timeout", "0s", "longer than zero", id="no timeout at all"),
        pytest.param(
            {"interval": "5m"},
            "interval",
            "5m",
            "known settings are after, allow-tags, ",
            id="an unknown key",
        ),
    ],
)
def test_an_error_names_the_key_the_value_and_what_is_allowed(
    settings: dict[str, str], key: str, value: str, words: str
) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(a_workload("shop:1.0.0", **{"enabled": "true", **settings}))

    [fault] = caught.value.errors
    assert (fault.where, fault.value) == (f"watch-cluster.io/{key}", value)
    assert words in fault.allowed
    assert len(str(caught.value).splitlines()) == 1


def test_reports_an_invalid_image_with_its_container() -> None:
    with pytest.raises(InvalidConfiguration, match=r"image of container app: .* has the path 'Shop'"):
        read_policy(a_workload("Shop:1.0.0", enabled="true"))


def test_a_workload_without_containers_has_nothing_to_keep_up_to_date() -> None:
    with pytest.raises(InvalidConfiguration, match="no image to keep up to date"):
        read_policy(a_workload(enabled="true"))


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(a_workload(":", enabled="on", cron="x", timezone="x", strategy="x", rollout_timeout="x", typo="x"))

    assert [fault.where.removeprefix("watch-cluster.io/") for fault in caught.value.errors] == [
        "enabled",
        "cron",
        "timezone",
        "rollout-timeout",
        "strategy",
        "image of container app",
        "typo",
    ]


@pytest.mark.parametrize(
    ("image", "settings", "pinned"),
    [
        pytest.param("shop:1.0.0", {}, False, id="a version is not pinned"),
        pytest.param("shop:1.0.0", {"pin": "true"}, True, id="unless its owner wants it"),
        pytest.param(f"shop:1.0.0@{DIGEST}", {"pin": "false"}, True, id="what is pinned stays pinned"),
        pytest.param("shop", {"strategy": "latest"}, True, id="a mutable tag is pinned"),
    ],
)
def test_an_image_is_pinned_by_its_strategy_its_owner_or_as_it_is(
    image: str, settings: dict[str, str], *, pinned: bool
) -> None:
    [target] = read_policy(a_workload(image, enabled="true", **settings)).targets
    assert target.pinned is pinned


@pytest.mark.parametrize("pulled", [True, False], ids=["Always", "IfNotPresent"])
def test_a_mutable_tag_stays_unpinned_only_where_it_is_always_pulled(*, pulled: bool) -> None:
    workload = a_workload("shop", enabled="true", strategy="latest", pin="false")
    workload = replace(workload, containers=(replace(workload.containers[0], always_pulled=pulled),))
    if pulled:
        assert not read_policy(workload).targets[0].pinned
        return
    with pytest.raises(InvalidConfiguration, match=r"^watch-cluster\.io/pin: .* imagePullPolicy: Always"):
        read_policy(workload)


def test_an_error_reads_as_a_sentence() -> None:
    assert str(SettingError("where", "what", "write this")) == "where: 'what' is not valid, write this"


def test_an_error_quotes_its_value_once() -> None:
    assert str(SettingError("where", "what", "'what' is nothing")) == "where: 'what' is nothing"


PARTS = [
    "^1.4",
    "||",
    "1.x",
    "0 0 2 ? * SUN",
    "4h",
    ";",
    "*",
    ",",
    "app",
    "app1",
    "latest",
    "UTC",
    "(",
    ".*",
    "0",
    "true",
]


@given(
    st.dictionaries(
        st.sampled_from(sorted(WORKLOAD_KEYS)),
        st.text(max_size=30) | st.lists(st.sampled_from(PARTS), max_size=4).map(" ".join),
    ),
    st.dictionaries(st.sampled_from(sorted(CONTROLLER_KEYS)) | st.text(max_size=30), st.text(max_size=30)),
    st.dictionaries(st.sampled_from(["app", "app1", "other"]), st.text(max_size=30)),
)
def test_any_values_make_a_policy_or_the_declared_error(
    own: dict[str, str], of_namespace: dict[str, str], of_containers: dict[str, str]
) -> None:
    prefixed = {annotation.of_container(annotation.CONSTRAINT, name): value for name, value in of_containers.items()}
    workload = replace(a_workload("shop:1.0.0", "proxy:1.0.0"), annotations={**own, **prefixed}, inherited=of_namespace)
    try:
        read_policy(workload)
    except InvalidConfiguration as error:
        written = {*own.values(), *prefixed.values(), *of_namespace.values(), "false"}
        assert {fault.value for fault in error.errors} <= written  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        pytest.param({"constraint": "newer"}, "constraint", "write a range", id="constraint"),
        pytest.param({"allow_tags": "("}, "allow-tags", "regular expression", id="allow-tags"),
        pytest.param({"ignore_tags": "(?=x)"}, "ignore-tags", "regular expression", id="ignore-tags"),
        pytest.param({"prerelease": "yes"}, "prerelease", '"true" and "false"', id="prerelease"),
        pytest.param({"min_age": "long"}, "min-age", "write 30s", id="min-age"),
        pytest.param({"containers": "app,,"}, "containers", "comma separated", id="containers"),
        pytest.param({"containers": "*,app"}, "containers", "comma separated", id="all containers and one"),
        pytest.param({"containers": "sidecar"}, "containers", "containers are app, app1", id="an unknown container"),
        pytest.param({"window": "at night"}, "window", "not a duration", id="window"),
        pytest.param({"mode": "watch"}, "mode", '"update" and "notify"', id="mode"),
        pytest.param({"approval": "true"}, "approval", '"required"', id="approval"),
        pytest.param({"approved": "1.0 or so"}, "approved", "is not a tag or a digest", id="approved"),
    ],
)
def test_reports_errors_in_newer_settings_alike(settings: dict[str, str], key: str, words: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(a_workload("shop:1.0.0", "proxy:2.0.0", enabled="true", **settings))
    [fault] = caught.value.errors
    assert (fault.where, fault.value) == (f"watch-cluster.io/{key}", next(iter(settings.values())))
    assert words in fault.allowed


@pytest.mark.parametrize(
    ("containers", "targets"),
    [
        pytest.param("app1", ["app1"], id="another than the first"),
        pytest.param("app1, app", ["app1", "app"], id="several"),
        pytest.param("app,app", ["app"], id="one named twice"),
        pytest.param("*", ["app", "app1"], id="all but init containers"),
        pytest.param("migrate", ["migrate"], id="an init container"),
    ],
)
def test_the_owner_selects_the_containers(containers: str, targets: list[str]) -> None:
    workload = a_workload("shop:1.0.0", "proxy:2.0.0", enabled="true", containers=containers)
    workload = replace(workload, containers=(*workload.containers, Container("migrate", "tool:1.0.0", init=True)))
    assert [each.container for each in read_policy(workload).targets] == targets


@pytest.mark.parametrize("key", sorted(CONTROLLER_KEYS))
def test_every_default_of_the_controller_can_be_checked(key: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        SPECS[key].parse("(,,", read_policy.compiler)
