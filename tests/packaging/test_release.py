"""What a release consists of, and the workflows that publish it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from release import artifacts
from release.artifacts import CannotRelease, Image
from tests.cluster.build import go_program
from watch_cluster.entrypoints.demo.registry import EmbeddedRegistry, digest_of, manifest_of

ROOT = Path(__file__).parents[2]
ACTIONLINT = ROOT / "tests" / "gitops" / "actionlint"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DIGEST = f"sha256:{'a' * 64}"
IMAGE = f"ghcr.io/example/watch-cluster:1.2.3@{DIGEST}"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def changelog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project in which a version is about to be released."""
    for name in ("pyproject.toml", "charts/watch-cluster/Chart.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    path = tmp_path / "CHANGELOG.md"
    path.write_text(
        f"# Changelog\n\n## [Unreleased]\n\n## [{VERSION}] - 2026-01-01\n\n- All of it.\n\n## [0.0.1]\n\n- Less.\n"
    )
    monkeypatch.setattr(artifacts, "ROOT", tmp_path)
    monkeypatch.setattr(artifacts, "CHART", tmp_path / "charts" / "watch-cluster")
    return path


@pytest.mark.usefixtures("changelog")
def test_a_tag_releases_the_version_that_everything_has() -> None:
    assert artifacts.checked_version(f"v{VERSION}") == VERSION
    assert artifacts.notes_of(VERSION) == "- All of it."


@pytest.mark.usefixtures("changelog")
def test_a_tag_with_another_version_is_refused() -> None:
    with pytest.raises(CannotRelease, match=rf"the tag is v9\.9\.9, but pyproject.toml is {VERSION}"):
        artifacts.checked_version("v9.9.9")


def test_a_version_without_notes_is_refused(changelog: Path) -> None:
    changelog.write_text("# Changelog\n\n## [Unreleased]\n")
    with pytest.raises(CannotRelease, match="has no section for"):
        artifacts.checked_version(f"v{VERSION}")


def test_the_manifests_name_the_image_by_its_digest() -> None:
    documents = list(yaml.safe_load_all(artifacts.install_manifests(Image.parse(IMAGE))))
    [deployment] = [each for each in documents if each["kind"] == "Deployment"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == IMAGE
    assert {each["kind"] for each in documents} >= {"Namespace", "ServiceAccount", "ClusterRole", "ConfigMap"}
    assert "Not published" not in artifacts.install_manifests(Image.parse(IMAGE))


def test_the_chart_names_the_image_by_its_digest(tmp_path: Path) -> None:
    chart = artifacts.chart_with(Image.parse(IMAGE), tmp_path)
    values = yaml.safe_load((chart / "values.yaml").read_text())
    assert values["image"] == {
        "repository": "ghcr.io/example/watch-cluster",
        "tag": "1.2.3",
        "digest": DIGEST,
        "pullPolicy": "IfNotPresent",
    }
    assert "Nobody publishes" not in (chart / "values.yaml").read_text()


@pytest.mark.parametrize("text", ["watch-cluster:1.2.3", f"watch-cluster@{DIGEST}", f"a b:1@{DIGEST}", ""])
def test_only_an_image_by_its_digest_is_released(text: str) -> None:
    with pytest.raises(CannotRelease, match="write NAME:TAG@sha256"):
        Image.parse(text)


def run_step(
    tmp_path: Path, shell: list[str], script: str, docker: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of ours with a `docker` that does what is said, and notes its arguments in a file."""
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/arguments\n{docker}\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        [*shell, script],
        cwd=ROOT,
        env=os.environ | {"PATH": path} | environment,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("answer", "builds"),
    [
        pytest.param(f"echo {DIGEST}", True, id="a digest"),
        pytest.param("true", False, id="no digest"),
        pytest.param("echo sha256:123", False, id="half a digest"),
        pytest.param("exit 1", False, id="no answer"),
    ],
)
def test_a_release_is_built_on_a_base_by_its_digest_or_not_at_all(tmp_path: Path, answer: str, *, builds: bool) -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    [step] = [each for each in workflow["jobs"]["prepare"]["steps"] if each.get("id") == "base"]
    output = tmp_path / "output"
    output.touch()
    ended = run_step(tmp_path, ["/bin/bash", "-e", "-c"], step["run"], answer, GITHUB_OUTPUT=str(output))
    [base] = re.findall(r"^ARG BASE=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert (ended.returncode == 0) is builds, ended.stderr
    assert output.read_text() == (f"base={base}@{DIGEST}\n" if builds else "")


@pytest.mark.parametrize("known", [True, False], ids=["a tag of the registry", "a tag that it does not have"])
def test_just_image_builds_on_a_base_by_its_digest_or_not_at_all(tmp_path: Path, *, known: bool) -> None:
    registry = EmbeddedRegistry()
    try:
        if known:
            registry.push("python", "3.13-slim", "python")
        [recipe] = re.findall(r"(?m)^image .*\n    (.*)$", (ROOT / "justfile").read_text())
        base = f"{registry.host}/python:3.13-slim"
        ended = run_step(
            tmp_path, ["/bin/sh", "-cu"], recipe.replace("{{ tag }}", "x:1").replace("{{ base }}", base), "true"
        )
    finally:
        registry.close()
    built = tmp_path / "arguments"
    if known:
        digest = digest_of(manifest_of("python"))
        assert built.read_text() == f"build -t x:1 --build-arg BASE={base}@{digest} .\n"
    else:
        assert not built.exists()
        assert "write NAME:TAG@sha256" in ended.stderr
    assert (ended.returncode == 0) is known


def test_the_bill_of_materials_lists_what_runs_and_nothing_else(tmp_path: Path) -> None:
    """The command of the workflow."""
    [command] = re.findall(r"uv export [^>\n]*\\\n[^\n]*", (ROOT / ".github/workflows/release.yml").read_text())
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv is not None
    installed = re.findall(r"--extra (\w+)", (ROOT / "Dockerfile").read_text())
    assert set(re.findall(r"--extra (\w+)", command)) == set(installed), "the extras are those of the image"
    output = tmp_path / "watch-cluster.cdx.json"
    words = [uv, *command.replace("\\\n", " ").split()[1:-1], str(output)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    document = json.loads(output.read_text())
    names = {each["name"] for each in document["components"]}
    assert document["bomFormat"] == "CycloneDX"
    assert {"kubernetes", "httpx", "pydantic", "opentelemetry-sdk"} <= names
    assert not names & {"pytest", "mypy", "ruff", "hatchling"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_finds_nothing(workflow: Path, pytestconfig: pytest.Config) -> None:
    linter = go_program(ACTIONLINT, build=bool(pytestconfig.getoption("--cluster")))
    if linter is None:
        pytest.skip("needs actionlint, which is built with Go within seconds: run pytest with --cluster")
    done = subprocess.run([linter, str(workflow)], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def jobs(workflow: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(workflow.read_text())["jobs"].values())


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_scripts_take_no_text_from_outside(workflow: Path) -> None:
    steps = [step for job in jobs(workflow) for step in job.get("steps", ())]
    assert steps
    called = {job["uses"] for job in jobs(workflow) if "uses" in job}
    assert called <= {"./.github/workflows/ci.yml"}
    for step in steps:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", f"none/none@{'0' * 40}"))
        assert "${{" not in step.get("run", ""), "an expression in a script can hold commands: pass it in env"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_has_only_the_permissions_that_it_names(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text())
    assert document["permissions"] in ({}, {"contents": "read"})
    for job in jobs(workflow):
        assert "permissions" in job or document["permissions"] == {"contents": "read"}
        assert job.get("permissions", {}).get("packages") != "write" or workflow.name == "release.yml"


def test_ci_runs_the_script_that_everybody_can_run() -> None:
    [job] = jobs(ROOT / ".github" / "workflows" / "ci.yml")
    assert [step["run"].split()[-1] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_nothing_is_published_before_all_tests_have_passed() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]

    def waits_for_tests(name: str) -> bool:
        job = workflow[name]
        needs = job.get("needs", [])
        before = [needs] if isinstance(needs, str) else needs
        return job.get("uses") == "./.github/workflows/ci.yml" or any(map(waits_for_tests, before))

    publishing = {name for name, job in workflow.items() if "write" in job["permissions"].values()}
    assert publishing == {"build", "publish", "package"}
    assert {name for name in publishing if not waits_for_tests(name)} == set()
    assert re.search(r"(?m)^  workflow_call:", (ROOT / ".github/workflows/ci.yml").read_text())


def test_the_package_is_built_with_the_backend_of_the_lock_file() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    script = "\n".join(step.get("run", "") for step in workflow["jobs"]["package"]["steps"])
    assert re.search(r"uv sync --frozen --only-group build\n.*uv build --no-build-isolation ", script)


def test_issues_begin_with_a_form() -> None:
    config = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/config.yml").read_text())
    assert config == {"blank_issues_enabled": False}
