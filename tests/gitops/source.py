"""The repository that a GitOps tool applies workloads from, declared to the controller, and its forge."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import yaml

from tests.gitops.forge_server import PROJECT, TOKEN, ForgeServer, Request
from tests.gitops.git_server import GitServer, run_git
from watch_cluster.adapters.git.repository.messages import TRAILER

_MANIFEST: Final = """\
# Deployed by Flux.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  template:
    spec:
      containers:
        - name: app
          image: '{image}' # keep this comment
"""


class GitSource:
    """A Git server with one repository, whose folder `apps` holds manifests, and the pull requests for it."""

    def __init__(self, folder: Path, mode: str, allowed: str = "apps") -> None:
        with ExitStack() as started:
            root = folder / "repositories"
            root.mkdir()
            self.server = started.enter_context(GitServer(root, private=True))
            self.server.login = "Basic " + _login(TOKEN)
            self.repository = self.server.create(PROJECT, {"README.md": "The fleet.\n"})
            self.forge = started.enter_context(ForgeServer("gitea", self.repository))
            self.close = started.pop_all().close
        self.declarations = folder / "repositories.yaml"
        (folder / "token").write_text(f"{TOKEN}\n")
        declared = {
            "url": f"http://{self.server.host}/team/*.git",
            "mode": mode,
            "token-file": str(folder / "token"),
            "author": "Watch-Cluster <robot@example.com>",
            "forge": "gitea",
            "forge-api": self.forge.url,
            "folders": [{"path": allowed, "namespaces": ["*"]}],
        }
        self.declarations.write_text(yaml.safe_dump({"repositories": [declared]}))

    @property
    def path(self) -> str:
        """What the owner of a workload writes as `git-path`."""
        return f"{self.repository.url}//apps"

    def deploy(self, name: str, image: str) -> None:
        """Commit a manifest, as the workload's owner does."""
        self.repository.commit({f"apps/{name}.yaml": _MANIFEST.format(name=name, image=image)}, f"Deploy {image}")

    def image(self, name: str) -> str:
        """The image in the manifest on `main`."""
        image: str = yaml.safe_load(self.repository.read(f"apps/{name}.yaml"))["spec"]["template"]["spec"][
            "containers"
        ][0]["image"]
        return image

    def ours(self) -> list[tuple[str, str]]:
        """The subject and the rollout of each commit on `main` that Watch-Cluster made, the latest first."""
        lines = self.repository.log(form=f"%s%x09%(trailers:key={TRAILER},valueonly,separator=%x2C)")
        pairs = [(subject, rollout) for subject, _, rollout in (line.partition("\t") for line in lines)]
        return [pair for pair in pairs if pair[1]]

    def message(self) -> str:
        """The message of the latest commit on `main`."""
        return run_git(self.repository.bare, "log", "--max-count=1", "--format=%B", "main")

    def undo(self) -> None:
        """Revert the latest commit, as a person does."""
        before = run_git(self.repository.bare, "show", "main~1:apps/shop.yaml", strip=False)
        self.repository.commit({"apps/shop.yaml": before}, "We do not want this")

    @property
    def refused(self) -> list[str]:
        """The requests that the forge does not document."""
        return [each for each in self.forge.refused if self.forge.dialect.prefix in each]

    def merge(self, request: Request) -> None:
        """Merge a request, as a person does."""
        self.repository.merge(request.branch)
        request.state = "merged"


def _login(token: str) -> str:
    return base64.b64encode(f"git:{token}".encode()).decode()
