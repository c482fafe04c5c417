"""What a failed pull says about an image, from the messages of container runtimes.

A message counts against an image only where it speaks of this very reference: the same message may speak of a layer, of
a credential plugin, of a mirror or of an image volume. Sources: containerd (`core/remotes/docker`), Docker Engine and
CRI-O (`containers/image`).
"""

from __future__ import annotations

import re
from typing import Final

from watch_cluster.domain.images.reference import ImageReference
from watch_cluster.domain.workload.replica import Cause

_NOT_FOUND: Final = (
    # containerd
    re.compile(r'failed to resolve (?:reference|image) "(?P<image>[^"]+)": (?P=image): not found'),
    # Docker Engine
    re.compile(r"manifest for (?P<image>\S+) not found"),
)
_NOT_FOUND_BY_CRIO: Final = re.compile(
    r"reading manifest (?P<version>\S+) in (?P<name>\S+): (?:manifest|name) unknown", re.IGNORECASE
)
_OTHER_PLATFORM: Final = re.compile(r"no match(ing manifest)? for|no image found in .* for architecture", re.IGNORECASE)
_NAMED: Final = re.compile(
    r'(?:unpack image|resolve (?:reference|image)|pulling image|pull image|image volume) "(?P<image>[^"]+)"'
)


def pull_cause(image: str, message: str) -> Cause:
    """Say what a failed pull of the image means."""
    if _says_not_found(image, message):
        return Cause.IMAGE_NOT_FOUND
    if _OTHER_PLATFORM.search(message) and _speaks_of(image, message):
        return Cause.IMAGE_NOT_FOR_PLATFORM
    return Cause.IMAGE_NOT_PULLED


def _says_not_found(image: str, message: str) -> bool:
    named = [match["image"] for pattern in _NOT_FOUND for match in pattern.finditer(message)]
    for match in _NOT_FOUND_BY_CRIO.finditer(message):
        mark = "@" if ":" in match["version"] else ":"
        named.append(f"{match['name']}{mark}{match['version']}")
    return any(_is_same(image, each) for each in named)


def _speaks_of(image: str, message: str) -> bool:
    """Whether the message names the image, or no image at all."""
    named = [match["image"] for match in _NAMED.finditer(message)]
    return not named or any(_is_same(image, each) for each in named)


def _is_same(image: str, named: str) -> bool:
    """Whether both references mean the same: runtimes write short names out, and drop a tag beside a digest."""
    try:
        one, other = ImageReference.parse(image), ImageReference.parse(named)
    except ValueError:
        return image == named
    if one.repository != other.repository:
        return False
    if one.digest is not None or other.digest is not None:
        return one.digest == other.digest
    return (one.tag or "latest") == (other.tag or "latest")
