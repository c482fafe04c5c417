"""Rancher Fleet: `imageScans` in fleet.yaml, ImageScan objects, and the comments in manifests that name a scan.

Source: https://fleet.rancher.io/how-tos-for-users/imagescan
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from watch_cluster.adapters.migration import policies
from watch_cluster.adapters.migration.documents import Documents, flat, items, mapping
from watch_cluster.adapters.migration.policies import Policy
from watch_cluster.adapters.migration.rules import Subject

_OWN: Final = {"image", "tagName", "gitrepoName"}
RULES: Final = {
    key: rule for key, rule in policies.RULES.items() if not key.startswith(("filterTags", "digestReflection"))
}
EXAMPLES: Final = tuple((key, value) for key, value in policies.EXAMPLES if key in RULES)


def find(documents: Documents) -> Iterator[Subject]:
    """The containers that scans are for."""
    return policies.subjects(documents, list(_policies(documents)))


def _policies(documents: Documents) -> Iterator[Policy]:
    for scan in _scans(documents):
        name, image = str(scan.get("tagName", "")), str(scan.get("image", ""))
        settings = {path: value for path, value in flat(scan).items() if path not in _OWN}
        markers = frozenset({name, f"{name}:tag", f"{name}:name", f"{name}:digest"})
        yield Policy(f"image scan {name}", markers, image, settings)


def _scans(documents: Documents) -> Iterator[Mapping[str, Any]]:
    yield from (mapping(each.get("spec")) for each in documents.of_kind("ImageScan"))
    for each in documents.objects:
        yield from items(each.get("imageScans"))
