"""Counters that grow by a digit, as from 999 to 1000, which is another shape and no other kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from watch_cluster.domain.versions.version import Version

_GROWABLE: Final = re.compile(r"1 numbers|1 from a year|1 of \d digits")
_LARGEST_STEP: Final = 1.5
"""By which factor a counter may grow from one tag to the next when it gets another digit."""


def growth_limit(now: Version, newer: Sequence[Version]) -> int:
    """Tell how far a single number counts on without a gap, so that 999 comes to 1000 and 22 never to the year 2024.

    `newer` begins with the newest. 0 for what is no single number.
    """
    if len(now.numbers) > 1 or not _GROWABLE.fullmatch(now.family.shape):
        return 0
    reach = now.numbers[0]
    for version in reversed(newer):
        number = version.numbers[0]
        if len(version.numbers) == 1 and _is_alike_but_for_shape(now, version):
            if number > max(reach * _LARGEST_STEP, reach + 10) and len(str(number)) > len(str(reach)):
                break
            reach = max(reach, number)
    return reach


def is_grown(now: Version, version: Version, limit: int) -> bool:
    """Whether it is the same counter, grown up to that limit."""
    return (
        0 < version.numbers[0] <= limit
        and len(version.numbers) == 1
        and len(now.numbers) == 1
        and _is_alike_but_for_shape(now, version)
    )


def _is_alike_but_for_shape(now: Version, version: Version) -> bool:
    family = version.family
    return family._replace(shape=now.family.shape) == now.family and _GROWABLE.fullmatch(family.shape) is not None
