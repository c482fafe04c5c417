"""Pull requests on GitHub (docs.github.com/rest/pulls/pulls, version 2022-11-28)."""

from __future__ import annotations

from typing import Any

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.forge import PullRequest, RequestState


class GitHub:
    """Implements `Forge`. `project` is `owner/name`."""

    def __init__(self, url: str, project: str, token: str) -> None:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._api = JsonApi(f"{url}/repos/{project}", headers)
        self._owner = project.partition("/")[0]

    def find(self, branch: str, base: str) -> PullRequest | None:
        """List the requests of the branch, the newest first."""
        query = [("state", "all"), ("head", f"{self._owner}:{branch}"), ("base", base)]
        query += [("sort", "created"), ("direction", "desc"), ("per_page", "1")]
        found = self._api("GET", "/pulls", query=query)
        return _read(found[0]) if found else None

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
    if fields.get("merged_at"):
        state = RequestState.MERGED
    return PullRequest(fields["number"], fields["html_url"], state, fields["title"], fields.get("body") or "")
