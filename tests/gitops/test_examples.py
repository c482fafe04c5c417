"""The CI examples in the documents are valid, and run the command as it is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.build import go_program
from tests.gitops.conftest import watch_cluster

ACTIONLINT = Path(__file__).parent / "actionlint"
PAGE = (Path(__file__).parents[2] / "docs" / "gitops.md").read_text()


def example(heading: str) -> str:
    section = PAGE.partition(f"\n## {heading}\n")[2]
    return section.partition("```yaml\n")[2].partition("```")[0]


def commands(text: str) -> list[list[str]]:
    return [line.split() for line in re.findall(r"watch-cluster (git .*?)(?: \|\||$)", text, re.MULTILINE)]


@pytest.mark.parametrize("heading", ["Run it in GitHub Actions", "Run it in GitLab CI"])
def test_the_example_uses_options_that_exist(heading: str) -> None:
    [command] = commands(example(heading))
    options = {each for each in command if each.startswith("--")}
    assert options
    assert options <= set(re.findall(r"--[\w-]+", watch_cluster("git", "--help").output))


def test_the_github_example_passes_actionlint(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    linter = go_program(ACTIONLINT, build=bool(pytestconfig.getoption("--cluster")))
    if linter is None:
        pytest.skip("needs actionlint, which is built with Go within seconds: run pytest with --cluster")
    workflow = tmp_path / "updates.yaml"
    workflow.write_text(example("Run it in GitHub Actions"))
    done = subprocess.run([linter, str(workflow)], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_gitlab_example_has_the_keys_of_a_job() -> None:
    document: dict[str, dict[str, Any]] = yaml.safe_load(example("Run it in GitLab CI"))
    [job] = document.values()
    assert job.keys() == {"image", "rules", "script", "allow_failure"}
    assert job["allow_failure"] == {"exit_codes": 10}
