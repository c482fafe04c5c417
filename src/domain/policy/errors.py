"""What is wrong with settings, each fault with its place, and all faults of a workload together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LONGEST_QUOTE: Final = 80


def quoted(text: str) -> str:
    """Quote a value as Python does, and cut a long one."""
    return repr(text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…")


@dataclass(frozen=True, slots=True)
class SettingError:
    """One fault: where it is, the value there, and what to write instead.

    `about_value` is false where the value does not matter, because nothing of that name can be set there.
    """

    where: str
    value: str
    allowed: str
    about_value: bool = True

    def __str__(self) -> str:
        """One line; a long value is cut."""
        if not self.about_value:
            return f"{self.where} (set to {quoted(self.value)}): {self.allowed}"
        if repr(self.value) in self.allowed:
            return f"{self.where}: {self.allowed}"
        return f"{self.where}: {quoted(self.value)} is not valid, {self.allowed}"


class InvalidConfiguration(ValueError):  # noqa: N818 - the reason of the Event that reports it
    """The settings of a workload cannot be used; carries all their faults."""

    def __init__(self, faults: tuple[SettingError, ...]) -> None:
        """Join the faults to one line."""
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults
