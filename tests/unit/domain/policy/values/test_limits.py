"""No value of a stranger costs more than a value may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.domain.workloads import a_workload, read_policy
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.quarantine import Quarantine
from watch_cluster.domain.policy.values.limits import LimitExceeded, Limits
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container


def faults(**settings: str) -> list[str]:
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(a_workload("shop:1.0.0", enabled="true", **settings))
    return [str(each) for each in caught.value.errors]


@pytest.mark.parametrize(
    ("limits", "text", "message"),
    [
        pytest.param(Limits(3), "abc", None, id="as long as allowed"),
        pytest.param(Limits(3), "abcd", "it has 4 characters: write at most 3", id="too long"),
        pytest.param(Limits(99, entries=2), "a,b", None, id="as many as allowed"),
        pytest.param(Limits(99, entries=2), "a,b,,", None, id="empty entries do not count"),
        pytest.param(Limits(99, entries=2, noun="images"), "a,b,c", "it has 3 images: write at most 2", id="too many"),
        pytest.param(
            Limits(9999, entries=1000, separator=";"),
            "a;" * 1500,
            "it has 1,500 entries: write at most 1,000",
            id="many",
        ),
    ],
)
def test_a_text_is_within_its_limits_or_the_message_says_by_how_much_it_exceeds_them(
    limits: Limits, text: str, message: str | None
) -> None:
    if message is None:
        limits.check(text)
        return
    with pytest.raises(LimitExceeded) as caught:
        limits.check(text)
    assert str(caught.value) == message


def test_twelve_thousand_windows_are_one_error() -> None:
    [fault] = faults(window=";".join(["0 0 2 ? * SUN 4h"] * 12_000))
    assert fault.startswith("watch-cluster.io/window: '0 0 2 ? * SUN 4h;0 0 2")
    assert fault.endswith("it has 203,999 characters: write at most 4,096")


def test_thirty_thousand_quarantined_images_are_one_error() -> None:
    [fault] = faults(quarantine=",".join(["a:1"] * 15_000))
    assert fault.endswith("it has 15,000 images: write at most 50")
    with pytest.raises(LimitExceeded):
        Quarantine.parse("a:1," * 15_000)


def test_a_workload_has_few_regular_expressions() -> None:
    names = [f"app{number}" for number in range(12)]
    patterns = {
        annotation.of_container(annotation.IGNORE_TAGS, name): f".*-{number}" for number, name in enumerate(names)
    }
    workload = a_workload("shop:1.0.0", enabled="true", containers="*")
    workload = replace(
        workload,
        containers=tuple(Container(name, "shop:1.0.0") for name in names),
        annotations={**workload.annotations, **patterns},
    )
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(workload)
    assert [each.where for each in caught.value.errors] == [
        "app10.watch-cluster.io/ignore-tags",
        "app11.watch-cluster.io/ignore-tags",
    ]
    assert "more than 10 different values of ignore-tags" in str(caught.value)


def test_one_regular_expression_counts_once_for_all_containers() -> None:
    workload = a_workload(*["shop:1.0.0"] * 20, enabled="true", containers="*", ignore_tags=".*-debug")
    assert len(read_policy(workload).targets) == 20


def test_all_containers_are_not_more_than_can_be_named() -> None:
    workload = a_workload(*["shop:1.0.0"] * 51, enabled="true", containers="*")
    with pytest.raises(InvalidConfiguration, match=r"[*] selects 51 containers: name at most 50$"):
        read_policy(workload)


def test_describes_the_first_of_thousands_of_unknown_keys_and_counts_the_rest() -> None:
    workload = a_workload("shop:1.0.0", enabled="true", **{f"x{number:05}": "y" for number in range(8_000)})
    workload = replace(workload, inherited={f"{annotation.DOMAIN}/y{number}": "z" for number in range(10)})
    with pytest.raises(InvalidConfiguration) as caught:
        read_policy(workload)
    assert len(caught.value.errors) == 21
    assert str(caught.value.errors[-1]).endswith("7,990 more unknown annotations")
