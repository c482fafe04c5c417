"""Merge requests on GitLab (docs.gitlab.com/api/merge_requests)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.forge import PullRequest, RequestState

_STATES: Final = {"opened": RequestState.OPEN, "locked": RequestState.OPEN, "merged": RequestState.MERGED}


class GitLab:
    """Implements `Forge`. `project` is the path with all groups, such as `group/team/name`."""

    def __init__(self, url: str, project: str, token: str) -> None:
        self._api = JsonApi(f"{url}/projects/{quote(project, safe='')}", {"PRIVATE-TOKEN": token})

    def find(self, branch: str, base: str) -> PullRequest | None:
        """List the requests of the branch, the newest first."""
        query = [("source_branch", branch), ("target_branch", base), ("state", "all")]
        query += [("order_by", "created_at"), ("sort", "desc"), ("per_page", "1")]
        found = self._api("GET", "/merge_requests", query=query)
        return _read(found[0]) if found else None

    def open(self, branch: str, base: str, title: str, text: str) -> PullRequest:
        """Create a merge request whose branch is deleted with it."""
        body = {"source_branch": branch, "target_branch": base, "title": title, "description": text}
        return _read(self._api("POST", "/merge_requests", body={**body, "remove_source_branch": True}))

    def edit(self, number: int, title: str, text: str) -> None:
        """Update a merge request."""
        self._api("PUT", f"/merge_requests/{number}", body={"title": title, "description": text})

    def close(self, number: int) -> None:
        """Close a merge request."""
        self._api("PUT", f"/merge_requests/{number}", body={"state_event": "close"})


def _read(fields: dict[str, Any]) -> PullRequest:
    state = _STATES.get(fields["state"], RequestState.CLOSED)
    return PullRequest(fields["iid"], fields["web_url"], state, fields["title"], fields.get("description") or "")
