"""Which signatures an image must have: by the operator's policies, and by the owner's settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from watch_cluster.domain.images.reference import Repository
from watch_cluster.domain.images.statement import SIGNATURE

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)
_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key in PEM, and what people call it."""

    name: str
    pem: bytes


@dataclass(frozen=True, slots=True)
class SecretKeyRef:
    """A key of a Secret in the own namespace, which holds a public key."""

    secret: str
    key: str

    @classmethod
    def parse(cls, text: str) -> SecretKeyRef:
        """Parse `SECRET/KEY`. Raises `ValueError`.

        >>> SecretKeyRef.parse("cosign/cosign.pub").key
        'cosign.pub'
        """
        secret, _, key = text.partition("/")
        if not _NAME.fullmatch(secret) or not _KEY.fullmatch(key):
            raise ValueError(f"{text!r} is not a key of a Secret: write SECRET/KEY, such as cosign/cosign.pub")
        return cls(secret, key)

    def __str__(self) -> str:
        return f"{self.secret}/{self.key}"


@dataclass(frozen=True, slots=True)
class VerifyPolicy:
    """What the images of some repositories must have been signed with.

    `images` are patterns of repositories: `*` matches within a part of the path, `**` anything. One of the `keys` must
    have signed; `attestations` are the predicate types that one of them must have attested as well. With `enforce`,
    other images are held back, else only reported.
    """

    name: str
    images: tuple[str, ...]
    keys: tuple[PublicKey, ...]
    enforce: bool = True
    attestations: tuple[str, ...] = ()

    def applies_to(self, repository: Repository) -> bool:
        """Whether images of the repository must satisfy this policy."""
        return any(_compiled(pattern).fullmatch(str(repository)) for pattern in self.images)

    @property
    def predicate_types(self) -> tuple[str, ...]:
        """The predicate types that must be there."""
        return (SIGNATURE, *self.attestations)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern))


def _expression(pattern: str) -> str:
    """Write a pattern as a regular expression without back-tracking over anything but its stars."""
    parts = re.split(r"(\*\*|\*)", pattern)
    return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
