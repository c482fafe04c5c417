"""Counters that gain a digit, such as 999 to 1000: the shape changes, the kind does not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.versions.version import Version

_GROWABLE: Final = re.compile(r"1 numbers|1 from a year|1 of \d digits")
_MAX_STEP_FACTOR: Final = 1.5
"""By which factor a counter may grow from one tag to the next when it gains a digit."""


def growth_limit(now: Version, newer: Sequence[Version]) -> int:
    """Return up to which number a counter continues without a gap, so that 999 leads to 1000, but 22 never to 2024.

    `newer` begins with the newest. It is 0 if the version is not a single number.
    """
    if not _GROWABLE.fullmatch(now.family.shape):
        return 0
    reach = now.numbers[0]
    for version in reversed(newer):
        number = version.numbers[0]
        if len(version.numbers) == 1 and _is_alike_but_for_shape(now, version):
            if number > max(reach * _MAX_STEP_FACTOR, reach + 10) and len(str(number)) > len(str(reach)):
                break
            reach = max(reach, number)
    return reach


def is_grown(now: Version, version: Version, limit: int) -> bool:
    """Whether it is a later value of the same counter, up to the limit."""
    return (
        0 < version.numbers[0] <= limit
        and len(version.numbers) == 1
        and len(now.numbers) == 1
        and _is_alike_but_for_shape(now, version)
    )


def _is_alike_but_for_shape(now: Version, version: Version) -> bool:
    family = version.family
    return family._replace(shape=now.family.shape) == now.family and _GROWABLE.fullmatch(family.shape) is not None
