"""Pull requests on GitHub (docs.github.com/rest/pulls/pulls, version 2022-11-28)."""

from __future__ import annotations

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.pulls import Fields, PullsForge


def github(url: str, project: str, token: str) -> PullsForge:
    """Return the forge of a repository; `project` is `owner/name`."""
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    api, owner = JsonApi(f"{url}/repos/{project}", headers), project.partition("/")[0]
    return PullsForge(api, lambda branch, base: _search(api, f"{owner}:{branch}", base), merged_field="merged_at")


def _search(api: JsonApi, head: str, base: str) -> Fields | None:
    """List the requests of the branch, the newest first."""
    query = [("state", "all"), ("head", head), ("base", base)]
    query += [("sort", "created"), ("direction", "desc"), ("per_page", "1")]
    listed: list[Fields] = api("GET", "/pulls", query=query)
    return listed[0] if listed else None
