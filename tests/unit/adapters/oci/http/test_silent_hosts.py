"""A host that responds to nobody keeps nobody waiting in turn."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.oci.http.errors import NoResponse, Remedy, RequestError
from watch_cluster.adapters.oci.http.silent_hosts import SilentHosts
from watch_cluster.tools.fair_turns import acting_for

HOST = b"registry.example"
ERROR = NoResponse("registry.example did not answer in full within 4 s", "check that it can be reached", Remedy.LATER)


@pytest.fixture
def hosts() -> SilentHosts:
    return SilentHosts(4.0)


def test_requests_fail_at_once_after_one_has_timed_out(hosts: SilentHosts) -> None:
    hosts.timed_out(HOST, began=0.0, now=4.0, error=ERROR)
    with pytest.raises(RequestError, match="did not answer in full within 4 s"):
        hosts.check(HOST, 7.9)


def test_the_host_is_tried_again_after_as_long(hosts: SilentHosts) -> None:
    hosts.timed_out(HOST, began=0.0, now=4.0, error=ERROR)
    hosts.check(HOST, 8.0)


def test_other_hosts_are_tried(hosts: SilentHosts) -> None:
    hosts.timed_out(HOST, began=0.0, now=4.0, error=ERROR)
    hosts.check(b"other.example", 4.0)


def test_the_requests_of_one_namespace_do_not_stop_those_of_another(hosts: SilentHosts) -> None:
    with acting_for("slow"):
        hosts.timed_out(HOST, began=0.0, now=4.0, error=ERROR)
    with acting_for("shop"):
        hosts.check(HOST, 4.0)


def test_a_host_that_responds_to_others_is_tried(hosts: SilentHosts) -> None:
    hosts.responded(HOST, 1.0)
    hosts.timed_out(HOST, began=0.0, now=4.0, error=ERROR)
    hosts.check(HOST, 4.0)


def test_a_host_that_has_recovered_is_tried(hosts: SilentHosts) -> None:
    hosts.timed_out(HOST, began=0.0, now=4.0, error=ERROR)
    hosts.responded(HOST, 4.5)
    hosts.check(HOST, 4.6)


def test_a_response_before_the_request_proves_nothing(hosts: SilentHosts) -> None:
    hosts.responded(HOST, 1.0)
    hosts.timed_out(HOST, began=2.0, now=6.0, error=ERROR)
    with pytest.raises(RequestError):
        hosts.check(HOST, 6.0)


def test_a_request_that_had_less_time_proves_nothing(hosts: SilentHosts) -> None:
    hosts.timed_out(HOST, began=0.0, now=0.5, error=ERROR)
    hosts.check(HOST, 0.5)
