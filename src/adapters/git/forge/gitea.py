"""Pull requests on Gitea and Forgejo (docs.gitea.com/api, codeberg.org/api/swagger)."""

from __future__ import annotations

from typing import Final

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.pulls import Fields, PullsForge

_PAGE_SIZE: Final = 50
_MAX_PAGES: Final = 20
"""How many pages are searched: the API cannot filter by branch."""


def gitea(url: str, project: str, token: str) -> PullsForge:
    """Return the forge of a repository; `project` is `owner/name`."""
    api = JsonApi(f"{url}/repos/{project}", {"Authorization": f"token {token}"})
    return PullsForge(api, lambda branch, base: _search(api, branch, base), merged_field="merged")


def _search(api: JsonApi, branch: str, base: str) -> Fields | None:
    """List all requests, the most recently updated first."""
    for page in range(1, _MAX_PAGES + 1):
        query = [("state", "all"), ("sort", "recentupdate"), ("limit", str(_PAGE_SIZE)), ("page", str(page))]
        listed: list[Fields] = api("GET", "/pulls", query=query) or []
        found = [fields for fields in listed if (fields["head"]["ref"], fields["base"]["ref"]) == (branch, base)]
        if found:
            return max(found, key=lambda fields: int(fields["number"]))
        if len(listed) < _PAGE_SIZE:
            return None
    return None
