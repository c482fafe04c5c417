"""The controller's defaults for workloads follow from the table of settings."""

from __future__ import annotations

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.domain.policy.resolver import Setting
from watch_cluster.domain.policy.setting_specs import CONTROLLER_KEYS, MIN_AGE, SPECS, Source
from watch_cluster.domain.workload import annotation
from watch_cluster.entrypoints.settings.errors import InvalidSettings
from watch_cluster.entrypoints.settings.settings import Settings
from watch_cluster.entrypoints.settings.workload_defaults import DEFAULT_VARIABLES


def test_there_is_one_variable_for_each_setting_that_the_controller_may_set() -> None:
    assert {spec.key for spec in DEFAULT_VARIABLES.values()} == CONTROLLER_KEYS
    assert DEFAULT_VARIABLES["DEFAULT_MIN_AGE"] is MIN_AGE
    assert len(DEFAULT_VARIABLES) == 25


@pytest.mark.parametrize("name", DEFAULT_VARIABLES)
def test_each_counts_for_workloads_that_do_not_set_it(name: str) -> None:
    spec = DEFAULT_VARIABLES[name]
    examples = {
        "constraint": "<9",
        "tag-pattern": r"(?P<version>.+)",
        "allow-tags": ".*",
        "ignore-tags": "x",
        "pin": "true",
        "containers": "*",
        "gitops": "ignore",
        "notify": "team-a",
        "write-back": "git",
        "git-path": "https://git.example/fleet.git//apps",
        "git-field": "values.yaml:image.tag",
    }
    value = spec.default or (examples | {"window": "0 0 2 ? * SUN 4h", "approval": "required"})[spec.name]
    given = {"DEFAULT_GIT_PATH": examples["git-path"]} if name == "DEFAULT_WRITE_BACK" else {}
    settings = Settings.read({name: value, **given})
    assert settings.workload_defaults[spec.key] == value
    policy = settings.policies(a_workload("shop:1.0.0", enabled="true"))
    assert Setting(spec.key, value, Source.CONTROLLER) in {
        Setting(each.key, each.value, each.source) for each in policy.settings
    }


@pytest.mark.parametrize("name", DEFAULT_VARIABLES)
def test_each_has_the_limits_of_its_annotation(name: str) -> None:
    limits = DEFAULT_VARIABLES[name].limits
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: "x" * (limits.characters + 1)})
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{name}: 'xxx")
    assert line.endswith(f"write at most {limits.characters:,}")


def test_settings_of_workloads_only_have_no_variable() -> None:
    keys = {
        annotation.ENABLED,
        annotation.AFTER,
        annotation.APPROVED,
        annotation.CHECK_NOW,
        annotation.FREEZE,
        annotation.QUARANTINE,
        annotation.VERIFY,
        annotation.VERIFY_KEY,
    }
    assert SPECS.keys() - CONTROLLER_KEYS == keys


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        pytest.param(
            "WEBHOOK_SECRET",
            "x" * 65_537,
            "WEBHOOK_SECRET: it has 65,537 characters: write at most 65,536",
            id="length",
        ),
        pytest.param(
            "WATCH_NAMESPACES",
            ",".join(f"n{number}" for number in range(1_001)),
            "it has 1,001 entries: write at most 1,000",
            id="number",
        ),
    ],
)
def test_every_variable_has_a_limit(name: str, value: str, line: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.read({name: value})
    assert str(caught.value).endswith(line)
    assert len(str(caught.value)) < 300
