"""`watch-cluster config`: what is set and what is not, without secrets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr

from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.entrypoints.settings.settings import SECRET, URLS, Settings
from watch_cluster.entrypoints.settings.values import without_login

if TYPE_CHECKING:
    from rich.console import Console


HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable, with the value that counts, written as it would be in the environment."""

    name: str
    value: str
    source: str


def variables(settings: Settings) -> tuple[Variable, ...]:
    """All variables, in the order of the documentation."""
    return tuple(
        Variable(
            name,
            _written(name, settings.value_of(name)),
            "environment" if settings.is_set(name) else "default",
        )
        for name in Settings.variables()
    )


def print_json(shown: tuple[Variable, ...]) -> None:
    """Print them for programs."""
    print(json.dumps({"variables": [asdict(each) for each in shown]}, indent=2))  # noqa: T201 - the command's output


def print_table(shown: tuple[Variable, ...], console: Console) -> None:
    """Print them for people."""
    from rich.table import Table

    from watch_cluster.entrypoints.output.cell import cell

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("VARIABLE", "VALUE", "FROM"):
        table.add_column(title, overflow="fold")
    for variable in shown:
        table.add_row(*(cell(each or "-") for each in (variable.name, variable.value, variable.source)))
    console.print(table)


def _written(name: str, value: object) -> str:
    if not value and not isinstance(value, timedelta) and not isinstance(value, int):
        return ""
    if name in SECRET or isinstance(value, SecretStr):
        return HIDDEN
    if name in URLS:
        return without_login(str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    return describe_duration(value) if isinstance(value, timedelta) else str(value)
