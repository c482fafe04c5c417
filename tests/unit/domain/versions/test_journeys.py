"""Whoever follows a real tag for years ends with one that still gets fixes, or is told; a sample of the corpus.

`python -m tests.benchmarks.journeys` makes all journeys.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.benchmarks.journeys import Figures, end_of, follow_image, read_corpus
from watch_cluster.domain.versions.strategy import VersionStrategy

SAMPLE = (
    "adminer arangodb azul-zulu backdrop cassandra debian httpd liquibase memcached odoo photon postgres satosa"
    " sonarqube ubuntu zookeeper"
)
"""Images with few tags, and with changes of their bases, of the forms of their tags, and of their makers' minds."""
EACH = 4
"""How many journeys are made with each image."""


@cache
def figures(*, follow: bool) -> Figures:
    images = read_corpus()
    end = end_of(images)
    everything = Figures()
    for image in SAMPLE.split():
        everything.add(follow_image(VersionStrategy(follow=follow), image, images[image], EACH, end))
    return everything


pytestmark = pytest.mark.exhaustive
in_both_ways = pytest.mark.parametrize("follow", [False, True], ids=["same", "follow"])


@in_both_ways
def test_no_workload_is_left_behind_without_a_report(*, follow: bool) -> None:
    found = figures(follow=follow)
    assert sum(found.ends.values()) == EACH * len(SAMPLE.split())
    assert [example for example in found.examples if not example.startswith(("fresh", "told"))] == []


@in_both_ways
def test_every_step_leads_to_something_newer(*, follow: bool) -> None:
    found = figures(follow=follow)
    assert found.steps > 200
    assert (found.older, found.not_newer) == (0, 0)


def test_following_stays_fresh_except_after_a_change_of_distribution() -> None:
    found = figures(follow=True)
    assert found.ends["fresh"] >= 0.95 * sum(found.ends.values())
    assert found.ends["fresh"] > figures(follow=False).ends["fresh"]
    told = [example for example in found.examples if example.startswith("told")]
    assert [example.split()[1] for example in told] == ["cassandra:", "cassandra:"]
