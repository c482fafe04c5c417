"""Builds the API server and the controller manager of the oldest Kubernetes that Watch-Cluster supports, once.

`python -m tests.cluster.build_old` builds them and prints the path. The module k8s.io/kubernetes lacks one generated
package, with the OpenAPI definitions: its own generator makes it, into a copy of the module.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.cluster.build import (
    CannotBuild,
    alone,
    cache_folder,
    environment,
    install_go,
    keyed,
    present_go,
    run_with_progress,
    say,
)

SOURCE: Final = Path(__file__).parent / "old"
VERSION: Final = "v1.20.15"
_NAME: Final = "old-control-plane"
_COPIED: Final = ("cmd", "pkg", "plugin", "third_party")
_GENERATOR: Final = "k8s.io/kube-openapi/cmd/openapi-gen"
_SERVED: Final = ("k8s.io/api", "k8s.io/apiextensions-apiserver", "k8s.io/apimachinery", "k8s.io/kube-aggregator")
"""The modules with the types that the API server serves."""
_UNSERVED: Final = "/testapigroup/"
_MARK: Final = "+k8s:openapi-gen="


def cached_old() -> Path | None:
    """The binary, None while it is not built."""
    go = present_go()
    if go is None:
        return None
    path = keyed(go, SOURCE, _NAME)
    return path if path.exists() else None


def build_old() -> Path:
    """Build the binary unless it is there. Raises `CannotBuild`."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with alone(cache_folder() / f"{_NAME}.lock"):
        go = present_go() or install_go()
        path = keyed(go, SOURCE, _NAME)
        if not path.exists():
            _build(go, path)
    return path


def _build(go: str, path: Path) -> None:
    say(f"building the control plane of Kubernetes {VERSION}, 8 to 20 minutes the first time")
    work = path.with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    copy = _copy_of_module(go, work / "kubernetes")
    _generate(go, work, copy / "pkg" / "generated" / "openapi")
    # A file of its own, so that the one in the tree names no folder of this machine.
    (work / "go.mod").write_text((SOURCE / "go.mod").read_text() + f"\nreplace k8s.io/kubernetes => {copy}\n")
    shutil.copy(SOURCE / "go.sum", work / "go.sum")
    new = path.with_suffix(".new")
    major, minor = re.findall(r"\d+", VERSION)[:2]
    stamps = {"gitVersion": VERSION, "gitMajor": major, "gitMinor": minor}
    stamp = " ".join(
        f"-X {package}.{name}={value}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        for name, value in stamps.items()
    )
    command = [go, "build", "-trimpath", "-v", f"-modfile={work / 'go.mod'}", "-ldflags", f"-s -w {stamp}"]
    run_with_progress([*command, "-o", str(new), "."], SOURCE, path.with_suffix(".log"))
    new.replace(path)
    shutil.rmtree(work)


def _copy_of_module(go: str, copy: Path) -> Path:
    module = _folder_of(go, "k8s.io/kubernetes")
    copy.mkdir()
    for name in _COPIED:
        shutil.copytree(module / name, copy / name, copy_function=shutil.copyfile)
    shutil.copyfile(module / "go.mod", copy / "go.mod")
    for folder in (copy, *copy.rglob("*/")):
        # Folders in Go's cache of modules may not be written to.
        folder.chmod(0o755)
    return copy


def _generate(go: str, work: Path, package: Path) -> None:
    """Write the OpenAPI definitions of all types that are marked for it."""
    generator = work / "openapi-gen"
    run_with_progress([go, "build", "-trimpath", "-o", str(generator), _GENERATOR], SOURCE, work / "generator.log")
    marked = ",".join(each for name in _SERVED for each in _marked_packages(name, _folder_of(go, name)))
    header = work / "header.txt"
    header.write_text("")
    command = [str(generator), "-i", marked, "-p", package.name, "-O", "zz_generated.openapi"]
    command += ["--output-base", str(package.parent), "--go-header-file", str(header), "-r", str(work / "violations")]
    # The generator is older than the type aliases of today's Go.
    done = subprocess.run(
        command,
        check=False,
        cwd=SOURCE,
        capture_output=True,
        text=True,
        env=environment() | {"GODEBUG": "gotypesalias=0", "PATH": f"{Path(go).parent}:{environment()['PATH']}"},
    )
    if done.returncode != 0 or not (package / "zz_generated.openapi.go").exists():
        raise CannotBuild(f"openapi-gen failed: {' '.join(done.stderr.split()[-60:])}")


def _marked_packages(module: str, folder: Path) -> Iterator[str]:
    sources = (each for each in folder.rglob("*.go") if not each.name.endswith("_test.go"))
    found = {each.parent for each in sources if _MARK in each.read_text(errors="replace")}
    for each in sorted(found):
        package = f"{module}/{each.relative_to(folder)}"
        if _UNSERVED not in f"{package}/":
            yield package


def _folder_of(go: str, module: str) -> Path:
    """Where Go keeps a module, after fetching it if need be."""
    done = subprocess.run(
        [go, "mod", "download", "-json", module],
        check=False,
        cwd=SOURCE,
        capture_output=True,
        text=True,
        env=environment(),
    )
    if done.returncode != 0:
        raise CannotBuild(f"go mod download {module} failed: {' '.join((done.stdout + done.stderr).split()[-40:])}")
    return Path(json.loads(done.stdout)["Dir"])


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{build_old()}\n")
    except CannotBuild as error:
        sys.exit(f"cannot build the old control plane: {error}")
