"""Dependents follow in order, and a cycle is an error."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.docker.containers.facts import Facts
from watch_cluster.adapters.docker.containers.names import COMPOSE_SERVICE, DEPENDS_ON, PROJECT
from watch_cluster.adapters.docker.replacing.dependents import DependencyCycle, depended_on, in_order


def service(name: str, depends_on: str = "", *namespaces: str) -> Facts:
    labels = {PROJECT: "shop", COMPOSE_SERVICE: name, DEPENDS_ON: depends_on}
    return Facts(f"{name:0<64}", name, "image", "sha256:1", labels, namespaces=namespaces)


def names(root: Facts, *others: Facts) -> list[str]:
    return [each.name for each in in_order(root, ("former" + "0" * 58,), others)]


def test_each_follows_what_it_depends_on() -> None:
    others = service("proxy", "web:service_started:false"), service("web", "db:service_healthy:true")
    assert names(service("db"), *others) == ["web", "proxy"]


def test_one_that_depends_on_two_follows_both() -> None:
    a, b = service("aa", "db:x:true"), service("bb", "db:x:true,aa:x:true")
    assert names(service("db"), b, a) == ["aa", "bb"]


def test_a_container_in_its_network_follows_by_name_and_by_any_id() -> None:
    by_name = service("one", "", "vpn")
    by_id = service("two", "", f"{'vpn':0<64}")
    by_former_id = service("three", "", "former" + "0" * 58)
    assert set(names(service("vpn"), by_name, by_id, by_former_id)) == {"one", "two", "three"}


def test_others_stay() -> None:
    stranger = Facts("f" * 64, "other", "image", "sha256:1", {PROJECT: "else", DEPENDS_ON: "db:x:true"})
    assert names(service("db"), service("web"), stranger) == []


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([service("aa", "db:x:true,bb:x:true"), service("bb", "aa:x:true")], id="among dependents"),
    ],
)
def test_a_cycle_is_an_error(others: list[Facts]) -> None:
    with pytest.raises(DependencyCycle, match="in a cycle: aa -> bb -> aa"):
        names(service("db"), *others)


def test_a_cycle_of_one_container_is_an_error() -> None:
    with pytest.raises(DependencyCycle):
        names(service("db", "web:x:true"), service("web", "db:x:true"))


def test_the_services_are_read_from_the_label_of_compose() -> None:
    assert depended_on({DEPENDS_ON: "db:service_healthy:true, cache:service_started:false"}) == ("db", "cache")
