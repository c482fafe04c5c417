"""The workloads that an image must have run on before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.domain.workloads import a_workload
from watch_cluster.adapters.kubernetes.wording import KIND_ALIASES
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.policy.caps import Caps
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.policy.values.predecessor import Predecessor, parse_predecessors
from watch_cluster.domain.workload.workload import WorkloadKey

STAGING = Predecessor(WorkloadKey("staging", "Deployment", "shop"), timedelta(days=3))
read_policy = PolicyReader(compile_tag_pattern, kind_aliases=KIND_ALIASES)


def after(text: str, reader: PolicyReader = read_policy) -> tuple[Predecessor, ...]:
    return reader(a_workload("shop:1.0", enabled="true", after=text)).after


@pytest.mark.parametrize(
    "written", ["staging/Deployment/shop 3d", "staging/deployment/shop  72h", "staging/deploy/shop 3d"]
)
def test_kinds_are_written_as_kubectl_takes_them(written: str) -> None:
    assert after(written) == (STAGING,)


def test_several_are_separated_by_commas() -> None:
    dev = Predecessor(WorkloadKey("dev", "StatefulSet", "shop"), timedelta())
    assert after("dev/sts/shop 0,staging/Deployment/shop 3d") == (dev, STAGING)


def test_a_kind_that_is_not_known_stays_as_it_is_written() -> None:
    [found] = after("project/Service/web 1h")
    assert found.key == WorkloadKey("project", "Service", "web")


@pytest.mark.parametrize(
    "text",
    ["", "staging/Deployment/shop", "Deployment/shop 3d", "a/b/c/d 3d", "/Deployment/shop 3d", "a/b/c 3", "a/b/c 1d,"],
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_predecessors(text)


def test_a_workload_after_itself_is_an_error() -> None:
    with pytest.raises(InvalidConfiguration, match="a workload cannot come after itself"):
        after("default/deployment/shop 1d")


def test_the_operator_may_forbid_other_namespaces() -> None:
    closed = replace(read_policy, caps=Caps(after_other_namespaces=False))
    assert after("default/Deployment/stage 1d", closed)
    with pytest.raises(InvalidConfiguration, match="only workloads of the own namespace are allowed"):
        after("staging/Deployment/shop 3d", closed)
