"""What every world does with a repository of manifests."""

from __future__ import annotations

from pathlib import Path

from tests.gitops.source import GitSource


class WithGit:
    """A repository that is made when a scenario needs one."""

    def __init__(self, folder: Path) -> None:
        self._git_folder = folder
        self._git: GitSource | None = None

    @property
    def git(self) -> GitSource:
        assert self._git is not None, "the scenario has no repository"
        return self._git

    @property
    def declarations(self) -> Path | None:
        """The file for `GIT_REPOSITORIES`."""
        return None if self._git is None else self._git.declarations

    def use_git(self, mode: str, allowed: str = "apps") -> None:
        self._git = GitSource(self._git_folder, mode, allowed)

    def close_git(self) -> None:
        if self._git is not None:
            self._git.close()
