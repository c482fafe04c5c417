"""Proposes the images of live workloads in the repositories that the operator has declared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from watch_cluster.adapters.git.forge.choice import forge_of
from watch_cluster.adapters.git.forge.forge import Forge, ForgeError
from watch_cluster.adapters.git.manifests.places import CannotWrite
from watch_cluster.adapters.git.repository.messages import ImageUpdate, commit_message
from watch_cluster.adapters.git.repository.program import GitError
from watch_cluster.adapters.git.write_back.declarations import Declaration
from watch_cluster.adapters.git.write_back.remote import BranchMoved, Remote
from watch_cluster.adapters.git.write_back.requests import Requests
from watch_cluster.adapters.git.write_back.source import Source
from watch_cluster.adapters.git.yaml.nodes import DuplicateKey
from watch_cluster.adapters.git.yaml.splice import CannotSplice
from watch_cluster.application.ports.orchestrator.proposer import (
    ProposalRejected,
    ProposalState,
    Proposed,
    ProposedChange,
    ProposerUnavailable,
)
from watch_cluster.domain.policy.values.write_back import split_path
from watch_cluster.tools.lru import Lru

MOST_ATTEMPTS: Final = 5
"""How often a commit is made again because somebody else pushed first."""
MOST_SOURCES: Final = 8
"""How many folders are kept parsed."""
ForgeOf = Callable[[str, str, str | None, str | None], Forge]


class GitProposer:
    """Implements `Proposer`. `folder` holds the clones, each made when it is needed first."""

    def __init__(self, declarations: tuple[Declaration, ...], folder: Path) -> None:
        self._declarations = declarations
        self._folder = folder
        self._lock = Lock()
        self._remotes: dict[str, Remote] = {}
        self._sources: Lru[tuple[str, str], Source] = Lru(MOST_SOURCES)

    def check(self, change: ProposedChange) -> None:
        """Plan the edits at the tip of the branch."""
        with self._opened(change) as (remote, root):
            self._planned(remote, root, change)

    def propose(self, change: ProposedChange) -> Proposed:
        """Commit, or open a pull request, unless that has been done."""
        with self._opened(change) as (remote, root):
            by_request = remote.declaration.mode == "pull-request"
            attempt = self._request if by_request else self._commit
            for _ in range(MOST_ATTEMPTS):
                try:
                    return attempt(remote, root, change)
                except BranchMoved:
                    continue
            raise ProposerUnavailable(f"{remote.url} has changed {MOST_ATTEMPTS} times while it was written to")

    def withdraw(self, change: ProposedChange, why: str) -> None:
        """Close the pull request; a commit stays."""
        try:
            with self._opened(change) as (remote, _):
                if remote.declaration.mode == "pull-request":
                    self._requests(remote).withdraw(_update(change).branch, why, change.id)
        except ProposalRejected:
            # What is no longer declared cannot be reached; there is nothing to take back.
            return

    def _commit(self, remote: Remote, root: str, change: ProposedChange) -> Proposed:
        head, files = self._planned(remote, root, change)
        branch = remote.declaration.branch
        ours = next((commit for commit, rollout in remote.rollouts(head) if rollout == change.id), None)
        if not files:
            return Proposed(ProposalState.ACCEPTED, f"commit {(ours or head)[:12]} of {remote.url}")
        if change.noted or ours is not None:
            return Proposed(ProposalState.DECLINED, f"the commit was undone in {branch} of {remote.url}")
        commit = remote.commit(head, files, commit_message(_update(change)))
        remote.push(commit, branch)
        return Proposed(ProposalState.ACCEPTED, f"commit {commit[:12]} of {remote.url}")

    def _request(self, remote: Remote, root: str, change: ProposedChange) -> Proposed:
        requests, update = self._requests(remote), _update(change)
        found = requests.find(update.branch, change.id)
        if found is not None:
            return found
        head, files = self._planned(remote, root, change)
        if files:
            return requests.propose(update, head, files)
        requests.withdraw(update.branch, "somebody has written the image to the branch")
        return Proposed(ProposalState.ACCEPTED, f"commit {head[:12]} of {remote.url}")

    def _planned(self, remote: Remote, root: str, change: ProposedChange) -> tuple[str, dict[str, bytes]]:
        """Return the tip of the branch and the files to write; none when they are as they should be."""
        branch = remote.declaration.branch
        head = remote.head(branch)
        if head is None:
            raise ProposalRejected(f"{remote.url} has no branch {branch}")
        source = self._source(remote, root)
        source.load(remote, head)
        try:
            files = dict(source.manifests.edited(source.edits(change, source.places(change))))
        except (CannotWrite, CannotSplice, DuplicateKey) as error:
            raise ProposalRejected(str(error)) from None
        for path in files:
            if not remote.declaration.allows(path, change.workload.namespace):
                raise ProposalRejected(f"namespace {change.workload.namespace} may not write to {path} (folders)")
        return head, files

    def _source(self, remote: Remote, root: str) -> Source:
        with self._lock:
            key = (remote.url, root)
            source = self._sources.get(key)
            if source is None:
                source = Source(root)
                self._sources.put(key, source)
            return source

    def _requests(self, remote: Remote) -> Requests:
        declared = remote.declaration
        forge = forge_of(remote.url, declared.token() or "", declared.forge, declared.forge_api)
        return Requests(remote, forge, declared.branch)

    @contextmanager
    def _opened(self, change: ProposedChange) -> Iterator[tuple[Remote, str]]:
        """The repository, locked, and the folder that the workload's owner named."""
        remote, root = self._remote(change)
        try:
            with remote.lock:
                yield remote, root
        except (GitError, ForgeError, OSError) as error:
            raise ProposerUnavailable(f"{remote.url}: {error}") from None

    def _remote(self, change: ProposedChange) -> tuple[Remote, str]:
        url, root = split_path(change.place.path)
        matching = [each for each in self._declarations if each.matches(url)]
        if not matching:
            raise ProposalRejected(f"{url} is not declared in GIT_REPOSITORIES of the controller")
        if not matching[0].allows(root, change.workload.namespace):
            where = root or "the top of the repository"
            raise ProposalRejected(f"namespace {change.workload.namespace} may not write to {where} (folders)")
        with self._lock:
            if url not in self._remotes:
                folder = self._folder / hashlib.sha256(url.encode()).hexdigest()[:16]
                folder.mkdir(parents=True, exist_ok=True)
                self._remotes[url] = Remote(url, matching[0], folder)
            return self._remotes[url], root


def _update(change: ProposedChange) -> ImageUpdate:
    return ImageUpdate(change.workload, change.images, change.id, change.reasons, change.failure)
