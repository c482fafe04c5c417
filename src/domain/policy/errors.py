"""Errors in settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LONGEST_QUOTE: Final = 80


def quoted(text: str) -> str:
    """Quote a value as Python does, and truncate a long one."""
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…")


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
        """Return one line; a long value is truncated."""
        if not self.about_value:
            value = f" (set to {quoted(self.value)})" if self.value else ""
            return f"{self.where}{value}: {self.allowed}"
        if repr(self.value) in self.allowed:
            return f"{self.where}: {self.allowed}"
        return f"{self.where}: {quoted(self.value)} is not valid, {self.allowed}"


class InvalidConfiguration(ValueError):  # noqa: N818 - the reason of the Event that reports it
    """The settings of a workload are invalid; `faults` are all errors."""

    def __init__(self, faults: tuple[SettingError, ...]) -> None:
        """Join the faults to one line."""
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults
