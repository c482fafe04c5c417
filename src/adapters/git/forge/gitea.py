"""Pull requests on Gitea and Forgejo (docs.gitea.com/api, codeberg.org/api/swagger)."""

from __future__ import annotations

from typing import Any, Final

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.forge import PullRequest, RequestState

_PAGE: Final = 50
_MOST_PAGES: Final = 20
"""How far back a request is searched: the API cannot filter by branch."""


class Gitea:
    """Implements `Forge`. `project` is `owner/name`."""

    def __init__(self, url: str, project: str, token: str) -> None:
        self._api = JsonApi(f"{url}/repos/{project}", {"Authorization": f"token {token}"})

    def find(self, branch: str, base: str) -> PullRequest | None:
        """List all requests, those that were updated last first."""
        for page in range(1, _MOST_PAGES + 1):
            query = [("state", "all"), ("sort", "recentupdate"), ("limit", str(_PAGE)), ("page", str(page))]
            found = self._api("GET", "/pulls", query=query) or []
            ours = [each for each in found if (each["head"]["ref"], each["base"]["ref"]) == (branch, base)]
            if ours:
                return _read(max(ours, key=lambda fields: int(fields["number"])))
            if len(found) < _PAGE:
                return None
        return None

    def open(self, branch: str, base: str, title: str, text: str) -> PullRequest:
        """Create a pull request."""
        return _read(self._api("POST", "/pulls", body={"title": title, "head": branch, "base": base, "body": text}))

    def edit(self, number: int, title: str, text: str) -> None:
        """Update a pull request."""
        self._api("PATCH", f"/pulls/{number}", body={"title": title, "body": text})

    def close(self, number: int) -> None:
        """Close a pull request."""
        self._api("PATCH", f"/pulls/{number}", body={"state": "closed"})


def _read(fields: dict[str, Any]) -> PullRequest:
    state = RequestState.OPEN if fields["state"] == "open" else RequestState.CLOSED
    if fields.get("merged"):
        state = RequestState.MERGED
    return PullRequest(fields["number"], fields["html_url"], state, fields["title"], fields.get("body") or "")
