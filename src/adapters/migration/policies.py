"""How Flux and Fleet select tags: their policies have the same form, and so have the workloads they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from watch_cluster.adapters.migration.documents import Documents, repository_of
from watch_cluster.adapters.migration.rules import (
    Outcome,
    Place,
    Rule,
    Subject,
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


def subjects(
    documents: Documents, policy: str, markers: set[str], image: str, settings: dict[str, str]
) -> Iterator[Subject]:
    """The containers that a policy is for: those that comments mark, otherwise those with its image."""
    marked = {each for name in markers for each in documents.markers.get(name, ())}
    repository = repository_of(image)
    found = False
    for workload in documents.workloads():
        for container, running in workload.images.items():
            same = repository is not None and repository_of(running) == repository
            if running in marked if marked else same:
                found = True
                yield Subject(str(workload), settings, workload.images, container)
    if not found:
        yield Subject(f"the workloads with image {image} ({policy})", settings, {"image": image}, place=Place.UNKNOWN)
