"""What the attacks are measured by."""

from __future__ import annotations


def report(what: str, **figures: object) -> None:
    """Print the figures of an attack."""
    print(f"{what}: {', '.join(f'{name} {value}' for name, value in figures.items())}")  # noqa: T201
