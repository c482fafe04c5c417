"""How Flux and Fleet select tags: their policies have the same form, and so have the workloads they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watch_cluster.adapters.migration.documents import Documents, repository_of
from watch_cluster.adapters.migration.rules import (
    Outcome,
    Place,
    Rule,
    Subject,
    Texts,
    becomes,
    constrained,
    nothing,
    version_group,
    whole_tag,
)
from watch_cluster.adapters.migration.schedules import every, interval_of

FROM_GIT: Final = "the images are in Git: annotate the manifests there, and let watch-cluster git update them"
_PATTERN: Final = "filterTags.pattern"
_EXTRACT: Final = "filterTags.extract"
_DESCENDING: Final = "no equal: an update never goes to a lower version"


def _range(value: str, _subject: Subject) -> Outcome:
    return constrained(value)


def _order(value: str, subject: Subject) -> Outcome:
    if value == "desc":
        return Outcome(notes=(_DESCENDING,))
    pattern = subject.settings.get(_PATTERN, "")
    if re.fullmatch(r"\^[\w.-]+\$", pattern) or subject.settings.get("digestReflectionPolicy") == "Always":
        return becomes(strategy="latest")
    note = None if _EXTRACT in subject.settings else "tags are compared as versions, not by their letters"
    return becomes(note, strategy="version")


def _pattern(value: str, subject: Subject) -> Outcome:
    extract = subject.settings.get(_EXTRACT)
    if extract is None:
        fixed = re.fullmatch(r"\^[\w.-]+\$", value) is not None
        return Outcome() if fixed else becomes(allow_tags=whole_tag(value))
    pattern = version_group(value, extract)
    if pattern is None:
        return Outcome(notes=(f"{extract!r} takes more than one group: write a tag-pattern with a group version",))
    return becomes(tag_pattern=pattern)


def _interval(value: str, _subject: Subject) -> Outcome:
    interval = interval_of(value)
    schedule = None if interval is None else every(interval)
    return Outcome(notes=(f"no cron expression fires each {value}",)) if schedule is None else becomes(cron=schedule)


def _digests(value: str, _subject: Subject) -> Outcome:
    return Outcome() if value == "Never" else becomes(pin="true")


RULES: Final[Mapping[str, Rule]] = {
    "policy.semver.range": _range,
    "policy.alphabetical.order": _order,
    "policy.numerical.order": _order,
    _PATTERN: _pattern,
    _EXTRACT: nothing(),
    "digestReflectionPolicy": _digests,
    "interval": _interval,
    "suspend": lambda value, _: becomes(enabled="false") if value == "true" else Outcome(),
    "secretRef.name": nothing("the Pod's imagePullSecrets are used, or REGISTRY_CONFIG"),
    "serviceAccountName": nothing("the imagePullSecrets of the Pod's own ServiceAccount are used"),
    "certSecretRef.name": nothing("set REGISTRY_CA_FILE for the controller"),
    "insecure": nothing("set REGISTRY_PLAIN_HTTP for the controller"),
    "provider": nothing("for the registries of clouds, set REGISTRY_CREDENTIAL_PROVIDERS"),
    "exclusionList": nothing("set ignore-tags"),
    "timeout": nothing("set REGISTRY_TIMEOUT for the controller"),
}
EXAMPLES: Final = (
    ("policy.semver.range", "5.1.x"),
    ("policy.semver.range", ">=1.0.0-0"),
    ("policy.alphabetical.order", "asc"),
    ("policy.numerical.order", "desc"),
    (_PATTERN, "^v1"),
    ("digestReflectionPolicy", "Always"),
    ("interval", "5m"),
    ("suspend", "true"),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy with the names that comments may give it, and the image of its repository."""

    title: str
    markers: frozenset[str]
    image: str
    settings: Texts


def subjects(documents: Documents, policies: Sequence[Policy]) -> Iterator[Subject]:
    """The containers that the policies are for: those that comments mark, otherwise those with the same repository.

    A container that several policies with different settings match gets none of them: a person has to choose. A policy
    that no container takes its settings from follows for itself.
    """
    marks = {policy.markers: _marked(documents, policy) for policy in policies}
    taken: list[Policy] = []
    for workload in documents.workloads():
        for container, running in workload.images.items():
            matching = [policy for policy in policies if running in marks[policy.markers]] or [
                policy for policy in policies if not marks[policy.markers] and _same_repository(policy.image, running)
            ]
            name, images = str(workload), workload.images
            if any(policy.settings != matching[0].settings for policy in matching):
                titles = ", ".join(policy.title for policy in matching)
                note = f"container {container}: several policies match it ({titles}): set what one of them becomes"
                yield Subject(name, {}, images, container, notes=(note,))
            elif matching:
                taken += matching
                yield Subject(name, matching[0].settings, images, container)
    for policy in policies:
        if policy not in taken:
            name = f"the workloads with image {policy.image} ({policy.title})"
            yield Subject(name, policy.settings, {"image": policy.image}, place=Place.UNKNOWN)


def _marked(documents: Documents, policy: Policy) -> frozenset[str]:
    return frozenset(image for name in policy.markers for image in documents.markers.get(name, ()))


def _same_repository(image: str, other: str) -> bool:
    repository = repository_of(image)
    return repository is not None and repository == repository_of(other)
