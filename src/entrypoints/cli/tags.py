"""The command `tags`: which tag of an image is selected, and why the others are not; needs no cluster."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
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
from watch_cluster.entrypoints.cli.candidates import candidate_lines, current_version, listed
from watch_cluster.entrypoints.output.columns import wrapped

if TYPE_CHECKING:
    from watch_cluster.entrypoints.settings.settings import Settings


_STANDARD_INPUT = Path("-")


class InvalidTagQuery(ValueError):  # noqa: N818 - the name says what is wrong, as in the domain
    """The arguments of the command are invalid; one line per error."""


@dataclass(frozen=True, slots=True)
class TagQuery:
    """An image and its settings. `listed` are the available tags; None to query the registry, with `login` if given."""

    workload: Workload
    target: Target
    listed: tuple[str, ...] | None
    login: Credential | None = None

    @classmethod
    def read(
        cls, image: str, options: Mapping[str, str], tags_from: Path | None, login: Credential | None = None
    ) -> TagQuery:
        """Read the arguments; options have the names of annotations. Raises `InvalidTagQuery` with all errors."""
        annotations = {f"{annotation.DOMAIN}/{name}": value for name, value in options.items()}
        no_replicas = Progress(observed=True, desired=0, updated=0, available=0, outdated=0)
        key = WorkloadKey("default", "Image", "queried")
        now = datetime.now(UTC)
        workload = Workload(key, "", (Container("image", image),), no_replicas, now, annotations)
        errors: list[str] = []
        tags: tuple[str, ...] | None = None
        try:
            tags = None if tags_from is None else _read_tags(tags_from)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            errors.append(f"--tags-from: {str(tags_from)!r} cannot be read: {why}")
        try:
            policy = PolicyReader(compile_tag_pattern)(workload)
        except InvalidConfiguration as error:
            errors += [str(setting).replace(f"{annotation.DOMAIN}/", "--", 1) for setting in error.errors]
            raise InvalidTagQuery("\n".join(line.replace("image of container ", "", 1) for line in errors)) from error
        if errors:
            raise InvalidTagQuery("\n".join(errors))
        return cls(workload, policy.targets[0], tags, login)


@dataclass(frozen=True, slots=True)
class TagSelection:
    """The selected tag. If the current tag cannot be followed, `why` is one line about it, and `held` the reason.

    `digest` is the digest of the tag, for strategies that follow it.
    """

    current: str | None
    chosen: str | None
    evaluated_tags: tuple[EvaluatedTag, ...] = ()
    why: str | None = None
    digest: str | None = None
    held: HoldReason | None = None


def read_login(username: str | None, tags_from: Path | None, *, password_stdin: bool) -> Credential | None:
    """Read the user's password from standard input; None if no user is given. Raises `InvalidTagQuery`."""
    if username is None and not password_stdin:
        return None
    if not username or ":" in username:
        raise InvalidTagQuery("--username: name the user whose password is read, without ':'")
    if not password_stdin:
        raise InvalidTagQuery("--password-stdin: the password is read from standard input, say so with this option")
    if tags_from is not None:
        raise InvalidTagQuery("--username: no registry is queried when tags are read with --tags-from")
    password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not password:
        raise InvalidTagQuery("--password-stdin: there is no password on standard input")
    return Credential(username, password)


def select_tag(query: TagQuery, read_settings: Callable[[], Settings]) -> TagSelection:
    """Evaluate the available tags. Settings are read to query a registry only. Raises `RegistryError`."""
    target = query.target
    current = target.image.effective_tag
    if target.strategy.follows_digest:
        if query.listed is not None or current is None:
            return TagSelection(current, None, why="what a tag stands for is known to its registry alone")
        return TagSelection(current, None, digest=_query_registry(query, read_settings(), current)[0])
    tags = query.listed if query.listed is not None else _query_registry(query, read_settings())
    found = candidates(target, target.strategy, tags)
    if isinstance(found, Held):
        why = found.message.removeprefix(f"container {target.container}: ")
        return TagSelection(current, None, found.evaluated_tags, why=why, held=found.reason)
    if isinstance(found, UpToDate):
        return TagSelection(current, None, found.evaluated_tags)
    return TagSelection(current, found[0].candidate.tag, found[0].evaluated_tags)


def print_json(selection: TagSelection) -> None:
    """Print the selection for programs."""
    document: dict[str, object] = {
        "current": selection.current,
        "chosen": selection.chosen,
        "held": None if selection.held is None else {"reason": selection.held.value, "message": selection.why},
        "candidates": listed(selection.evaluated_tags),
    }
    extra = {"why": selection.why, "digest": selection.digest}
    document |= {name: value for name, value in extra.items() if value is not None}
    print(json.dumps(document, indent=2))  # noqa: T201 - the command's output


def print_text(selection: TagSelection, target: Target, width: int) -> None:
    """Print the selection for people."""
    if selection.why is not None:
        line = selection.why
    elif selection.digest is not None:
        line = f"tag {selection.current} stands for {selection.digest}"
    else:
        line = f"chosen: {selection.chosen}" if selection.chosen is not None else "up to date"
    lines = candidate_lines(current_version(target), selection.evaluated_tags, width)
    print(*lines, *wrapped(line, width), sep="\n")  # noqa: T201 - the command's output


def _read_tags(path: Path) -> tuple[str, ...]:
    """Read one tag per line; invalid ones are skipped, as in the list of a registry."""
    text = sys.stdin.read() if path == _STANDARD_INPUT else path.read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if is_tag(line.strip()))


def _query_registry(query: TagQuery, settings: Settings, tag: str | None = None) -> tuple[str, ...]:
    """Query the registry for its tags, or for the digest of one of them."""
    from watch_cluster.entrypoints.container.container import Container as Wiring

    wiring = Wiring(settings=settings)
    file, registry = wiring.file_credentials(), wiring.registry()
    login = query.login

    def candidates_for(repository: Repository) -> tuple[Credential, ...]:
        return file.candidates(query.workload, repository) if login is None else (login,)

    def query_registry(repository: Repository, credentials: tuple[Credential, ...]) -> tuple[str, ...]:
        if tag is not None:
            return (registry.digest(repository, tag, credentials),)
        return registry.tags(repository, credentials)

    # The login is for the registry in the image reference, not for its mirrors.
    mirrors = settings.REGISTRY_MIRRORS if login is None else ()
    try:
        return query_through_mirrors(mirrors, query.target.image.repository, candidates_for, query_registry)
    finally:
        wiring.shutdown_resources()
