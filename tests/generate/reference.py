"""The tables of settings, variables, metrics and Events, from the code that uses them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from tests.helm.values_schema import described_in, descriptions, json_schema_of
from tests.unit.entrypoints.controller.test_controller import World
from watch_cluster.adapters.prometheus.metrics import PrometheusMetrics
from watch_cluster.domain.policy.setting_specs import SPECS, Source
from watch_cluster.domain.rollout.event import EventReason
from watch_cluster.domain.schedule.duration import describe_duration
from watch_cluster.entrypoints.settings.settings import Settings
from watch_cluster.entrypoints.settings.workload_defaults import DEFAULT_VARIABLES

_SUFFIXES: Final = {"counter": "_total", "info": "_info"}


def settings() -> str:
    """All settings of workloads."""
    variables = {spec.key: f"`{name}`" for name, spec in DEFAULT_VARIABLES.items()}
    rows = [
        (
            f"`{spec.name}`",
            ", ".join(each for each in spec.scopes if each is not Source.CONTROLLER),
            variables.get(spec.key, ""),
            f"`{spec.default}`" if spec.default else "",
            str(spec.limits),
        )
        for spec in SPECS.values()
    ]
    return _table(("Setting", "Set on", "Default for all workloads", "Default", "Limits"), rows)


def variables() -> str:
    """All variables of the process but those for defaults of workloads, which stand beside the settings."""
    described = descriptions()
    rows = [
        (f"`{name}`", _default(default), _allowed(name), described[name])
        for name, default in Settings.variables().items()
        if name not in DEFAULT_VARIABLES
    ]
    return _table(("Variable", "Default", "Allowed", "Description"), rows)


def metrics() -> str:
    """All metrics of the controller's own."""
    registered = PrometheusMetrics()
    World().controller.measure(registered)
    collectors: list[Any] = [each for each in registered._registry._collector_to_names if hasattr(each, "_labelnames")]
    rows = [
        (
            f"`{each._name}{_SUFFIXES.get(each._type, '')}`",
            "gauge" if each._type == "info" else each._type,
            ", ".join(f"`{label}`" for label in _labels_of(each)),
            each._documentation,
        )
        for each in collectors
    ]
    return _table(("Metric", "Type", "Labels", "Description"), rows)


def events() -> str:
    """All Events."""
    described = dict(described_in(EventReason))
    rows = [(f"`{each}`", "Warning" if each.is_warning else "Normal", described[each.name]) for each in EventReason]
    return _table(("Reason", "Type", "When"), rows)


def _default(default: object) -> str:
    if default is None or default == ():
        return ""
    if isinstance(default, timedelta):
        return f"`{describe_duration(default)}`"
    if isinstance(default, tuple):
        return f"`{','.join(default)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _allowed(name: str) -> str:
    schema = json_schema_of(name)
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema["type"] == "boolean":
        return "`true`, `false`"
    if schema["type"] == "integer":
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return f"{least} to {schema['maximum']}"
    return ""


def _labels_of(metric: Any) -> Sequence[str]:
    return tuple(metric._value) if metric._type == "info" else metric._labelnames


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"|{'|'.join(f' {cell} ' if cell != '---' else cell for cell in line)}|" for line in lines)
