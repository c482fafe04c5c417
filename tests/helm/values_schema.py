"""The part of the chart's values.schema.json that describes the variables, from the settings of the process.

`python -m tests.helm.values_schema` writes it.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from watch_cluster.entrypoints.settings.settings import SECRET, Settings
from watch_cluster.entrypoints.settings.workload_defaults import DEFAULT_VARIABLES

SCHEMA: Final = Path(__file__).parents[2] / "charts" / "watch-cluster" / "values.schema.json"
SET_BY_THE_CHART: Final = {
    "WATCH_NAMESPACES": "the value `namespaces`, which also decides about permissions",
    "POD_NAMESPACE": "the namespace of the release",
    "HEALTH_PORT": "the port of the probes",
    "NOTIFICATIONS": "the value `notifications`",
    "HOOKS_PORT": "the value `hooks`",
    "HOOKS_SECRETS": "where the chart mounts the Secret of the value `hooks`",
}
NOT_IN_A_POD: Final = {
    "GIT_TOKEN": "the command `watch-cluster git`",
    "ORCHESTRATOR": "Docker",
    "DOCKER_HOST": "Docker",
    "DOCKER_CERT_PATH": "Docker",
    "DOCKER_TLS_VERIFY": "Docker",
    "STATE_FOLDER": "Docker",
    "CLEANUP_IMAGES": "Docker",
    "KUBECONFIG": "machines outside of the cluster",
}


def sections() -> dict[str, dict[str, Any]]:
    """The schemas of the values `settings` and `secrets`."""
    described = _descriptions()
    offered = [name for name in Settings.variables() if name not in SET_BY_THE_CHART | NOT_IN_A_POD]
    properties = {name: {"description": described[name], **_type(name)} for name in offered}
    return {
        "settings": _closed("Environment variables of the controller.", properties, set(offered) - SECRET),
        "secrets": _closed("Variables that hold secrets.", properties, set(offered) & SECRET),
    }


def _closed(description: str, properties: dict[str, dict[str, Any]], names: set[str]) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "properties": {name: properties[name] for name in properties if name in names},
    }


def _descriptions() -> dict[str, str]:
    """What the settings say of each variable: the string below its field."""
    models = [each for each in Settings.__mro__ if issubclass(each, BaseModel) and each is not BaseModel]
    found = {name: text for model in models for name, text in _described_in(model)}
    for name, spec in DEFAULT_VARIABLES.items():
        found[name] = f"The default of the annotation {spec.key} for all workloads."
    return found


def _described_in(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    [body] = ast.parse(inspect.getsource(model)).body
    assert isinstance(body, ast.ClassDef)
    for field, text in pairwise(body.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            assert isinstance(text.value, ast.Constant)
            yield field.target.id, str(text.value.value).replace("\n    ", " ")


def _type(name: str) -> dict[str, Any]:
    if name in DEFAULT_VARIABLES:
        return {"type": ["string", "boolean", "integer"]}
    schema = Settings.model_json_schema()["properties"][name]
    kind = schema.get("type")
    if kind in ("integer", "boolean"):
        limits = {"minimum": "minimum", "exclusiveMinimum": "exclusiveMinimum", "maximum": "maximum"}
        return {"type": kind} | {key: schema[key] for key in limits if key in schema}
    return {"type": "string"} | ({"enum": schema["enum"]} if "enum" in schema else {})


def written() -> dict[str, Any]:
    """The schema as it stands in the chart."""
    document: dict[str, Any] = json.loads(SCHEMA.read_text())
    return document


if __name__ == "__main__":
    document = written()
    document["properties"] |= sections()
    SCHEMA.write_text(f"{json.dumps(document, indent=2)}\n")
    sys.stdout.write(f"{SCHEMA}\n")
