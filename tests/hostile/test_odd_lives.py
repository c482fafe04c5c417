"""A tenant leads its workloads an odd life, within what the API server lets it do: the honest notice nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import Any, Final

import httpx
import pytest

from tests.cluster.processes import free_port, wait_until
from tests.e2e.conftest import EVERY_SECOND, Team
from tests.e2e.process import PATIENCE_SECONDS
from tests.hostile.attacks import watched
from tests.hostile.figures import metric, report, seconds_of_an_update, threads
from tests.hostile.tenant import Tenant

LONGEST_DELAY_SECONDS: Final = 45.0
DEPLOYMENTS: Final = "/apis/apps/v1/namespaces/{}/deployments"

Step = Callable[[int], httpx.Response]
"""What is done again and again, with the number of the time; what the API server says to that."""


def odd(team: Team, name: str, **values: str) -> dict[str, Any]:
    """A Deployment that is checked every second."""
    return watched(name, team.image("1.0.0", "odd"), replicas=0, cron=EVERY_SECOND, **values)


def recreates(team: Team, tenant: Tenant) -> Step:
    """Delete and create a workload of the same name."""

    def step(_number: int) -> httpx.Response:
        place = DEPLOYMENTS.format(tenant.namespace)
        tenant.request("DELETE", f"{place}/odd?propagationPolicy=Background")
        return tenant.request("POST", place, odd(team, "odd"))

    return step


def short_lives(team: Team, tenant: Tenant) -> Step:
    """Create a workload of another name each time, and delete it."""

    def step(number: int) -> httpx.Response:
        place = DEPLOYMENTS.format(tenant.namespace)
        tenant.request("DELETE", f"{place}/odd-{number - 5}?propagationPolicy=Background")
        return tenant.request("POST", place, odd(team, f"odd-{number}"))

    return step


def never_quite_deleted(team: Team, tenant: Tenant) -> Step:
    """Workloads whose deletion a finalizer keeps from ending."""
    for number in range(20):
        document = odd(team, f"odd-{number}")
        document["metadata"]["finalizers"] = ["hostile.example/never"]
        tenant.create(document)
        tenant.request("DELETE", f"{DEPLOYMENTS.format(tenant.namespace)}/odd-{number}")

    def step(number: int) -> httpx.Response:
        return tenant.patch(f"deployments/odd-{number % 20}", {"metadata": {"labels": {"changed": str(number)}}})

    return step


def circles(team: Team, tenant: Tenant) -> Step:
    """Fifty workloads that all wait for eight others, in circles and through the namespace of the honest."""
    for number in range(50):
        names = [f"odd-{(number + step) % 50}" for step in range(1, 8)]
        after = ", ".join([*(f"Deployment/{name}" for name in names), f"{team.namespace}/Deployment/shop"])
        tenant.create(odd(team, f"odd-{number}", after=after))

    def step(number: int) -> httpx.Response:
        after = f"Deployment/odd-{(number * 7) % 50}, {team.namespace}/Deployment/shop"
        return tenant.patch(
            f"deployments/odd-{number % 50}", {"metadata": {"annotations": {"watch-cluster.io/after": after}}}
        )

    return step


def many_managers(team: Team, tenant: Tenant) -> Step:
    """Fields that many managers own, so that each object has hundreds of kilobytes of `managedFields`."""
    for number in range(5):
        tenant.create(odd(team, f"odd-{number}"))

    def step(number: int) -> httpx.Response:
        labels = {f"{'l' * 40}-{each}": "x" for each in range(100)}
        fields = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": labels}}
        path = f"{DEPLOYMENTS.format(tenant.namespace)}/odd-{number % 5}?fieldManager={'m' * 100}-{number}&force=true"
        return tenant.apply(path, fields)

    return step


def picky_about_nodes(team: Team, tenant: Tenant) -> Step:
    """Templates with thousands of terms about nodes."""
    terms = [
        {"matchExpressions": [{"key": f"k{each}", "operator": "NotIn", "values": [f"v{i}" for i in range(10)]}]}
        for each in range(2000)
    ]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    for number in range(10):
        document = odd(team, f"odd-{number}")
        document["spec"]["template"]["spec"]["affinity"] = affinity
        tenant.create(document)

    def step(number: int) -> httpx.Response:
        return tenant.patch(
            f"deployments/odd-{number % 10}", {"metadata": {"annotations": {"watch-cluster.io/check-now": str(number)}}}
        )

    return step


def many_containers(team: Team, tenant: Tenant) -> Step:
    """Fifty containers that all want an update, each with an approval that is asked for and taken back."""
    document = odd(team, "odd", containers="*", approval="required")
    [container] = document["spec"]["template"]["spec"]["containers"]
    document["spec"]["template"]["spec"]["containers"] = [container | {"name": f"c{each}"} for each in range(50)]
    tenant.create(document)

    def step(number: int) -> httpx.Response:
        approved = "1.0.1" if number % 2 else "9.9.9"
        return tenant.patch("deployments/odd", {"metadata": {"annotations": {"watch-cluster.io/approved": approved}}})

    return step


def odd_settings(team: Team, tenant: Tenant) -> Step:
    """Settings for channels, signatures and repositories that nobody has declared, others each time."""
    for number in range(10):
        tenant.create(odd(team, f"odd-{number}"))
    values = (
        {"notify": "slack, ../../etc/passwd, \u202e"},
        {"verify": "required", "verify-key": "../kube-system/cosign"},
        {"write-back": "git", "git-repository": "file:///etc", "git-path": "../../../other"},
        {"cron": "0 0 0 30 2 ?", "timezone": "../../etc/localtime"},
        {"allow-tags": "(((a+)+)+)$", "tag-pattern": "(?P<version>.*)" * 20},
    )

    def step(number: int) -> httpx.Response:
        written = {f"watch-cluster.io/{key}": f"{value}" for key, value in values[number % len(values)].items()}
        return tenant.patch(f"deployments/odd-{number % 10}", {"metadata": {"annotations": written}})

    return step


def flapping(team: Team, tenant: Tenant) -> Step:
    """Images, replicas and pauses that change all the time, in the middle of rollouts."""
    for number in range(5):
        tenant.create(odd(team, f"odd-{number}", soak="0"))

    def step(number: int) -> httpx.Response:
        container = {"name": "app", "image": team.image(f"1.0.{number % 2}", "odd")}
        spec = {"replicas": number % 2, "paused": number % 3 == 0, "template": {"spec": {"containers": [container]}}}
        return tenant.patch(f"deployments/odd-{number % 5}", {"spec": spec})

    return step


ATTACKS: Final = (
    recreates,
    short_lives,
    never_quite_deleted,
    circles,
    many_managers,
    picky_about_nodes,
    many_containers,
    odd_settings,
    flapping,
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.replace("_", " "))
def test_the_honest_are_updated_meanwhile(team: Team, tenant: Tenant, attack: Callable[[Team, Tenant], Step]) -> None:
    for tag in ("1.0.0", "1.0.1"):
        team.push(tag, "good", "odd")
    team.push("1.0.0")
    team.deploy("shop", team.image("1.0.0"))
    step = attack(team, tenant)
    process = team.start(HEALTH_PORT=str(free_port())).leads()
    with again_and_again(step) as done:
        wait_until(lambda: len(done) > 30, "the attack is under way", PATIENCE_SECONDS)

        delays = [seconds_of_an_update(team, f"1.0.{number}") for number in range(1, 3)]

    report(attack.__name__, delays=[f"{each:.1f} s" for each in delays], steps=len(done), threads=threads(process))
    assert max(delays) < LONGEST_DELAY_SECONDS
    assert metric(process, "watch_cluster_worker_errors_total") == 0
    assert process.probe("healthz") == (200, "ok")


@contextmanager
def again_and_again(step: Step) -> Iterator[list[int]]:
    """Do it about twenty times a second until the end of the block; notes what succeeds."""
    done: list[int] = []
    over, numbers = Event(), count()

    def go_on() -> None:
        while not over.wait(0.05):
            if step(next(numbers)).is_success:
                done.append(1)

    thread = Thread(target=go_on)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()
