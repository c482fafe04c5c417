"""Commits and proposes edits from a working copy that belongs to a person or a CI job."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watch_cluster.adapters.git.repository.messages import TRAILER, ImageUpdate, commit_message
from watch_cluster.adapters.git.repository.program import GitError, GitProgram


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """The repository that a folder is in."""

    git: GitProgram

    @classmethod
    def of(cls, folder: Path) -> WorkingCopy:
        """The repository of the folder. Raises `GitError` when there is none."""
        git = GitProgram(folder)
        git("rev-parse", "--show-toplevel")
        return cls(git)

    @property
    def prefix(self) -> str:
        """The folder below the top of the repository, with a slash at the end; empty at the top."""
        return self.git("rev-parse", "--show-prefix")

    @property
    def branch(self) -> str:
        """The branch that is checked out. Raises `GitError` without one."""
        return self.git("symbolic-ref", "--short", "HEAD")

    def check_clean(self, paths: tuple[str, ...]) -> None:
        """Raise `GitError` when one of the files has changes that are not committed: they would be in our commit."""
        changed = self.git("status", "--porcelain", "--", *paths) if paths else ""
        if changed:
            names = ", ".join(line[3:] for line in changed.splitlines()[:5])
            raise GitError(f"commit or stash your changes first: {names}")

    def commit(self, paths: tuple[str, ...], message: str) -> None:
        """Commit these files, as they are, to the branch that is checked out."""
        self.git("add", "--", *paths)
        self.git("commit", "--quiet", "--file=-", "--", *paths, stdin=message.encode())

    def differs(self, path: str, content: bytes) -> bool:
        """Whether the last commit has other bytes in this file, or no such file."""
        try:
            return self.git.raw("show", f"HEAD:{self.prefix}{path}") != content
        except GitError:
            return True

    def propose(self, files: Mapping[str, bytes], update: ImageUpdate, remote: str = "origin") -> bool:
        """Push a branch with these files on top of HEAD; return whether it was not there yet like that.

        The working copy stays as it is. The branch is replaced if all its commits are ours. Raises `GitError`.
        """
        head = self.git("rev-parse", "HEAD")
        tree = self._tree(files)
        there = self._remote_commit(remote, update.branch)
        if there:
            self.git("fetch", "--quiet", remote, there)
            if self.git("rev-parse", f"{there}^{{tree}}", f"{there}^") == f"{tree}\n{head}":
                return False
            self._check_ours(there, head, update.branch)
        commit = self.git("commit-tree", tree, "-p", head, stdin=commit_message(update).encode())
        lease = f"--force-with-lease=refs/heads/{update.branch}:{there}"
        self.git("push", "--quiet", lease, remote, f"{commit}:refs/heads/{update.branch}")
        return True

    def _tree(self, files: Mapping[str, bytes]) -> str:
        """The tree of HEAD with these files, without a change of the working copy or its index."""
        prefix = self.prefix
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.git("read-tree", "HEAD", extra=index)
            for path, content in files.items():
                # Filters, such as that of Git LFS or of line ends, apply as in `git add`.
                blob = self.git("hash-object", "-w", "--stdin", f"--path={prefix}{path}", stdin=content)
                mode = self.git("ls-files", "--stage", "--", path, extra=index).partition(" ")[0] or "100644"
                self.git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{prefix}{path}", extra=index)
            return self.git("write-tree", extra=index)

    def _remote_commit(self, remote: str, branch: str) -> str:
        return self.git("ls-remote", remote, f"refs/heads/{branch}").partition("\t")[0]

    def _check_ours(self, there: str, head: str, branch: str) -> None:
        messages = self.git(
            "log", f"--format=%H %(trailers:key={TRAILER},valueonly,separator=%x2C)", f"{head}..{there}"
        )
        foreign = [line for line in messages.splitlines() if not line.partition(" ")[2]]
        if foreign:
            raise GitError(f"somebody has committed to {branch}: merge it, or delete the branch")
