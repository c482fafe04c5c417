"""The demo of GitOps: a folder of manifests in a repository of its own, edited and committed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from watch_cluster.adapters.git.repository.program import GitError, GitProgram
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry
from watch_cluster.entrypoints.folder_run import FolderReport, FolderRun, GitAction, GitFailed
from watch_cluster.entrypoints.output.git import plain_text
from watch_cluster.entrypoints.settings.settings import Settings

_MANIFEST: Final = """\
# The {name}, as its team wrote it.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  annotations:
    watch-cluster.io/enabled: "true"{settings}
spec:
  template:
    spec:
      containers:
        - name: app
          image: '{image}'   # only this changes
"""


def play_gitops(console: Console) -> bool:
    """Run the demo in a few seconds; return whether every step had the expected result. Needs the program git."""
    registry = EmbeddedRegistry()
    try:
        with tempfile.TemporaryDirectory(prefix="watch-cluster-") as folder:
            return _Demo(console, registry, Path(folder)).play()
    except (GitError, GitFailed) as error:
        console.print(Text(f"The demo failed: {error}"), soft_wrap=True)
        return False
    finally:
        registry.close()


class _Demo:
    def __init__(self, console: Console, registry: EmbeddedRegistry, folder: Path) -> None:
        self._console = console
        self._registry = registry
        self._folder = folder
        self._git = GitProgram(folder)

    def play(self) -> bool:
        self._print("Watch-Cluster demo: a registry, and a Git repository in a temporary folder.")
        self._start()
        first = self._update("shop 1.1.0 and cart 2.0.0 are pushed. The owner of cart wants to approve.")
        self._print("\nThe commit changes one line, and keeps the comment and the quotes:")
        diff = self._git("show", "--unified=0", "--format=%s", "HEAD").splitlines()
        changed = [line for line in diff if line.startswith(("+", "-")) and line[:3] not in {"+++", "---"}]
        for line in (diff[0], *changed):
            self._print(f"  {line}", "green" if line.startswith("+") else "red" if line.startswith("-") else "bold")
        self._approve()
        second = self._update("The owner of cart approves 2.0.0, and commits that.")
        third = self._update("Nothing is left to do.")
        succeeded = [len(report.updates) for report in (first, second, third)] == [1, 1, 0] and len(changed) == len(
            "+-"
        )
        self._print("\nThe demo is complete." if succeeded else "\nThe demo failed.")
        return succeeded

    def _start(self) -> None:
        for name, tags in (("shop", ("1.0.0", "1.1.0")), ("cart", ("1.0.0", "2.0.0"))):
            for tag in tags:
                self._registry.push(name, tag, f"{name} {tag}")
        self._write("shop", "")
        self._write("cart", '\n    watch-cluster.io/approval: "required"')
        self._git("init", "--quiet")
        for key, value in (("user.name", "Watch-Cluster demo"), ("user.email", "demo@example.com")):
            self._git("config", key, value)
        self._commit("Deploy shop:1.0.0 and cart:1.0.0")

    def _approve(self) -> None:
        self._write("cart", '\n    watch-cluster.io/approval: "required"\n    watch-cluster.io/approved: "2.0.0"')
        self._commit("Approve cart:2.0.0")

    def _update(self, title: str) -> FolderReport:
        self._print(f"\n{title}", "bold")
        self._print("$ watch-cluster git . --commit")
        report = FolderRun(self._folder, GitAction.COMMIT, Settings())()
        self._print(plain_text(report.updates, report.held))
        return report

    def _write(self, name: str, settings: str) -> None:
        image = f"{self._registry.host}/{name}:1.0.0"
        (self._folder / f"{name}.yaml").write_text(_MANIFEST.format(name=name, settings=settings, image=image))

    def _commit(self, message: str) -> None:
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text.replace(f"{self._registry.host}/", ""), style), soft_wrap=True)
