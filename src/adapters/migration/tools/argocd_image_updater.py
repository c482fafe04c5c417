"""Argo CD Image Updater: annotations on Applications (version 0), and ImageUpdater objects (version 1).

Source: https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/ and
https://argocd-image-updater.readthedocs.io/en/stable/configuration/migration/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from watch_cluster.adapters.migration.documents import Documents, flat, items, mapping, repository_of, texts
from watch_cluster.adapters.migration.rules import (
    Outcome,
    Place,
    Rule,
    Subject,
    becomes,
    constrained,
    nothing,
    whole_tag,
)

_PREFIX: Final = "argocd-image-updater.argoproj.io/"
_HELM: Final = "not needed: the container itself is watched"
_GIT: Final = "to write to Git, set write-back: git and git-path, in a repository of GIT_REPOSITORIES"


def _constraint(value: str, subject: Subject) -> Outcome:
    if subject.settings.get("update-strategy") in {"digest", "newest-build", "latest", "name", "alphabetical"}:
        return Outcome()
    return constrained(value)


def _strategy(value: str, _subject: Subject) -> Outcome:
    if value in {"semver", ""}:
        return becomes(strategy="version")
    if value == "digest":
        return becomes(strategy="latest")
    if value in {"newest-build", "latest"}:
        return becomes(
            "no equal, since the build date in an image can be anything: latest follows the tag that runs; for tags"
            " with a counter or a date, set tag-pattern",
            strategy="latest",
        )
    if value in {"alphabetical", "name"}:
        return becomes("tags are compared as versions, not by their letters", strategy="version")
    return Outcome(notes=(f"{value!r} is not a strategy that is documented",))


def _allow(value: str, _subject: Subject) -> Outcome:
    kind, _, expression = value.partition(":")
    if kind == "regexp":
        return becomes(allow_tags=whole_tag(expression))
    return Outcome() if kind == "any" else Outcome(notes=(f"{value!r} is no match function: regexp or any",))


def _ignore(value: str, _subject: Subject) -> Outcome:
    globs = [each.strip() for each in value.split(",") if each.strip()]
    return becomes(ignore_tags="|".join(re.escape(each).replace(r"\*", ".*").replace(r"\?", ".") for each in globs))


RULES: Final[Mapping[str, Rule]] = {
    "constraint": _constraint,
    "update-strategy": _strategy,
    "allow-tags": _allow,
    "ignore-tags": _ignore,
    "pull-secret": nothing("the Pod's imagePullSecrets are used, or REGISTRY_CONFIG"),
    "platforms": nothing("not needed: the platforms of the nodes apply"),
    "force-update": nothing("not needed: the container itself is watched"),
    "helm.*": nothing(_HELM),
    "kustomize.*": nothing(_HELM),
    "write-back-*": nothing(_GIT),
    "git-*": nothing(_GIT),
}
EXAMPLES: Final = (
    ("constraint", "~1.26"),
    ("constraint", "2.x-0"),
    ("update-strategy", "semver"),
    ("update-strategy", "digest"),
    ("update-strategy", "newest-build"),
    ("update-strategy", "alphabetical"),
    ("allow-tags", "regexp:^[0-9]+$"),
    ("ignore-tags", "latest,dev-*"),
    ("pull-secret", "secret:ns/name#field"),
    ("write-back-method", "git"),
)
_NAMES_OF_FIELDS: Final = {
    "updateStrategy": "update-strategy",
    "allowTags": "allow-tags",
    "ignoreTags": "ignore-tags",
    "pullSecret": "pull-secret",
    "platforms": "platforms",
    "forceUpdate": "force-update",
}


def find(documents: Documents) -> Iterator[Subject]:
    """Each image that is to be updated, for each container that runs it."""
    for application in documents.of_kind("Application", "ApplicationSet"):
        metadata = mapping(application.get("metadata"))
        given = {
            key.removeprefix(_PREFIX): value
            for key, value in texts(metadata.get("annotations")).items()
            if key.startswith(_PREFIX)
        }
        yield from _of_annotations(documents, f"application {metadata.get('name', '')}", given)
    for updater in documents.of_kind("ImageUpdater"):
        yield from _of_updater(documents, mapping(updater.get("spec")))


def _of_annotations(documents: Documents, owner: str, given: dict[str, str]) -> Iterator[Subject]:
    names = {"update-strategy", "allow-tags", "ignore-tags", "pull-secret", "platforms"}
    common = {key: value for key, value in given.items() if key in names or key.startswith(("write-back", "git-"))}
    for entry in given.get("image-list", "").split(","):
        alias, equals, image = entry.strip().rpartition("=")
        if not image:
            continue
        own = {
            key.removeprefix(f"{alias}."): value
            for key, value in given.items()
            if equals and key.startswith(f"{alias}.")
        }
        yield from _of_image(documents, owner, image, {**common, **own})


def _of_updater(documents: Documents, spec: Mapping[str, Any]) -> Iterator[Subject]:
    for reference in items(spec.get("applicationRefs")):
        owner = f"application {reference.get('namePattern', '')}"
        for image in items(reference.get("images")):
            levels = (spec, reference, image)
            settings: dict[str, str] = {}
            for level in levels:
                fields = flat(mapping(level.get("commonUpdateSettings")))
                settings |= {_NAMES_OF_FIELDS.get(key, key): value for key, value in fields.items()}
            yield from _of_image(documents, owner, str(image.get("imageName", "")), settings)


def _of_image(documents: Documents, owner: str, image: str, settings: dict[str, str]) -> Iterator[Subject]:
    name, tag = _split(image)
    settings = {"update-strategy": "semver", **settings} | ({"constraint": tag} if tag else {})
    repository, found = repository_of(name), False
    for workload in documents.workloads():
        for container, running in workload.images.items():
            if repository is not None and repository_of(running) == repository:
                found = True
                yield Subject(str(workload), settings, workload.images, container)
    if not found:
        yield Subject(f"the workloads with image {name} ({owner})", settings, {"image": name}, place=Place.UNKNOWN)


def _split(image: str) -> tuple[str, str]:
    """The image and its constraint, which may hold what no tag holds."""
    head, slash, last = image.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{head}{slash}{name}", tag
