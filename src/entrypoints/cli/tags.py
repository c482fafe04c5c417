"""`watch-cluster tags`: which tag of an image would be taken, and why not the others, without a cluster."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.application.registry_queries.mirrors import query_through_mirrors
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.reference import Repository, is_tag
from watch_cluster.domain.policy.errors import InvalidConfiguration
from watch_cluster.domain.policy.policy import Target
from watch_cluster.domain.policy.policy_reader import PolicyReader
from watch_cluster.domain.update.by_version import candidates
from watch_cluster.domain.update.decision import Held, HoldReason, UpToDate
from watch_cluster.domain.versions.choice import EvaluatedTag
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, Progress, Workload, WorkloadKey
from watch_cluster.entrypoints.cli.candidates import current_version, listed, print_candidates
from watch_cluster.entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


_STANDARD_INPUT = Path("-")


class InvalidQuestion(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """What was asked cannot be understood; a line for each fault."""


@dataclass(frozen=True, slots=True)
class Question:
    """An image, how it is to be followed, and the tags that there are; None to ask the registry, by `login` if any."""

    workload: Workload
    target: Target
    listed: tuple[str, ...] | None
    login: Credential | None = None

    @classmethod
    def read(
        cls, image: str, options: Mapping[str, str], tags_from: Path | None, login: Credential | None = None
    ) -> Question:
        """Read what was asked, options by the names of the annotations. Raises `InvalidQuestion` with all faults."""
        annotations = {f"{annotation.DOMAIN}/{name}": value for name, value in options.items()}
        nothing = Progress(observed=True, desired=0, updated=0, available=0, outdated=0)
        key = WorkloadKey("default", "Image", "asked-for")
        now = datetime.now(UTC)
        workload = Workload(key, "", (Container("image", image),), nothing, now, annotations)
        faults: list[str] = []
        tags: tuple[str, ...] | None = None
        try:
            tags = None if tags_from is None else _read_tags(tags_from)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            faults.append(f"--tags-from: {str(tags_from)!r} cannot be read: {why}")
        try:
            policy = PolicyReader(compile_tag_pattern)(workload)
        except InvalidConfiguration as error:
            faults += [str(fault).replace(f"{annotation.DOMAIN}/", "--", 1) for fault in error.faults]
            raise InvalidQuestion("\n".join(each.replace("image of container ", "", 1) for each in faults)) from error
        if faults:
            raise InvalidQuestion("\n".join(faults))
        return cls(workload, policy.targets[0], tags, login)


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be chosen; `why` is one line when the current tag cannot be followed, and `held` its reason.

    `digest` is what the tag stands for, where that is what is followed.
    """

    current: str | None
    chosen: str | None
    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    why: str | None = None
    digest: str | None = None
    held: HoldReason | None = None


def read_login(username: str | None, tags_from: Path | None, *, password_stdin: bool) -> Credential | None:
    """Read the password of the user from standard input, None when no user is named. Raises `InvalidQuestion`."""
    if username is None and not password_stdin:
        return None
    if not username or ":" in username:
        raise InvalidQuestion("--username: name the user whose password is read, without ':'")
    if not password_stdin:
        raise InvalidQuestion("--password-stdin: the password is read from standard input, say so with this option")
    if tags_from is not None:
        raise InvalidQuestion("--username: no registry is asked when tags are read with --tags-from")
    password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not password:
        raise InvalidQuestion("--password-stdin: there is no password on standard input")
    return Credential(username, password)


def answer(question: Question, settings: Settings) -> Answer:
    """Judge the tags. Raises `RegistryError`."""
    target = question.target
    current = target.image.effective_tag
    if target.strategy.follows_digest:
        if question.listed is not None or current is None:
            return Answer(current, None, why="what a tag stands for is known to its registry alone")
        return Answer(current, None, digest=_ask(question, settings, current)[0])
    tags = question.listed if question.listed is not None else _ask(question, settings)
    found = candidates(target, target.strategy, tags)
    if isinstance(found, Held):
        why = found.message.removeprefix(f"container {target.container}: ")
        return Answer(current, None, found.evaluated_tags, why=why, held=found.reason)
    if isinstance(found, UpToDate):
        return Answer(current, None, found.evaluated_tags)
    return Answer(current, found[0].candidate.tag, found[0].evaluated_tags)


def print_json(answered: Answer) -> None:
    """Print the answer for programs."""
    document: dict[str, object] = {
        "current": answered.current,
        "chosen": answered.chosen,
        "held": None if answered.held is None else {"reason": answered.held.value, "message": answered.why},
        "candidates": listed(answered.evaluated_tags),
    }
    extra = {"why": answered.why, "digest": answered.digest}
    document |= {name: value for name, value in extra.items() if value is not None}
    print(json.dumps(document, indent=2))  # noqa: T201 - the command's output


def print_text(answered: Answer, target: Target, console: Console) -> None:
    """Print the answer for people."""
    from watch_cluster.entrypoints.output.cell import cell

    print_candidates(current_version(target), answered.evaluated_tags, console)
    if answered.why is not None:
        line = answered.why
    elif answered.digest is not None:
        line = f"tag {answered.current} stands for {answered.digest}"
    else:
        line = f"chosen: {answered.chosen}" if answered.chosen is not None else "up to date"
    console.print(cell(line), soft_wrap=True)


def _read_tags(path: Path) -> tuple[str, ...]:
    """One tag a line; what is no tag is left out, as it is of what a registry lists."""
    text = sys.stdin.read() if path == _STANDARD_INPUT else path.read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if is_tag(line.strip()))


def _ask(question: Question, settings: Settings, tag: str | None = None) -> tuple[str, ...]:
    """Ask the registry for its tags, or for the digest of one of them."""
    from watch_cluster.entrypoints.container.container import Container as Wiring

    wiring = Wiring(settings=settings)
    file, registry = wiring.file_credentials(), wiring.registry()
    login = question.login

    def candidates_for(repository: Repository) -> tuple[Credential, ...]:
        return file.candidates(question.workload, repository) if login is None else (login,)

    def ask(repository: Repository, credentials: tuple[Credential, ...]) -> tuple[str, ...]:
        if tag is not None:
            return (registry.digest(repository, tag, credentials),)
        return registry.tags(repository, credentials)

    # A login is for the registry that the image names, and no business of its mirror.
    mirrors = settings.REGISTRY_MIRRORS if login is None else ()
    try:
        return query_through_mirrors(mirrors, question.target.image.repository, candidates_for, ask)
    finally:
        wiring.shutdown_resources()
