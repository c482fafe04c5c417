"""Whoever follows a real tag for years ends with one that still gets fixes, or is told.

A sample of the corpus names the examples; all of it has the figures of `docs/performance.md`.
`python -m tests.benchmarks.journeys` prints the figures of each image.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.benchmarks.journeys import Figures, end_of, follow_image, journeys, read_corpus
from watch_cluster.domain.versions.strategy import VersionStrategy

SAMPLE = (
    "adminer arangodb azul-zulu backdrop cassandra debian httpd liquibase memcached odoo photon postgres satosa"
    " sonarqube ubuntu zookeeper"
)
"""Images with few tags, and with changes of their bases, of the forms of their tags, and of their makers' minds."""
EACH = 4
"""How many journeys are made with each image of the sample."""
EACH_OF_ALL = 12
ALL = 970
UNREAD = 4
"""`8u502` in three forms, and `2018.03.0.20231002.0`: not versions, which the strategy says."""


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


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("follow", "fresh"), [(False, 0.79), (True, 0.95)], ids=["same", "follow"])
def test_no_image_of_the_corpus_leaves_a_workload_behind_in_silence(*, follow: bool, fresh: float) -> None:
    everything = Figures()
    for _image, found in journeys(VersionStrategy(follow=follow), read_corpus(), EACH_OF_ALL):
        everything.add(found)
    assert sum(everything.ends.values()) == ALL
    assert [example for example in everything.examples if example.startswith("silent")] == []
    assert everything.ends["unread"] == UNREAD
    assert (everything.older, everything.not_newer) == (0, 0)
    assert everything.ends["fresh"] >= fresh * ALL
