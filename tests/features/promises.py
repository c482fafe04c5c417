"""Makes docs/orchestrators.md: which feature holds on which orchestrator. Run `python -m tests.features.promises`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pytest_bdd.feature import get_feature
from pytest_bdd.parser import Feature
from pytest_bdd.scenario import get_python_name_generator

from tests.features.orchestrators import DOCKER, FOLDER, KUBERNETES, MANIFESTS, Capability

PAGE: Final = Path(__file__).parents[2] / "docs" / "orchestrators.md"
COLUMNS: Final = (KUBERNETES, DOCKER, MANIFESTS)
_HEAD: Final = """\
# Orchestrators

The same features describe every orchestrator, and the tests run them on a real one: on the API
server of Kubernetes, on a Docker Engine, and on a folder of manifests. This page says which of them
hold where.

| Feature | {names} |
|---|{lines}|
"""


def page() -> str:
    """Return the page, as Markdown."""
    features = [get_feature(str(FOLDER), each.name) for each in sorted(FOLDER.glob("*.feature"))]
    rows = [f"| {each.name} | {' | '.join(_cell(each, column) for column in COLUMNS)} |\n" for each in features]
    head = _HEAD.format(names=" | ".join(each.name for each in COLUMNS), lines="|".join("---" for _ in COLUMNS))
    return head + "".join(rows) + "".join(_exceptions(column, features) for column in COLUMNS)


def _cell(feature: Feature, capability: Capability) -> str:
    if Path(feature.filename).name in capability.features:
        return "no"
    total, left_out = len(feature.scenarios), len(_left_out(feature, capability))
    return f"{total - left_out} of {total}" if left_out else "yes"


def _left_out(feature: Feature, capability: Capability) -> dict[str, str]:
    """Return the scenarios of the feature that the orchestrator cannot have, with the reasons."""
    names = {each: next(iter(get_python_name_generator(each))) for each in feature.scenarios}
    return {name: capability.scenarios[test] for name, test in names.items() if test in capability.scenarios}


def _exceptions(capability: Capability, features: list[Feature]) -> str:
    lines = []
    for each in features:
        if reason := capability.features.get(Path(each.filename).name):
            lines.append(f"| {each.name} | | {reason} |\n")
        lines += [f"| {each.name} | {name} | {why} |\n" for name, why in _left_out(each, capability).items()]
    if not lines:
        return ""
    return f"\n## {capability.name}: exceptions\n\n| Feature | Scenario | Why |\n|---|---|---|\n{''.join(lines)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
