"""Registry credentials, whose secrets never appear in logs or messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_PLACEHOLDER_USERNAMES: Final = frozenset({"", "<token>", "00000000-0000-0000-0000-000000000000"})
"""User names that Docker and Azure store with an identity token instead of a real one."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name with a password or access token, or an identity token.

    For some registries `docker login` stores an identity token and a placeholder user name, and leaves the password
    empty. Only token servers accept identity tokens. `repr()` and `str()` include neither secret.
    """

    username: str
    password: str = field(repr=False)
    identity_token: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Return a description without secrets."""
        if self.identity_token and self.username in _PLACEHOLDER_USERNAMES:
            return "the identity token"
        return f"the user {self.username!r}"
