"""Prints what `watch-cluster migrate` advises."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence

from watch_cluster.adapters.migration.rules import Advice, Place
from watch_cluster.adapters.migration.supported_tools import Tool
from watch_cluster.entrypoints.output.columns import wrapped


def print_json(tool: str, advices: tuple[Advice, ...]) -> None:
    """Print the advice for programs."""
    found = [
        {
            "name": each.subject.name,
            "place": each.subject.place.value,
            "annotations": dict(each.annotations),
            "variables": dict(each.variables),
            "notes": list(each.notes),
        }
        for each in advices
    ]
    print(json.dumps({"from": tool, "found": found}, indent=2))  # noqa: T201 - the command's output


def print_text(tool: Tool, advices: tuple[Advice, ...], width: int) -> None:
    """Print the advice for people: commands and YAML to paste, then what has no equal."""
    print("\n".join(_lines(tool, advices, width)))  # noqa: T201 - the command's output


def _lines(tool: Tool, advices: tuple[Advice, ...], width: int) -> Iterator[str]:
    if not advices:
        yield f"Nothing of {tool.title} was found. It is read from {tool.place}."
        return
    for advice in advices:
        yield advice.subject.name
        yield from (f"  {line}" for line in _settings(advice))
        yield from (f"  variable {name}={shlex.quote(value)}" for name, value in advice.variables.items())
        yield from _notes(advice.notes, width)
        yield ""
    if tool.remark is not None:
        yield f"{tool.title}: {tool.remark}."
    yield f"{tool.before or f'Stop {tool.title}'} first: two tools that set the same image undo each other's updates."


def _notes(notes: Sequence[str], width: int) -> Iterator[str]:
    """One note for all settings that it is about."""
    settings: dict[str, list[str]] = {}
    for note in notes:
        setting, _, text = note.partition(": ")
        settings.setdefault(text, []).append(setting)
    for text, about in settings.items():
        yield from wrapped(f"  note: {', '.join(about)}: {text}", width, "    ")


def _settings(advice: Advice) -> Iterator[str]:
    if not advice.annotations:
        return
    if advice.subject.place is not Place.WORKLOAD:
        service = advice.subject.place is Place.SERVICE
        yield "labels:" if service else "annotations:"
        yield from _yaml(advice.annotations, for_compose=service)
        return
    *namespace, kind, name = advice.subject.name.split("/")
    where = f" -n {namespace[0]}" if namespace else ""
    yield f"kubectl annotate {kind.lower()} {name}{where} --overwrite \\"
    pairs = [f"  {shlex.quote(f'{key}={value}')}" for key, value in advice.annotations.items()]
    yield from (f"{pair} \\" for pair in pairs[:-1])
    yield pairs[-1]


def _yaml(settings: Mapping[str, str], *, for_compose: bool) -> Iterator[str]:
    """As YAML; Compose takes `$` for a variable."""
    for key, value in settings.items():
        written = value.replace("$", "$$") if for_compose else value
        yield f"  {key}: {json.dumps(written, ensure_ascii=False)}"
