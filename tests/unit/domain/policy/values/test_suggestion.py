"""A misspelled name or value is answered with the one that was most likely meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.values.suggestion import nearest


def error_of(own: dict[str, str], inherited: dict[str, str] | None = None) -> str:
    """The only fault of a watched workload."""
    workload = a_workload("shop:1.0.0", enabled="true")
    workload = replace(workload, annotations={**workload.annotations, **own}, inherited=inherited or {})
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(workload)
    [fault] = caught.value.errors
    return str(fault)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        pytest.param("watch-cluster.io/stratgey", "strategy", id="two letters change places"),
        pytest.param("watch-cluster.io/corn", "cron", id="in a short key"),
        pytest.param("watch-cluster.io/windows", "window", id="one letter too many"),
        pytest.param("watch-cluster.io/minage", "min-age", id="a hyphen is missing"),
        pytest.param("watch-cluster.io/allow_tags", "allow-tags", id="an underscore for a hyphen"),
        pytest.param("watch-cluster.io/Enabled", "enabled", id="upper case"),
        pytest.param("app.watch-cluster.io/stratgey", "strategy", id="for a container"),
        pytest.param("ap.watch-cluster.io/strategy", "app", id="the name of a container"),
    ],
)
def test_suggests_the_key_for_a_misspelled_one(key: str, meant: str) -> None:
    line = error_of({key: "latest"})
    assert line.startswith(f"{key} (set to 'latest'): there is no") or "no such setting of its own" in line
    assert f'did you mean "{meant}"?' in line


def test_a_suggestion_needs_no_list() -> None:
    assert error_of({"watch-cluster.io/stratgey": "latest"}) == (
        "watch-cluster.io/stratgey (set to 'latest'): there is no such setting, did you mean \"strategy\"?"
    )


def test_the_settings_are_listed_for_a_name_that_is_similar_to_none() -> None:
    assert error_of({"watch-cluster.io/interval": "5m"}) == (
        "watch-cluster.io/interval (set to '5m'): there is no such setting: known settings are after, allow-tags,"
        " approval, approved, behind, check-now, constraint, containers, cron, enabled, git-field, git-path, gitops,"
        " ignore-tags, min-age, mode, notify, pin, prerelease, proposal-timeout, rollback, rollout-timeout, soak,"
        " strategy, tag-pattern, timezone, variant, verify, verify-key, window, write-back"
    )


def test_suggests_the_key_for_a_misspelled_one_of_the_namespace() -> None:
    line = error_of({}, {"watch-cluster.io/windwo": "x"})
    assert line.startswith("watch-cluster.io/windwo of the namespace (set to 'x'): a namespace cannot set it, did you")
    assert 'did you mean "window"?' in line


@pytest.mark.parametrize(
    ("key", "value", "meant"),
    [
        pytest.param("strategy", "lastest", "latest", id="strategy"),
        pytest.param("strategy", "version_lock_major", "version-lock-major", id="underscores"),
        pytest.param("mode", "Notify", "notify", id="mode in upper case"),
        pytest.param("approval", "require", "required", id="approval"),
        pytest.param("rollback", "flase", "false", id="a flag"),
        pytest.param("enabled", "True", "true", id="a flag in upper case"),
    ],
)
def test_suggests_the_value_for_a_misspelled_one(key: str, value: str, meant: str) -> None:
    line = error_of({f"watch-cluster.io/{key}": value})
    assert line.startswith(f'watch-cluster.io/{key}: {value!r} is not valid, did you mean "{meant}"? (')


@pytest.mark.parametrize(("key", "value"), [("strategy", "newest"), ("mode", "watch"), ("enabled", "yes")])
def test_nothing_is_suggested_for_what_is_similar_to_nothing(key: str, value: str) -> None:
    assert "did you mean" not in error_of({f"watch-cluster.io/{key}": value})


def test_suggests_the_container_for_a_misspelled_one() -> None:
    line = error_of({"watch-cluster.io/containers": "apps"})
    assert line == "watch-cluster.io/containers: there is no container 'apps', did you mean \"app\"?"


def test_a_very_long_word_is_compared_with_nothing() -> None:
    assert nearest("strategy" * 10_000, ["strategy"]) is None
