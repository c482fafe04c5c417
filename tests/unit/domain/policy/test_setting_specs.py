"""What holds for every row of the table of settings, also for those to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.resolver import Resolver
from watch_cluster.domain.policy.setting_specs import (
    CONTAINER_KEYS,
    NOT_ON_CONTAINERS,
    SPECS,
    SettingSpec,
    Source,
)
from watch_cluster.domain.policy.settings_reader import SettingsReader
from watch_cluster.domain.policy.values.limits import Limits
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Workload

ROWS = pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
WORDS = ("true", "*", ",", ";", "0 0 2 ? * SUN 4h", "3d", "latest", "shop:1.0.1", "^1.4", "(")
NEAREST_FIRST = list(Source)


def on(scope: Source, key: str, value: str) -> Workload:
    """A watched workload for which the key is set in that place."""
    workload = a_workload("shop:1.0.0", enabled="true")
    if scope is Source.NAMESPACE:
        return replace(workload, inherited={key: value})
    own = annotation.of_container(key, "app") if scope is Source.CONTAINER else key
    return replace(workload, annotations={**workload.annotations, own: value})


@ROWS
def test_its_default_is_a_value_that_it_takes_itself(spec: SettingSpec[Any]) -> None:
    if spec.default is not None:
        assert spec.parse(spec.default, compile_tag_pattern) == spec.absent


@ROWS
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_any_text_is_a_value_or_the_declared_error(spec: SettingSpec[Any], text: str) -> None:
    try:
        spec.parse(text, compile_tag_pattern)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either is right
    else:
        assert len(text) <= spec.limits.characters


@ROWS
def test_its_places_are_the_nearest_first(spec: SettingSpec[Any]) -> None:
    assert spec.scopes
    assert sorted(spec.scopes, key=NEAREST_FIRST.index) == list(spec.scopes)
    assert Source.DEFAULT not in spec.scopes


@ROWS
def test_its_key_is_ours_and_its_key_in_the_table(spec: SettingSpec[Any]) -> None:
    assert spec.key == f"{annotation.DOMAIN}/{spec.name}"
    assert SPECS[spec.key] is spec


@pytest.mark.parametrize(
    ("spec", "scope"),
    [
        pytest.param(spec, scope, id=f"{spec.name} on the {scope}")
        for spec in SPECS.values()
        for scope in spec.scopes
        if scope is not Source.CONTROLLER
    ],
)
def test_too_long_a_value_is_an_error_of_its_setting_wherever_it_is_set(spec: SettingSpec[Any], scope: Source) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(on(scope, spec.key, "1" * (spec.limits.characters + 1)))
    [fault] = caught.value.errors
    assert fault.where.removeprefix("app.").startswith(spec.key)
    assert f"{spec.limits.characters + 1:,} characters: write at most {spec.limits.characters:,}" in fault.allowed
    assert len(str(fault)) < 300


@pytest.mark.parametrize(
    "spec", [each for each in SPECS.values() if each.limits.entries], ids=lambda spec: str(spec.name)
)
def test_too_many_entries_are_an_error_of_that_setting(spec: SettingSpec[Any]) -> None:
    most = spec.limits.entries or 0
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(on(Source.WORKLOAD, spec.key, spec.limits.separator.join(["x"] * (most + 1))))
    [fault] = caught.value.errors
    assert fault.where == spec.key
    assert fault.allowed == f"it has {most + 1} {spec.limits.noun}: write at most {most}"


@pytest.mark.parametrize("key", sorted(CONTAINER_KEYS))
def test_settings_of_a_container_can_be_set_for_namespace_and_controller(key: str) -> None:
    assert set(SPECS[key].scopes) > set(NOT_ON_CONTAINERS)


def test_a_new_setting_is_one_row_and_its_use() -> None:
    behind = SettingSpec(
        f"{annotation.DOMAIN}/behind",
        lambda text, _: int(text),
        "0",
        0,
        (Source.CONTAINER, *NOT_ON_CONTAINERS),
        Limits(4),
    )
    reader = SettingsReader(Resolver(on(Source.CONTAINER, behind.key, "2"), {behind.key: "7"}), compile_tag_pattern)
    assert reader.read(behind, "app") == 2
    assert reader.read(behind, "other") == 7

    reader = SettingsReader(Resolver(on(Source.WORKLOAD, behind.key, "12345"), {}), compile_tag_pattern)
    assert reader.read(behind) == 0
    assert [str(each) for each in reader.errors] == [
        "watch-cluster.io/behind: '12345' is not valid, it has 5 characters: write at most 4"
    ]


def test_values_have_the_types_of_their_rows() -> None:
    policy = read_policy(a_workload("shop:1.0.0", enabled="true"))
    assert policy.min_age == timedelta()
    assert policy.notify_only is False
