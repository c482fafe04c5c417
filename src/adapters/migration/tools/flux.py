"""Flux: ImagePolicy and ImageRepository objects, and the comments in manifests that name a policy.

Source: https://fluxcd.io/flux/components/image/imagepolicies/ and
https://fluxcd.io/flux/components/image/imagerepositories/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watch_cluster.adapters.migration import policies
from watch_cluster.adapters.migration.documents import Documents, flat, mapping
from watch_cluster.adapters.migration.policies import Policy
from watch_cluster.adapters.migration.rules import Subject

RULES: Final = policies.RULES
EXAMPLES: Final = policies.EXAMPLES


def find(documents: Documents) -> Iterator[Subject]:
    """The containers that policies are for."""
    return policies.subjects(documents, list(_policies(documents)))


def _policies(documents: Documents) -> Iterator[Policy]:
    """Each policy with the settings of its repository."""
    repositories = {_name(each): mapping(each.get("spec")) for each in documents.of_kind("ImageRepository")}
    for each in documents.of_kind("ImagePolicy"):
        spec = mapping(each.get("spec"))
        namespace, name = _name(each)
        reference = mapping(spec.get("imageRepositoryRef"))
        key = (str(reference.get("namespace", namespace)), str(reference.get("name", "")))
        repository = repositories.get(key, {})
        settings = {
            path: value
            for path, value in {**flat(repository), **flat(spec)}.items()
            if not path.startswith(("imageRepositoryRef.", "accessFrom", "image"))
        }
        marker = f"{namespace}:{name}"
        image = str(repository.get("image", f"of ImageRepository {key[1]}"))
        markers = frozenset({marker, f"{marker}:tag", f"{marker}:name"})
        yield Policy(f"ImagePolicy {namespace}/{name}", markers, image, settings)


def _name(document: object) -> tuple[str, str]:
    metadata = mapping(mapping(document).get("metadata"))
    return str(metadata.get("namespace", "default")), str(metadata.get("name", ""))
