"""What nodes need of an image."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch_cluster.domain.images.platform import (
    Node,
    Platform,
    Requirement,
    SchedulingConstraints,
    Taint,
    Toleration,
    can_schedule,
    missing_platforms,
)

AMD64 = Platform.of("linux", "amd64")
ARM64 = Platform.of("linux", "arm64")
ARM_V6, ARM_V7 = Platform.of("linux", "arm", "v6"), Platform.of("linux", "arm", "v7")
WINDOWS = Platform.of("windows", "amd64")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(("linux", "amd64"), "linux/amd64", id="as it is"),
        pytest.param(("Linux", "AMD64"), "linux/amd64", id="capitals"),
        pytest.param(("linux", "x86_64"), "linux/amd64", id="x86_64"),
        pytest.param(("linux", "x86-64"), "linux/amd64", id="x86-64"),
        pytest.param(("linux", "amd64", "v1"), "linux/amd64", id="the usual variant of amd64"),
        pytest.param(("linux", "amd64", "v3"), "linux/amd64/v3", id="a variant of amd64"),
        pytest.param(("linux", "i386"), "linux/386", id="i386"),
        pytest.param(("linux", "arm64", "v8"), "linux/arm64", id="the usual variant of arm64"),
        pytest.param(("linux", "arm64", "8"), "linux/arm64", id="the usual variant without its letter"),
        pytest.param(("linux", "aarch64"), "linux/arm64", id="aarch64"),
        pytest.param(("linux", "arm64", "v9"), "linux/arm64/v9", id="a variant of arm64"),
        pytest.param(("linux", "arm"), "linux/arm/v7", id="arm without a variant"),
        pytest.param(("linux", "arm", "7"), "linux/arm/v7", id="arm 7"),
        pytest.param(("linux", "arm", "v6"), "linux/arm/v6", id="arm v6"),
        pytest.param(("linux", "armhf"), "linux/arm/v7", id="armhf"),
        pytest.param(("linux", "armel"), "linux/arm/v6", id="armel"),
        pytest.param(("windows", "amd64"), "windows/amd64", id="windows"),
        pytest.param(("linux", "s390x"), "linux/s390x", id="s390x"),
        pytest.param(("linux", "ppc64le"), "linux/ppc64le", id="ppc64le"),
        pytest.param(("linux", "riscv64"), "linux/riscv64", id="riscv64"),
    ],
)
def test_normalizes_platforms_like_containerd(names: tuple[str, ...], expected: str) -> None:
    assert str(Platform.of(*names)) == expected


@given(st.text(max_size=10), st.text(max_size=10), st.text(max_size=4))
def test_normalizing_twice_changes_nothing(os: str, architecture: str, variant: str) -> None:
    once = Platform.of(os, architecture, variant)
    assert Platform.of(once.os, once.architecture, once.variant) == once


@pytest.mark.parametrize(
    ("node", "image", "runs"),
    [
        (AMD64, AMD64, True),
        (AMD64, ARM64, False),
        (AMD64, WINDOWS, False),
        (ARM_V7, ARM_V6, True),
        (ARM_V6, ARM_V7, False),
        (Platform.of("linux", "amd64", "v3"), AMD64, True),
        (AMD64, Platform.of("linux", "amd64", "v3"), False),
    ],
)
def test_an_earlier_variant_runs_on_a_later_one(node: Platform, image: Platform, *, runs: bool) -> None:
    assert node.can_run(image) is runs


LABELS = {"disk": "ssd", "cores": "8", "metadata.name": "node-1"}


@pytest.mark.parametrize(
    ("requirement", "met"),
    [
        pytest.param(Requirement("disk", "In", ("ssd", "nvme")), True, id="in"),
        pytest.param(Requirement("disk", "In", ("hdd",)), False, id="not among them"),
        pytest.param(Requirement("gpu", "In", ("yes",)), False, id="in, without the label"),
        pytest.param(Requirement("disk", "NotIn", ("hdd",)), True, id="not in"),
        pytest.param(Requirement("disk", "NotIn", ("ssd",)), False, id="but it is"),
        pytest.param(Requirement("gpu", "NotIn", ("yes",)), True, id="not in, without the label"),
        pytest.param(Requirement("disk", "Exists"), True, id="exists"),
        pytest.param(Requirement("gpu", "Exists"), False, id="does not, but should"),
        pytest.param(Requirement("gpu", "DoesNotExist"), True, id="does not exist"),
        pytest.param(Requirement("disk", "DoesNotExist"), False, id="does, but should not"),
        pytest.param(Requirement("cores", "Gt", ("4",)), True, id="greater"),
        pytest.param(Requirement("cores", "Gt", ("7",)), True, id="greater by one"),
        pytest.param(Requirement("cores", "Gt", ("8",)), False, id="not greater"),
        pytest.param(Requirement("cores", "Gt", ("9",)), False, id="less than what it must exceed"),
        pytest.param(Requirement("cores", "Lt", ("9",)), True, id="less"),
        pytest.param(Requirement("cores", "Lt", ("8",)), False, id="not less"),
        pytest.param(Requirement("cores", "Lt", ("7",)), False, id="greater than what it must stay below"),
        pytest.param(Requirement("disk", "Gt", ("4",)), False, id="no number"),
        pytest.param(Requirement("cores", "Gt", ()), False, id="no bound"),
        pytest.param(Requirement("cores", "Gt", ("4", "5")), False, id="two bounds"),
        pytest.param(Requirement("gpu", "Lt", ("4",)), False, id="less, without the label"),
        pytest.param(Requirement("metadata.name", "In", ("node-1",)), True, id="a node by its name"),
        pytest.param(Requirement("disk", "Resembles", ("x",)), True, id="an operator of the future"),
        pytest.param(Requirement("disk", "Resembles", ("ssd",)), True, id="and with the label's value"),
    ],
)
def test_matches_requirements_like_the_scheduler(requirement: Requirement, *, met: bool) -> None:
    assert requirement.matches(LABELS) is met


DEDICATED = Taint("team", "blue", "NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "tolerates"),
    [
        pytest.param(Toleration("team", "Equal", "blue", "NoSchedule"), True, id="exactly"),
        pytest.param(Toleration("team", "Equal", "blue"), True, id="any effect"),
        pytest.param(Toleration("team", "Equal", "red"), False, id="another value"),
        pytest.param(Toleration("team", "Equal", "aqua"), False, id="another value, which comes before as text"),
        pytest.param(Toleration("team", "Gt", "1"), False, id="an operator of the future"),
        pytest.param(Toleration("team", "Exists"), True, id="any value"),
        pytest.param(Toleration(operator="Exists"), True, id="anything"),
        pytest.param(Toleration("team", "Exists", effect="NoExecute"), False, id="another effect"),
        pytest.param(Toleration("gpu", "Exists"), False, id="another key"),
    ],
)
def test_tolerates_taints_like_the_scheduler(toleration: Toleration, *, tolerates: bool) -> None:
    assert toleration.tolerates(DEDICATED) is tolerates


PLAIN = Node(AMD64, {"disk": "ssd"})
SSD, HDD = Requirement("disk", "In", ("ssd",)), Requirement("disk", "In", ("hdd",))


@pytest.mark.parametrize(
    ("scheduling", "node", "may"),
    [
        pytest.param(SchedulingConstraints(), PLAIN, True, id="no needs"),
        pytest.param(SchedulingConstraints({"disk": "ssd"}), PLAIN, True, id="a label that it has"),
        pytest.param(SchedulingConstraints({"disk": "hdd"}), PLAIN, False, id="a label that it has not"),
        pytest.param(
            SchedulingConstraints({"disk": "tape"}),
            PLAIN,
            False,
            id="a label that it has not, which comes after as text",
        ),
        pytest.param(SchedulingConstraints({"gpu": "yes"}), PLAIN, False, id="a label that is not there at all"),
        pytest.param(SchedulingConstraints(terms=((HDD,), (SSD,))), PLAIN, True, id="one of several terms"),
        pytest.param(SchedulingConstraints(terms=((HDD, SSD),)), PLAIN, False, id="all of one term"),
        pytest.param(SchedulingConstraints(terms=((),)), PLAIN, False, id="an empty term is met by nothing"),
        pytest.param(SchedulingConstraints(), replace(PLAIN, taints=(DEDICATED,)), False, id="a taint"),
        pytest.param(
            SchedulingConstraints(tolerations=(Toleration("team", "Exists"),)),
            replace(PLAIN, taints=(DEDICATED,)),
            True,
            id="tolerated",
        ),
        pytest.param(
            SchedulingConstraints(),
            replace(PLAIN, taints=(Taint("team", "", "PreferNoSchedule"),)),
            True,
            id="only preferred not to",
        ),
        pytest.param(
            SchedulingConstraints(),
            replace(PLAIN, taints=(Taint("node.kubernetes.io/unschedulable", "", "NoSchedule"),)),
            True,
            id="cordoned for a while",
        ),
    ],
)
def test_can_schedule_agrees_with_the_scheduler(scheduling: SchedulingConstraints, node: Node, *, may: bool) -> None:
    assert can_schedule(scheduling, node) is may


BOTH = frozenset({AMD64, ARM64})
ON_AMD64, ON_ARM64 = Node(AMD64, {"arch": "amd64"}), Node(ARM64, {"arch": "arm64"})
MIXED = (ON_AMD64, ON_ARM64)


@pytest.mark.parametrize(
    ("candidate", "current", "scheduling", "nodes", "expected"),
    [
        pytest.param(BOTH, BOTH, SchedulingConstraints(), MIXED, (), id="built for all"),
        pytest.param({AMD64}, BOTH, SchedulingConstraints(), MIXED, (ARM64,), id="lacks what half of the nodes need"),
        pytest.param({AMD64}, BOTH, SchedulingConstraints(), (ON_AMD64,), (), id="lacks what no node needs"),
        pytest.param(
            {ARM64}, BOTH, SchedulingConstraints(), (ON_ARM64,), (), id="lacks what no node needs, the other way round"
        ),
        pytest.param(
            {AMD64}, BOTH, SchedulingConstraints({"arch": "amd64"}), MIXED, (), id="lacks what its nodes do not need"
        ),
        pytest.param(
            {AMD64}, BOTH, SchedulingConstraints({"arch": "arm64"}), MIXED, (ARM64,), id="lacks what its nodes need"
        ),
        pytest.param({AMD64}, {AMD64}, SchedulingConstraints(), MIXED, (), id="one platform on a mixed cluster"),
        pytest.param({ARM64}, {AMD64}, SchedulingConstraints(), MIXED, (AMD64,), id="another platform than now"),
        pytest.param({AMD64}, BOTH, SchedulingConstraints(), None, (ARM64,), id="nodes unknown: all that it has now"),
        pytest.param(frozenset(), BOTH, SchedulingConstraints(), MIXED, (), id="a candidate that does not tell"),
        pytest.param({AMD64}, frozenset(), SchedulingConstraints(), MIXED, (), id="a current image that does not tell"),
        pytest.param({AMD64}, BOTH, SchedulingConstraints(), (), (), id="no nodes"),
        pytest.param({WINDOWS}, {AMD64}, SchedulingConstraints(), (ON_AMD64,), (AMD64,), id="another operating system"),
        pytest.param(
            {ARM_V7}, {ARM_V6, ARM_V7}, SchedulingConstraints(), (Node(ARM_V7),), (ARM_V6,), id="a variant less"
        ),
        pytest.param({ARM_V6}, {ARM_V7}, SchedulingConstraints(), (Node(ARM_V7),), (), id="an earlier variant will do"),
    ],
)
def test_reports_needed_platforms_that_the_candidate_lacks(
    candidate: set[Platform],
    current: set[Platform],
    scheduling: SchedulingConstraints,
    nodes: tuple[Node, ...] | None,
    expected: tuple[Platform, ...],
) -> None:
    assert missing_platforms(frozenset(candidate), frozenset(current), scheduling, nodes) == expected


PLATFORMS = st.frozensets(st.sampled_from([AMD64, ARM64, ARM_V6, ARM_V7, WINDOWS]))
NODES = st.none() | st.lists(st.sampled_from([ON_AMD64, ON_ARM64, Node(ARM_V7)]), max_size=3).map(tuple)


@given(PLATFORMS, PLATFORMS, NODES)
def test_a_candidate_with_more_platforms_never_lacks_more(
    current: frozenset[Platform], more: frozenset[Platform], nodes: tuple[Node, ...] | None
) -> None:
    assert missing_platforms(current | more, current, SchedulingConstraints(), nodes) == ()
    assert set(missing_platforms(more, current, SchedulingConstraints(), nodes)) <= current
