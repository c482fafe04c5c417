"""From a change to a JSON patch (RFC 6902), whose tests make it all or nothing."""

from __future__ import annotations

from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.resources.workloads.kinds import Kind
from watch_cluster.domain.workload.annotation import TEMPLATE_DIGEST
from watch_cluster.domain.workload.workload import Change, Workload

Operation = dict[str, object]


_AS_GO_WRITES_IT: Final = {
    character: f"\\u{ord(character):04x}".encode() for character in ("<", ">", "&", "\u2028", "\u2029")
}
"""Characters that occur in strings only, and that Go's encoding/json escapes."""


class ContainerGone(Exception):  # noqa: N818 - an expected response
    """The workload has no container of that name."""


def operations(kind: Kind, workload: Workload, change: Change) -> list[Operation]:
    """Write the change as operations on the object that the workload was read from.

    Raises `ContainerGone`. Annotations are set one by one: adding the whole map would drop those of others, and an
    object that we watch always has the map.
    """
    patch = [_test("/metadata/uid", change.uid)]
    patch += [_test(_annotation(key), value) for key, value in sorted(change.expected.items())]
    for container, image in change.expected_images.items():
        patch += _test_image(f"{kind.template}/spec/{_place(workload, container)}", container, image)
    for step in change.images:
        place = f"{kind.template}/spec/{_place(workload, step.container)}"
        patch += _test_image(place, step.container, step.before)
        patch.append({"op": "replace", "path": f"{place}/image", "value": step.after})
    if change.template_digest is not None:
        patch += _note_digest(f"{kind.template}/metadata/annotations", workload, change.template_digest)
    patch += [
        {"op": "remove", "path": _annotation(key)}
        if value is None
        else {"op": "add", "path": _annotation(key), "value": value}
        for key, value in sorted(change.annotations.items())
    ]
    return patch


def encoded(patch: object) -> bytes:
    """Write a patch as the API server writes its objects: tests compare bytes (github.com/evanphx/json-patch)."""
    body = msgspec.json.encode(patch)
    for character, escape in _AS_GO_WRITES_IT.items():
        body = body.replace(character.encode(), escape)
    return body


def holds(workload: Workload, change: Change) -> bool:
    """Whether the workload is still what the change was decided for, as the patch tests: a removal needs its key."""
    removed = (key for key, value in change.annotations.items() if value is None)
    return change.conflict(workload) is None and all(key in workload.annotations for key in removed)


def _place(workload: Workload, container: str) -> str:
    """Where the container lies in the pod specification."""
    for field, first in (("containers", False), ("initContainers", True)):
        names = [each.name for each in workload.containers if (each.init or each.sidecar) is first]
        if container in names:
            return f"{field}/{names.index(container)}"
    raise ContainerGone(f"container {container} is gone")


def _note_digest(annotations: str, workload: Workload, digest: str) -> list[Operation]:
    if workload.template_annotated:
        return [{"op": "add", "path": f"{annotations}/{_escaped(TEMPLATE_DIGEST)}", "value": digest}]
    # A test for null passes where there is nothing (seen in Kubernetes), so that no other map is ever dropped.
    return [_test(annotations, None), {"op": "add", "path": annotations, "value": {TEMPLATE_DIGEST: digest}}]


def _test_image(place: str, container: str, image: str) -> list[Operation]:
    return [_test(f"{place}/name", container), _test(f"{place}/image", image)]


def _test(path: str, value: str | None) -> Operation:
    return {"op": "test", "path": path, "value": value}


def _annotation(key: str) -> str:
    return f"/metadata/annotations/{_escaped(key)}"


def _escaped(key: str) -> str:
    """Write a key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
