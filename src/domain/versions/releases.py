"""Which release of a base follows which: the one table behind `variant: follow` and "left behind".

The numbers of runtimes and of software (`-jdk17`, `-php8.2`, `-cuda11`) are no releases of a base: another one is
another major version of something, and is never followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

Release = tuple[int, ...]

NAMED_RELEASES: Final[Mapping[str, Mapping[str, Release]]] = {
    # https://www.debian.org/releases/
    "debian": {
        "wheezy": (7,),
        "jessie": (8,),
        "stretch": (9,),
        "buster": (10,),
        "bullseye": (11,),
        "bookworm": (12,),
        "trixie": (13,),
        "forky": (14,),
        "duke": (15,),
    },
    # https://wiki.ubuntu.com/Releases
    "ubuntu": {
        "precise": (12, 4),
        "trusty": (14, 4),
        "xenial": (16, 4),
        "bionic": (18, 4),
        "cosmic": (18, 10),
        "disco": (19, 4),
        "eoan": (19, 10),
        "focal": (20, 4),
        "groovy": (20, 10),
        "hirsute": (21, 4),
        "impish": (21, 10),
        "jammy": (22, 4),
        "kinetic": (22, 10),
        "lunar": (23, 4),
        "mantic": (23, 10),
        "noble": (24, 4),
        "oracular": (24, 10),
        "plucky": (25, 4),
        "questing": (25, 10),
        "resolute": (26, 4),
    },
    # https://learn.microsoft.com/windows-server/get-started/windows-server-release-info, by the build of Windows
    "windows": {
        "ltsc2016": (14393,),
        "1709": (16299,),
        "1803": (17134,),
        "1809": (17763,),
        "ltsc2019": (17763,),
        "1903": (18362,),
        "1909": (18363,),
        "2004": (19041,),
        "20h2": (19042,),
        "ltsc2022": (20348,),
        "23h2": (25398,),
        "ltsc2025": (26100,),
    },
}
"""The releases that have names, in the order in which they came."""

NUMBERED_RELEASES: Final = (
    "almalinux",
    "alma",
    "alpine",
    "al",
    "amazonlinux",
    "azurelinux",
    "centos",
    "debian",
    "el",
    "fc",
    "fedora",
    "leap",
    "mariner",
    "ol",
    "oraclelinux",
    "photon",
    "rhel",
    "rockylinux",
    "rocky",
    "sles",
    "ubi",
    "ubuntu",
)
"""The bases whose releases are numbers behind their names, a dash between them or not."""

_FIRST_DEBIAN: Final = 6
"""No image is on an older one: `-debian-1` counts builds."""
_FAMILY_OF: Final = {name: family for family, names in NAMED_RELEASES.items() for name in names}


def _alternatives(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]


_WINDOWS: Final = _alternatives(NAMED_RELEASES["windows"])
_NAMES: Final = _alternatives(name for name, family in _FAMILY_OF.items() if family != "windows")
_RELEASE: Final = re.compile(
    # Windows writes its releases behind the name of an edition, `nanoserver-1809`.
    rf"(?<=windowsservercore-)(?P<core>{_WINDOWS})(?![a-z0-9])|(?<=nanoserver-)(?P<nano>{_WINDOWS})(?![a-z0-9])"
    rf"|(?<![a-z0-9])(?P<ltsc>ltsc20\d\d)(?![a-z0-9])"
    rf"|(?<![a-z0-9])(?:debian-?|ubuntu-?)?(?P<name>{_NAMES})(?![a-z0-9])"
    rf"|(?<![a-z0-9])(?P<family>{_alternatives(NUMBERED_RELEASES)})-?(?P<number>\d+(?:\.\d+)*)(?![a-z0-9])",
    re.ASCII | re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*", re.ASCII)


class BaseReading(NamedTuple):
    """A variant, or a prefix, with the releases of bases taken out.

    `pattern` is the text with a placeholder for each release, `releases` are those releases in their order, and
    `skeleton` is the pattern with a placeholder for every other number as well.

    >>> read_base("-jdk17-alpine3.19").pattern
    '-jdk17-{alpine}'
    >>> read_base("-bookworm").pattern == read_base("-debian-13").pattern
    True
    """

    pattern: str
    releases: tuple[Release, ...]
    skeleton: str

    def follows(self, other: BaseReading) -> bool:
        """Whether it is the same as the other on later releases, or on the same."""
        return self.pattern == other.pattern and all(
            mine >= theirs for mine, theirs in zip(self.releases, other.releases, strict=True)
        )


@lru_cache(maxsize=4096)
def read_base(text: str) -> BaseReading:
    """Find the releases of bases in a variant or a prefix."""
    releases: list[Release] = []

    def replace(match: re.Match[str]) -> str:
        named = match["core"] or match["nano"] or match["ltsc"] or match["name"]
        if named is None:
            if match["family"].lower() == "debian" and int(match["number"].split(".")[0]) < _FIRST_DEBIAN:
                return str(match[0])
            releases.append(tuple(map(int, match["number"].split("."))))
            return f"{{{match['family'].lower()}}}"
        family = _FAMILY_OF.get(named.lower())
        if family is None:
            return str(match[0])
        releases.append(NAMED_RELEASES[family][named.lower()])
        return f"{{{family}}}"

    pattern = _RELEASE.sub(replace, text) if text else text
    return BaseReading(pattern, tuple(releases), _NUMBER.sub("#", pattern))
