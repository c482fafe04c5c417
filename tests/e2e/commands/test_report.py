"""`watch-cluster report` on a real API server and a real registry."""

from __future__ import annotations

import json

from tests.e2e.conftest import Team


def test_the_fleet_is_reported_in_each_format(team: Team) -> None:
    for tag in ("1.0.0", "1.1.0", "2.0.0"):
        team.push(tag)
    team.deploy("shop", team.image("1.0.0"), mode="notify")
    team.deploy("current", team.image("2.0.0"))

    document = json.loads(team.run("report", "--output", "json").stdout)
    markdown, page = team.run("report").stdout, team.run("report", "--output", "html").stdout

    rows = {row["workload"]: row for row in document["workloads"]}
    assert rows[f"{team.namespace}/Deployment/shop"]["behind"] == {"level": "major", "versions": 2}
    assert rows[f"{team.namespace}/Deployment/shop"]["reason"] == "notify only"
    assert "2 watched, 1 behind, 1 held, 1 up to date" in markdown
    assert page.startswith("<!doctype html>")
