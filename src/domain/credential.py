"""What a registry wants to see before it shows a private repository, kept out of every print."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and its password or access token. The password appears neither in `repr()` nor in `str()`."""

    username: str
    password: str = field(repr=False)
