"""Pull requests on Bitbucket Cloud (developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests)."""

from __future__ import annotations

from typing import Any, Final

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.forge import PullRequest, RequestState

_STATES: Final = {"OPEN": RequestState.OPEN, "MERGED": RequestState.MERGED}
_ALL: Final = ("OPEN", "MERGED", "DECLINED", "SUPERSEDED")


class Bitbucket:
    """Implements `Forge`. `project` is `workspace/repository`."""

    def __init__(self, url: str, project: str, token: str) -> None:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        self._api = JsonApi(f"{url}/repositories/{project}", headers)

    def find(self, branch: str, base: str) -> PullRequest | None:
        """Query the requests of the branch, the newest first."""
        condition = f'source.branch.name = "{branch}" AND destination.branch.name = "{base}"'
        query = [("q", condition), ("sort", "-created_on"), ("pagelen", "1"), *(("state", each) for each in _ALL)]
        found = self._api("GET", "/pullrequests", query=query)["values"]
        return _read(found[0]) if found else None

    def open(self, branch: str, base: str, title: str, text: str) -> PullRequest:
        """Create a pull request whose branch is deleted with it."""
        ends = {"source": {"branch": {"name": branch}}, "destination": {"branch": {"name": base}}}
        body = {"title": title, "description": text, "close_source_branch": True, **ends}
        return _read(self._api("POST", "/pullrequests", body=body))

    def edit(self, number: int, title: str, text: str) -> None:
        """Update a pull request."""
        self._api("PUT", f"/pullrequests/{number}", body={"title": title, "description": text})

    def close(self, number: int) -> None:
        """Decline a pull request."""
        self._api("POST", f"/pullrequests/{number}/decline")


def _read(fields: dict[str, Any]) -> PullRequest:
    state = _STATES.get(fields["state"], RequestState.CLOSED)
    text = fields.get("description") or ""
    return PullRequest(fields["id"], fields["links"]["html"]["href"], state, fields["title"], text)
