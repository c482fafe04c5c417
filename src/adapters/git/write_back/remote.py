"""A remote repository through a bare shallow clone: its files at a commit, and commits on top of it."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from threading import Lock
from typing import Final

from watch_cluster.adapters.git.repository.messages import TRAILER
from watch_cluster.adapters.git.repository.program import GitError, GitProgram
from watch_cluster.adapters.git.write_back.declarations import Declaration
from watch_cluster.adapters.git.yaml.documents import MAX_BYTES

DEPTH: Final = 100
"""How many commits are searched for one of ours. A crash leaves one that is a few minutes old."""
MOST_BYTES: Final = 64 * 2**20
"""How many bytes of manifests are read of a folder."""
_REJECTED: Final = re.compile(r"\[rejected\]|cannot lock ref|fetch first|non-fast-forward|stale info")
_FILE: Final = frozenset({"100644", "100755"})


class BranchMoved(Exception):  # noqa: N818 - the name says what is wrong
    """Somebody else has pushed meanwhile."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at a commit: its blob and size in bytes."""

    blob: str
    size: int


@dataclass(slots=True)
class Remote:
    """One repository. Use it while holding its lock. Everything raises `GitError`.

    `folder` is an empty directory for the clone, which holds nothing until it is needed.
    """

    url: str
    declaration: Declaration
    folder: Path
    lock: Lock = field(default_factory=Lock)
    fetched: dict[str, str] = field(default_factory=dict)
    """The commit of each branch that was fetched last."""

    def head(self, branch: str) -> str | None:
        """Return the commit at the tip of the remote branch, after fetching it if it moved; None if there is none."""
        git = self._git()
        tip = git("ls-remote", self.url, f"refs/heads/{branch}").partition("\t")[0] or None
        if tip is not None and self.fetched.get(branch) != tip:
            ref = f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
            git("fetch", "--quiet", "--no-tags", f"--depth={DEPTH}", self.url, ref)
            tip = git("rev-parse", f"refs/remotes/origin/{branch}")
            self.fetched[branch] = tip
        return tip

    def entries(self, commit: str) -> dict[str, Entry]:
        """Return the regular files of the commit by path."""
        found = {}
        for line in self._git().raw("ls-tree", "-r", "-l", "-z", "--full-tree", commit).split(b"\0"):
            about, _, path = line.partition(b"\t")
            mode, _, rest = about.decode().partition(" ")
            if mode in _FILE:
                _, blob, size = rest.split()
                found[path.decode(errors="replace")] = Entry(blob, int(size))
        return found

    def read(self, entries: Iterable[Entry]) -> dict[str, bytes]:
        """Return the bytes of the files by blob; nothing of files that are too large to be parsed."""
        selected = [entry for entry in entries if entry.size <= MAX_BYTES]
        if sum(entry.size for entry in selected) > MOST_BYTES:
            raise GitError(f"the folder has more than {MOST_BYTES} bytes of manifests: name a smaller one")
        blobs = {entry.blob: entry.size for entry in selected}
        output = self._git().raw("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
        found, at = {}, 0
        for blob, size in blobs.items():
            start = output.index(b"\n", at) + 1
            found[blob] = output[start : start + size]
            at = start + size + 1
        return found

    def commit(self, parent: str, files: Mapping[str, bytes], message: str) -> str:
        """Create a commit with these files on top of the parent; nothing is pushed yet."""
        git = self._git()
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            git("read-tree", parent, extra=index)
            for path, content in files.items():
                blob = git("hash-object", "-w", "--stdin", stdin=content)
                mode = git("ls-files", "--stage", "--", path, extra=index).partition(" ")[0]
                git("update-index", "--cacheinfo", f"{mode},{blob},{path}", extra=index)
            tree = git("write-tree", extra=index)
        return git("commit-tree", tree, "-p", parent, stdin=message.encode())

    def push(self, commit: str, branch: str, *, replacing: str | None = None) -> None:
        """Push the commit to the branch. Only commits that start from its tip are taken, unless one is replaced.

        Raises `BranchMoved` when the tip is another one.
        """
        lease = () if replacing is None else (f"--force-with-lease=refs/heads/{branch}:{replacing}",)
        self._push(branch, *lease, self.url, f"{commit}:refs/heads/{branch}")
        self.fetched[branch] = commit

    def delete(self, branch: str, tip: str) -> None:
        """Delete the branch. Raises `BranchMoved` when its tip is another one."""
        self._push(branch, f"--force-with-lease=refs/heads/{branch}:{tip}", self.url, f":refs/heads/{branch}")
        self.fetched.pop(branch, None)

    def rollouts(self, tip: str, since: str | None = None) -> list[tuple[str, str]]:
        """Return commit and rollout, which is empty for commits of others, of the latest commits."""
        span = tip if since is None else f"{since}..{tip}"
        form = f"--format=%H %(trailers:key={TRAILER},valueonly,separator=%x2C)"
        lines = self._git()("log", f"--max-count={DEPTH}", form, span).splitlines()
        return [(commit, rollout) for commit, _, rollout in (line.partition(" ") for line in lines)]

    def _push(self, branch: str, *arguments: str) -> None:
        try:
            self._git()("push", "--quiet", *arguments)
        except GitError as error:
            self.fetched.pop(branch, None)
            if _REJECTED.search(str(error)):
                raise BranchMoved(str(error)) from None
            raise

    def _git(self) -> GitProgram:
        """The program in the clone, which is made when it is needed first."""
        git = GitProgram(self.folder, self._environment())
        if not (self.folder / "HEAD").exists():
            git("init", "--quiet", "--bare")
        return git

    def _environment(self) -> dict[str, str]:
        """Who commits, and the credentials, which the command line of no process shows."""
        name, address = parseaddr(self.declaration.author)
        config = [("credential.helper", ""), ("http.followRedirects", "false"), ("core.hooksPath", "/dev/null")]
        token = self._token()
        if token is not None:
            login = base64.b64encode(f"{self.declaration.username}:{token}".encode()).decode()
            config.append(("http.extraHeader", f"Authorization: Basic {login}"))
        environment = {"GIT_ALLOW_PROTOCOL": "http:https", "GIT_CONFIG_COUNT": str(len(config))}
        for number, (key, value) in enumerate(config):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": address}
        return environment

    def _token(self) -> str | None:
        try:
            return self.declaration.token()
        except (OSError, UnicodeDecodeError):
            raise GitError(f"the token file {self.declaration.token_file} cannot be read") from None
