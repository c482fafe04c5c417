"""Pull requests with the API that GitHub, Gitea and Forgejo have in common; only their searches differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watch_cluster.adapters.git.forge.api import JsonApi
from watch_cluster.adapters.git.forge.forge import PullRequest, RequestState

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PullsForge:
    """Implements `Forge`.

    `search` returns the fields of the latest request that merges a branch into a base. `merged_field` is set on merged
    requests.
    """

    api: JsonApi
    search: Callable[[str, str], Fields | None]
    merged_field: str

    def find(self, branch: str, base: str) -> PullRequest | None:
        """Search for the latest pull request."""
        fields = self.search(branch, base)
        return None if fields is None else self._read(fields)

    def open(self, branch: str, base: str, title: str, text: str) -> PullRequest:
        """Create a pull request."""
        body = {"title": title, "head": branch, "base": base, "body": text}
        return self._read(self.api("POST", "/pulls", body=body))

    def edit(self, number: int, title: str, text: str) -> None:
        """Update a pull request."""
        self.api("PATCH", f"/pulls/{number}", body={"title": title, "body": text})

    def close(self, number: int) -> None:
        """Close a pull request."""
        self.api("PATCH", f"/pulls/{number}", body={"state": "closed"})

    def _read(self, fields: Fields) -> PullRequest:
        state = RequestState.OPEN if fields["state"] == "open" else RequestState.CLOSED
        if fields.get(self.merged_field):
            state = RequestState.MERGED
        return PullRequest(fields["number"], fields["html_url"], state, fields["title"], fields.get("body") or "")
