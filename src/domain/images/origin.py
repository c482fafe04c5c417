"""Where an image comes from, as its labels say: links that people follow, so untrusted text is read strictly.

Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

LABEL_PREFIX: Final = "org.opencontainers.image."
LONGEST_LINK: Final = 200
LONGEST_WORD: Final = 64
_LINK: Final = re.compile(
    r"https://(?P<host>(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63})(?::[0-9]{1,5})?(?P<path>/[\w.~%+/-]*)?",
    re.ASCII | re.IGNORECASE,
)
"""A host with a name, and a path: no user information, no address, nothing that could leave its line or its quotes."""
_WORD: Final = re.compile(r"[\w.+-]+", re.ASCII)
_RELEASES: Final = {
    "github.com": (re.compile(r"/[\w.-]+/[\w.-]+", re.ASCII), "/releases"),
    "gitlab.com": (re.compile(r"(?:/[\w.][\w.-]*){2,20}", re.ASCII), "/-/releases"),
}
"""What a repository is called on a forge, and its page with releases. GitLab has groups in groups."""


@dataclass(frozen=True, slots=True)
class ImageOrigin:
    """What the labels `org.opencontainers.image.*` of an image say; None for what they do not, or not safely.

    `source`, `url` and `documentation` are https links, `revision` and `version` single words.
    """

    source: str | None = None
    url: str | None = None
    documentation: str | None = None
    revision: str | None = None
    version: str | None = None

    @classmethod
    def of(cls, labels: Mapping[str, object]) -> Self:
        """Read the values of labels, by the last part of their name. Never raises: what is not safe is left out."""
        return cls(
            _link(labels.get("source")),
            _link(labels.get("url")),
            _link(labels.get("documentation")),
            _word(labels.get("revision")),
            _word(labels.get("version")),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) is not None for each in fields(self))

    @property
    def release_notes(self) -> str | None:
        """The page with the releases of the source, where it is known how its forge calls it."""
        found = None if self.source is None else _LINK.fullmatch(self.source)
        if found is None or self.source is None:
            return None
        forge = _RELEASES.get(found["host"].lower())
        path = (found["path"] or "").rstrip("/")
        if forge is None or not forge[0].fullmatch(path):
            return None
        return f"https://{found['host']}{path}{forge[1]}"

    @property
    def stated(self) -> dict[str, str]:
        """What is known, by the names that programs and people read."""
        known = {
            "releaseNotes": self.release_notes,
            "source": self.source,
            "revision": self.revision,
            "version": self.version,
            "url": self.url,
            "documentation": self.documentation,
        }
        return {name: value for name, value in known.items() if value is not None}

    def written(self) -> dict[str, str]:
        """The fields of a record, which `of` reads."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}

    def __str__(self) -> str:
        """One line for a person, empty when nothing is known: `release notes https://…, source https://…, …`."""
        return ", ".join(f"{SHOWN.get(name, name)} {value}" for name, value in self.stated.items())


NO_ORIGIN: Final = ImageOrigin()
"""The image says nothing about it."""
SHOWN: Final = {"releaseNotes": "release notes", "url": "website"}
"""How people read those names of `ImageOrigin.stated` that are not words."""


def _link(value: object) -> str | None:
    """Return an https link without query and fragment, which may hold secrets; None for anything else."""
    if not isinstance(value, str) or len(value) > 2 * LONGEST_LINK:
        return None
    link = re.sub(r"(\.git)+$", "", re.split(r"[?#]", value.strip(), maxsplit=1)[0])
    return link if len(link) <= LONGEST_LINK and _LINK.fullmatch(link) else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST_WORD and _WORD.fullmatch(value) else None
