"""The Dockerfile's steps, run in an empty folder: what an engine would do but for its layers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_OTHERS = {"VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT"}
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
BUILD, FINAL = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]


def steps(stage: str, instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.+)$", stage, re.MULTILINE)


def environment(stage: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for line in steps(stage, "ENV") for pair in line.split())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the steps of the build stage, in their order, with nothing but what they copy."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv is not None, "these tests run under uv"
    folder = tmp_path_factory.mktemp("image")
    context, target = folder / "build", folder / "opt"
    context.mkdir()
    variables = environment(BUILD) | {"UV_PROJECT_ENVIRONMENT": str(target), "UV_PYTHON": sys.executable}
    # How to reach the package index is the machine's business; what environment to build in is not.
    variables_of_build = {name: value for name, value in os.environ.items() if name not in _OTHERS} | variables
    for instruction, arguments in re.findall(r"^(COPY|RUN) (.+)$", BUILD, re.MULTILINE):
        words = arguments.replace("/opt/watch-cluster", str(target)).split()
        if instruction == "COPY":
            for name in words[:-1]:
                _copy(ROOT / name, context / name)
        elif words[0] == "uv":
            subprocess.run([uv, *words[1:]], cwd=context, env=variables_of_build, check=True, capture_output=True)
        elif words[0] == "rm":
            subprocess.run(" ".join(words), shell=True, check=True)  # noqa: S602
        else:
            assert words[:2] == ["pip", "install"], f"this step is not run by the test: {arguments}"
            # pip checks hashes before it installs; here the tool is that of the tests, so it only shows that they are.
            assert words[-3:] == ["--require-hashes", "-r", "build-requirements.txt"]
    shutil.rmtree(context)
    return target


def _copy(source: Path, target: Path) -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert f"!{source.name}" in allowed, f".dockerignore keeps {source.name} out"
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def test_the_build_gives_a_command_that_stands_alone(built: Path) -> None:
    shown = subprocess.run(
        [str(built / "bin" / "watch-cluster"), "--help"], env={}, capture_output=True, text=True, check=True
    )
    assert "Run the controller until it receives SIGTERM or SIGINT" in shown.stdout


def test_the_controller_starts_with_a_collector_and_fails_only_without_a_cluster(built: Path) -> None:
    ended = subprocess.run(
        [str(built / "bin" / "watch-cluster"), "run"],
        env={"KUBECONFIG": "/nowhere", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "no cluster to talk to: /nowhere" in ended.stderr


def test_nothing_of_the_tests_is_in_the_image(built: Path) -> None:
    installed = {path.name for path in (built / "lib").glob("python*/site-packages/*")}
    assert "watch_cluster" in installed
    assert not installed & {"pytest", "mypy", "hypothesis", "tests", "hatchling"}


def test_the_image_runs_the_controller_as_an_unprivileged_user() -> None:
    [user] = steps(FINAL, "USER")
    assert all(part.isdigit() and int(part) > 0 for part in user.split(":"))
    assert steps(FINAL, "ENTRYPOINT") == ['["watch-cluster"]']
    assert steps(FINAL, "CMD") == ['["run"]']


def test_both_stages_have_the_same_python() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}
    [base] = re.findall(r"^ARG BASE=(\S+)", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", base)


def test_everything_that_is_installed_has_a_hash() -> None:
    entries = re.split(r"\n(?=\w)", (ROOT / "build-requirements.txt").read_text().replace("\\\n", " "))
    pinned = [each for each in entries if re.match(r"\w[\w-]*==", each)]
    assert pinned != []
    assert all("--hash=sha256:" in each for each in pinned)
    for arguments in steps(BUILD, "RUN"):
        if "uv sync" in arguments:
            assert "--frozen" in arguments
            assert "--no-install-project" in arguments or "--no-build-isolation" in arguments
    locked = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    assert "hatchling" in {each["name"] for each in locked}
