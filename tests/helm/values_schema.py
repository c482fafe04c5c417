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
    described = descriptions()
    offered = [name for name in Settings.variables() if name not in SET_BY_THE_CHART | NOT_IN_A_POD]
    properties = {name: {"description": described[name], **json_schema_of(name)} for name in offered}
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


def descriptions() -> dict[str, str]:
    """What the settings say of each variable: the string below its field."""
    models = [each for each in Settings.__mro__ if issubclass(each, BaseModel) and each is not BaseModel]
    found = {name: text for model in models for name, text in described_in(model)}
    for name, spec in DEFAULT_VARIABLES.items():
        found[name] = f"The default of the annotation {spec.key} for all workloads."
    return found


def described_in(found: type) -> Iterator[tuple[str, str]]:
    """What stands below each attribute of a class."""
    [body] = ast.parse(inspect.getsource(found)).body
    assert isinstance(body, ast.ClassDef)
    for attribute, text in pairwise(body.body):
        targets: list[ast.expr] = []
        if isinstance(attribute, ast.AnnAssign):
            targets = [attribute.target]
        elif isinstance(attribute, ast.Assign):
            targets = attribute.targets
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            for name in (each.id for each in targets if isinstance(each, ast.Name)):
                yield name, " ".join(str(text.value.value).split())


def json_schema_of(name: str) -> dict[str, Any]:
    """The type and the limits of a variable."""
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
