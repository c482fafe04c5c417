"""Tags that hold two versions, of which nobody but their owner knows which one is to move."""

from __future__ import annotations

import re
from typing import Final

from watch_cluster.domain.versions.parts.numbers import is_day
from watch_cluster.domain.versions.releases import NUMBERED_RELEASES

_PLATFORMS: Final = (
    *("amd", "arm", "cuda", "corretto", "dotnet", "elixir", "erlang", "go", "golang", "java", "jdk", "jre", "julia"),
    *("k8s", "kafka", "kubernetes", "mysql", "node", "nodejs", "openjdk", "otp", "pg", "php", "postgres", "postgresql"),
    *("py", "pypy", "python", "rocm", "ruby", "rust", "scala", "spark", "swift", "temurin", "zulu"),
    *NUMBERED_RELEASES,
)
"""What other software runs on, so that its version is not the one of the image."""
_STAGES: Final = (
    *("alpha", "beta", "branch", "build", "canary", "ci", "dev", "devel", "develop", "edge", "latest", "lts", "main"),
    *("master", "nightly", "preview", "rc", "rel", "release", "snapshot", "stable", "staging", "tag", "tip", "v"),
    *("ver", "version"),
)
"""What says of which kind a version is, and names no software."""
_FIRST: Final = re.compile(
    r"(?P<head>(?:.*?[-._])??)(?P<word>[a-z]+)(?P<dash>[-_]?)(?P<number>\d+(?:\.\d+)*)(?P<rest>[-_].*)",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_SECOND: Final = re.compile(
    r"(?:(?<=[-_])(?P<date>\d{4}-\d\d-\d\d|\d{8}|\d{12}|\d{14})(?![^-_.])"
    r"|(?<=[-_])v?(?P<dotted>\d+(?:\.\d+)+)(?![^-_.])"
    r"|(?<=[-_])(?P<name>[a-z]+)-?(?P<named>\d+(?:\.\d+)+)(?![^-_.]))",
    re.ASCII | re.IGNORECASE,
)


def proposed_pattern(tag: str) -> str | None:
    r"""Propose a `tag-pattern` by which the second of two versions moves; None when the tag has but one.

    >>> proposed_pattern("pg15.5-ts2.13.0")
    '^pg15\\.5-ts(?P<version>.+)$'
    >>> proposed_pattern("1.2.3-alpine3.19")
    """
    place = second_version_of(tag)
    return None if place is None else f"^{re.escape(tag[:place]).replace(chr(92) + '-', '-')}(?P<version>.+)$"


def second_version_of(tag: str) -> int | None:
    """Tell where the second of two versions begins; None when the tag has but one."""
    first = _first_version_of(tag)
    if first is None:
        return None
    may_stand_alone = first["word"].lower() in _PLATFORMS or not first["dash"]
    for second in _SECOND.finditer(tag, first.end("number")):
        named = (second["name"] or _word_before(tag, second.start(), first.end("number"))).lower()
        if named in _PLATFORMS or not (may_stand_alone or named):
            continue
        if not second["date"] or is_day(second["date"].replace("-", "")):
            return second.start(second.lastgroup or 0)
    return None


def _first_version_of(tag: str) -> re.Match[str] | None:
    """The first number with the word that it belongs to; None when that says of which kind the version is."""
    first = _FIRST.fullmatch(tag)
    if first is None or any(character.isdigit() for character in first["head"]):
        return None
    return None if first["word"].lower() in _STAGES or is_day(first["number"]) else first


def _word_before(tag: str, place: int, since: int) -> str:
    """The word that the number at this place belongs to, as in `lein-2.10.0`; empty when there is none."""
    words = re.split(r"[-_]", tag[since : place - 1] if place > since else "")
    return words[-1].lower() if words[-1].isalpha() else ""
