"""Errors in settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MAX_QUOTE_LENGTH: Final = 80
_MAX_ALLOWED_LENGTH: Final = 500
"""Parsers quote what they could not read."""
_MAX_SHOWN: Final = 20
"""How many errors one message lists."""


def quoted(text: str) -> str:
    """Quote a value as Python does, and truncate a long one."""
    return repr(text if len(text) <= _MAX_QUOTE_LENGTH else f"{text[:_MAX_QUOTE_LENGTH]}…")


@dataclass(frozen=True, slots=True)
class SettingError:
    """One invalid setting: where it is set, its value, and what is allowed.

    `about_value` is false if the name is invalid rather than the value.
    """

    where: str
    value: str
    allowed: str
    about_value: bool = True

    def __str__(self) -> str:
        """Return one line; what is long in it is truncated."""
        cut = len(self.allowed) > _MAX_ALLOWED_LENGTH
        return self._line(f"{self.allowed[:_MAX_ALLOWED_LENGTH]}…" if cut else self.allowed)

    def _line(self, allowed: str) -> str:
        if not self.about_value:
            value = f" (set to {quoted(self.value)})" if self.value else ""
            return f"{self.where}{value}: {allowed}"
        if repr(self.value) in allowed:
            return f"{self.where}: {allowed}"
        return f"{self.where}: {quoted(self.value)} is not valid, {allowed}"


class InvalidConfiguration(ValueError):  # noqa: N818 - the reason of the Event that reports it
    """The settings of a workload are invalid; `errors` are all of them."""

    def __init__(self, errors: tuple[SettingError, ...]) -> None:
        """Join the errors in one line, which lists the first ones if there are many."""
        rest = len(errors) - _MAX_SHOWN
        shown = [*(str(error) for error in errors[:_MAX_SHOWN]), *([f"{rest:,} more"] if rest > 0 else [])]
        super().__init__("; ".join(shown))
        self.errors = errors
