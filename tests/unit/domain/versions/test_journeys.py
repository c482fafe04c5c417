"""Whoever follows a real tag for years ends with one that still gets fixes, or is told; a sample of the corpus.

`python -m tests.benchmarks.journeys` makes all journeys.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.benchmarks.journeys import Figures, end_of, follow_image, read_corpus
from watch_cluster.domain.versions.strategy import VersionStrategy

SAMPLE = (
    "adminer bash cassandra debian haproxy httpd memcached mongo nginx odoo photon redis ruby satosa tomcat zookeeper"
)
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


@pytest.mark.parametrize("follow", [False, True], ids=["same", "follow"])
def test_nobody_is_left_behind_in_silence(*, follow: bool) -> None:
    found = figures(follow=follow)
    assert [example for example in found.examples if example.startswith("silent")] == []


@pytest.mark.parametrize("follow", [False, True], ids=["same", "follow"])
def test_every_step_leads_to_something_newer(*, follow: bool) -> None:
    found = figures(follow=follow)
    assert found.steps > 150
    assert (found.older, found.not_newer) == (0, 0)


def test_whoever_follows_the_releases_of_a_base_stays_fresh_more_often() -> None:
    assert figures(follow=True).ends["fresh"] > figures(follow=False).ends["fresh"]
