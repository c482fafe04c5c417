"""What a registry wants to see before it shows a private repository, kept out of every print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_NOBODY: Final = frozenset({"", "<token>", "00000000-0000-0000-0000-000000000000"})
"""What stands for a user name beside an identity token: nothing, Docker's and Azure's words for none."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and its password or access token, or an identity token, which token servers alone take.

    `docker login` stores the latter for some registries in place of a password, which is empty then, beside a user
    name that says nothing. Neither of both appears in `repr()` or in `str()`.
    """

    username: str
    password: str = field(repr=False)
    identity_token: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Say whose it is to a person."""
        if self.identity_token and self.username in _NOBODY:
            return "the identity token"
        return f"the user {self.username!r}"
