"""Chooses the forge of a repository by its URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from watch_cluster.adapters.git.forge.bitbucket import Bitbucket
from watch_cluster.adapters.git.forge.forge import Forge, ForgeError
from watch_cluster.adapters.git.forge.gitea import gitea
from watch_cluster.adapters.git.forge.github import github
from watch_cluster.adapters.git.forge.gitlab import GitLab

FORGES: Final[dict[str, Callable[[str, str, str], Forge]]] = {
    "github": github,
    "gitlab": GitLab,
    "gitea": gitea,
    "bitbucket": Bitbucket,
}
_KNOWN_HOSTS: Final = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
    "bitbucket.org": "bitbucket",
}
_APIS: Final = {
    "github": "https://{host}/api/v3",
    "gitlab": "https://{host}/api/v4",
    "gitea": "https://{host}/api/v1",
    "bitbucket": "https://{host}/2.0",
}
_PUBLIC_APIS: Final = {"github.com": "https://api.github.com", "bitbucket.org": "https://api.bitbucket.org/2.0"}
_URL: Final = re.compile(
    r"(?:(?P<scheme>https?|ssh|git)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/|(?:[^@/]*@)?(?P<scp>[^/:]+):/*)"
    r"(?P<project>[^?#]+?)(?:\.git)?/?"
)


def forge_of(url: str, token: str, name: str | None = None, api: str | None = None) -> Forge:
    """Return the forge of the repository with this URL, or the named one. Raises `ForgeError`."""
    match = _URL.fullmatch(url)
    if match is None:
        raise ForgeError("the URL of the remote repository is that of no forge")
    host, project = match["host"] or match["scp"], match["project"]
    name = name or _KNOWN_HOSTS.get(host)
    if name is None:
        raise ForgeError(f"nothing says which forge {host} is: choose one of {', '.join(FORGES)}")
    if name not in FORGES:
        raise ForgeError(f"{name} is no known forge: choose one of {', '.join(FORGES)}")
    return FORGES[name]((api or _PUBLIC_APIS.get(host) or _APIS[name].format(host=host)).rstrip("/"), project, token)
